#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/net/address.hpp>
#include <corduroy/net/gone_sign.hpp>
#include <corduroy/net/received_bytes.hpp>

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace corduroy::net {

// A connection that carries bytes both ways: the seam between protocols and what carries them (law 9). TCP and Unix
// sockets, TLS and whatever a test makes up stand behind it; `Stream` is the handle with lines and buffers on top.
//
// One coroutine reads and one writes at a time, and one waits for `gone`. A second reader (or writer) gets an Error
// that names the places of both; nothing is corrupted. Every await here is cancelled in the ordinary way: the operation
// is given up and joined, and what it did all the same is delivered. Failures are IoErrors that name the peer, e.g.
// "read from 127.0.0.1:80 failed: Connection reset by peer". `site` is the caller's place, and is never given by hand.
//
// The destructor closes the connection as `abort` does, a socket's with the reactor's next entry into the system;
// nobody may be reading or writing then.
class ByteStream {
public:
    ByteStream() = default;
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;
    virtual ~ByteStream() = default;

    // Reads some bytes, at least one, into the caller's memory, which must stay until the await has ended; gives how
    // many, 0 at the end of the stream (and when `into` is empty). For large bodies give it 256 KiB.
    virtual Task<std::size_t> read_some(std::span<std::byte> into,
                                        std::source_location site = std::source_location::current()) = 0;

    // Waits for bytes without holding memory meanwhile, and gives what came; empty at the end of the stream. What it
    // gives is on loan: see ReceivedBytes. For connections that are mostly idle, and for messages of some KiB.
    virtual Task<ReceivedBytes> receive(std::source_location site = std::source_location::current()) = 0;

    // Sends all of `bytes`, behind whatever `write_soon` queued, and resumes when the system has taken them. They must
    // stay valid until the await has ended. If it is cancelled in the middle of the bytes, every later write throws and
    // what was queued meanwhile is dropped: the peer could not know what it got.
    virtual Task<> write_all(std::span<const std::byte> bytes,
                             std::source_location site = std::source_location::current()) = 0;

    // Queues bytes and returns; they are sent behind what is queued already, all that one turn of the reactor brought
    // together in one send. May be called while somebody writes: then it comes behind that. A failure shows at the next
    // write or flush, or when a reader gets to the end. Nothing bounds the queue but `flush`. What is still queued when
    // the program ends (main, and all beside it) is sent as far as the peer's buffers take it at once, and no further.
    virtual void write_soon(std::string bytes) = 0;

    // The same with a copy of the bytes. A stream that sends short messages again and again copies them into memory
    // that it has from before, and allocates nothing.
    virtual void write_copy_soon(std::string_view bytes) { write_soon(std::string(bytes)); }

    // How many bytes of what was queued the system has not taken yet; 0 where the stream cannot tell.
    virtual std::size_t queued() const noexcept { return 0; }

    // Resumes when all that was queued has been sent. Cancelling it leaves the queue to go on by itself.
    virtual Task<> flush(std::source_location site = std::source_location::current()) = 0;

    // Sends what is queued, then tells the peer that no more will come. Reading goes on. Does nothing once it has
    // come to its end; one that was given up is brought there by another.
    virtual Task<> shutdown(std::source_location site = std::source_location::current()) = 0;

    // For pools of idle connections: false when the peer has closed it, or has sent something that nobody asked for.
    // Counts as a read; never waits for the peer and takes no bytes.
    virtual Task<bool> still_open(std::source_location site = std::source_location::current()) = 0;

    // Whether it is known, without asking the system, that nothing is there to be read, nor the end. False where the
    // stream cannot tell; then `still_open` does.
    virtual bool quiet() const noexcept { return false; }

    // Resumes when that sign shows that the peer has gone; reading and writing go on beside it meanwhile. It takes no
    // bytes, and says nothing of those that are still to be read. A reset that comes after the peer's end is seen
    // within a second; a peer that has closed the connection altogether, or whose machine has vanished, within some
    // minutes, for TCP probes it from here on (SO_KEEPALIVE). Streams that cannot tell wait until they are cancelled,
    // as this one.
    virtual Task<> gone(GoneSign sign, std::source_location site = std::source_location::current());

    // Closes the connection now; what is queued is dropped. Whoever reads or writes at the moment gets an IoError
    // (ECONNABORTED), and so does every later call.
    virtual void abort() noexcept = 0;

    virtual Address local_address() const = 0;
    virtual Address peer_address() const = 0;
};

} // namespace corduroy::net
