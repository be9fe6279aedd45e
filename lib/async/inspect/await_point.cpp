#include <corduroy/async/inspect/await_point.hpp>

#include <corduroy/base/names.hpp>

namespace corduroy::detail {

std::string awaiter_name(const std::type_info& type) { return readable_type(type); }

} // namespace corduroy::detail
