#pragma once

#include <corduroy/net/stream.hpp>

#include <cerrno>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

namespace corduroy::testing {

// How one direction of a connection in memory behaves, seen from the side that reads. Places are counted in bytes from
// the connection's beginning; where several are set, the first that is reached holds, in the order they stand here.
struct MemoryFlow {
    // The bytes that may be on their way, unread; who writes more waits.
    std::size_t capacity = 64 * 1024;
    // What one read gives at most; 1 for a byte at a time.
    std::size_t piece = std::numeric_limits<std::size_t>::max();
    // After so many bytes the stream ends, whatever else was written.
    std::optional<std::size_t> end_after;
    // After so many bytes a read fails with `error`.
    std::optional<std::size_t> fail_after;
    int error = ECONNRESET;
    // After so many bytes nothing comes any more, not even the end; 0 for a side that never answers.
    std::optional<std::size_t> stall_after;
};

// A connection in memory: both directions, and the addresses that its ends tell.
struct MemoryConnection {
    MemoryFlow to_first;  // what the first stream reads
    MemoryFlow to_second; // what the second stream reads
    net::Address first = net::Address::loopback_ipv4(49152);
    net::Address second = net::Address::loopback_ipv4(80);
};

// Two streams that are connected to each other, without a socket and without any operation of a kernel: for tests of
// what speaks over a stream, be it a line protocol, TLS or HTTP. They belong to one reactor, simulated or not, and
// behave as the two of net::stream_pair do: bounded, half-closed by `shutdown`, at an end when the other one is
// destroyed, and reset where that left bytes unread. Each may outlive the other. Cancelling a read loses no byte;
// cancelling a write in the middle of its bytes makes every later one throw.
std::pair<net::Stream, net::Stream> memory_stream_pair(const MemoryConnection& connection = {});

} // namespace corduroy::testing
