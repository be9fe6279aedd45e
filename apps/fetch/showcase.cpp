#include "showcase.hpp"
namespace fetch {
corduroy::Task<std::size_t> show(const Options&) { co_return 0; }
} // namespace fetch
