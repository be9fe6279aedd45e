// What each operation does, as one attempt that never waits.

#include "testing/sim_engine.hpp"

#include <algorithm>
#include <poll.h>

namespace corduroy::sim {

using kernel::Description;
using kernel::Opcode;

namespace {

std::size_t transfer_length(const Description& description) {
    return std::min<std::size_t>(description.length, 0x7fff'f000); // MAX_RW_COUNT
}

} // namespace

std::optional<std::int32_t> SimKernel::Engine::attempt(Pending& pending) {
    Opcode opcode = pending.operation->description.opcode;
    std::optional<std::int32_t> result;
    if (opcode == Opcode::receive || opcode == Opcode::send)
        result = transfer(pending);
    else if (std::int32_t outcome = perform(pending); outcome != -EAGAIN)
        result = outcome;
    pending.begun = true;
    return result;
}

std::int32_t SimKernel::Engine::perform(Pending& pending) {
    const Description& d = pending.operation->description;
    switch (d.opcode) {
    case Opcode::poll: {
        std::uint32_t events = pending.object->readiness() & (d.flags | POLLERR | POLLHUP);
        return events != 0 ? static_cast<std::int32_t>(events) : -EAGAIN;
    }
    case Opcode::accept: {
        std::shared_ptr<Object> connection;
        std::int32_t result = pending.object->accept(connection);
        return result == 0 ? descriptors.add(std::move(connection)) : result;
    }
    case Opcode::socket:
        return kernel_.socket(static_cast<int>(d.flags), SOCK_STREAM, 0);
    case Opcode::connect:
        return pending.object->connect(static_cast<const sockaddr*>(d.data), static_cast<socklen_t>(d.length),
                                       pending.begun);
    case Opcode::read:
        return pending.object->read({static_cast<std::byte*>(d.data), shortened(transfer_length(d))}, d.offset);
    case Opcode::write:
        return pending.object->write({static_cast<const std::byte*>(d.data), shortened(transfer_length(d))}, d.offset);
    case Opcode::open: {
        std::shared_ptr<Object> file;
        std::int32_t result = files.open(static_cast<const char*>(d.data), static_cast<int>(d.flags), file);
        return result == 0 ? descriptors.add(std::move(file)) : result;
    }
    case Opcode::signal:
        return *static_cast<const std::uint64_t*>(d.data) != 0 ? 0 : -EAGAIN;
    case Opcode::shutdown:
        return pending.object->shutdown(static_cast<int>(d.flags));
    case Opcode::close:
        return descriptors.remove(d.fd) ? 0 : -EBADF;
    default:
        return 0; // a nop, and a timer whose time has come
    }
}

// receive and send, with the flags that say how long to go on.
std::optional<std::int32_t> SimKernel::Engine::transfer(Pending& pending) {
    const Description& d = pending.operation->description;
    if (d.opcode == Opcode::receive && d.provided_buffer) {
        std::int32_t result = receive(pending);
        if (result == -EAGAIN && (d.flags & MSG_DONTWAIT) == 0) return std::nullopt;
        return result;
    }
    bool all = (d.flags & MSG_WAITALL) != 0;
    auto bytes = static_cast<std::byte*>(d.data);
    std::size_t length = all ? transfer_length(d) : shortened(transfer_length(d));
    int flags = static_cast<int>(d.flags);
    for (;;) {
        std::span<std::byte> rest(bytes + pending.done, length - pending.done);
        bool sending = d.opcode == Opcode::send;
        std::int32_t result = sending ? pending.object->send(rest, flags) : pending.object->receive(rest, flags);
        if (result == -EAGAIN && (d.flags & MSG_DONTWAIT) == 0) return std::nullopt;
        if (result > 0) pending.done += static_cast<std::size_t>(result);
        if (result > 0 && all && pending.done < length && (d.flags & MSG_PEEK) == 0) continue;
        if (!sending) pending.completion.more_to_receive = pending.object->more_to_receive();
        return pending.done > 0 ? static_cast<std::int32_t>(pending.done) : result;
    }
}

// Into a provided buffer. One must be free before there is anything to put into it, as on the real ring.
std::int32_t SimKernel::Engine::receive(Pending& pending) {
    if (buffers.empty() || chance(options_.edges.no_buffers, "no buffers")) return -ENOBUFS;
    std::uint16_t buffer = buffers.next();
    const Description& d = pending.operation->description;
    std::span<std::byte> into = buffers.bytes(buffer);
    if (d.length != 0) into = into.first(std::min(into.size(), d.length));
    std::int32_t result = pending.object->receive(into.first(shortened(into.size())), static_cast<int>(d.flags));
    if (result >= 0) pending.completion.more_to_receive = pending.object->more_to_receive();
    if (result > 0) {
        buffers.take();
        pending.completion.has_buffer = true;
        pending.completion.buffer = buffer;
    }
    return result;
}

} // namespace corduroy::sim
