#include <corduroy/testing/memory_stream.hpp>

#include "testing/memory_end.hpp"

#include <memory>

namespace corduroy::testing {

std::pair<net::Stream, net::Stream> memory_stream_pair(const MemoryConnection& connection) {
    auto to_first = std::make_shared<MemoryPipe>(connection.to_first);
    auto to_second = std::make_shared<MemoryPipe>(connection.to_second);
    auto first = std::make_unique<MemoryEnd>(to_first, to_second, connection.first, connection.second);
    auto second = std::make_unique<MemoryEnd>(to_second, to_first, connection.second, connection.first);
    return {net::Stream(std::move(first)), net::Stream(std::move(second))};
}

} // namespace corduroy::testing
