#include <corduroy/net/byte_stream.hpp>

#include <corduroy/async/sync/event.hpp>

namespace corduroy::net {

Task<> ByteStream::gone(GoneSign, std::source_location) {
    Event never;
    co_await never.wait();
}

} // namespace corduroy::net
