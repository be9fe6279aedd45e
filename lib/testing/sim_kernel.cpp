#include <corduroy/testing/sim_kernel.hpp>

#include <corduroy/base/fatal.hpp>

#include "testing/sim_engine.hpp"
#include "testing/sim_socket.hpp"

#include <poll.h>

namespace corduroy::sim {

namespace {

constexpr int type_flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

} // namespace

SimKernel::SimKernel(const SimOptions& options) : engine_(std::make_unique<Engine>(*this, options)) {}

SimKernel::~SimKernel() {
    if (in_flight() != 0) fatal("a kernel was destroyed with operations in flight");
}

void SimKernel::submit(kernel::Operation& operation) noexcept {
    begin(operation);
    engine_->submit(operation);
}

void SimKernel::cancel(kernel::Operation& operation) noexcept {
    if (ask_cancel(operation)) engine_->cancel(operation);
}

void SimKernel::enter(std::optional<TimePoint> deadline) {
    entered();
    engine_->enter(deadline);
}
void SimKernel::hasten() noexcept { engine_->hasten(); }
void SimKernel::wake() noexcept { engine_->wake(); }

TimePoint SimKernel::now() noexcept { return engine_->now; }

std::chrono::system_clock::time_point SimKernel::wall_clock() noexcept {
    return wall_start + std::chrono::duration_cast<std::chrono::system_clock::duration>(engine_->now - start);
}

kernel::NameSource* SimKernel::names() noexcept { return &engine_->network; }
Network& SimKernel::network() noexcept { return engine_->network; }

std::optional<Duration> SimKernel::thread_delay() noexcept { return engine_->thread_delay(); }

void SimKernel::random(std::span<std::byte> bytes) { engine_->random.fill(bytes); }

std::span<std::byte> SimKernel::buffer(std::uint16_t id) noexcept { return engine_->buffers.bytes(id); }
void SimKernel::give_back(std::uint16_t id) noexcept { engine_->buffers.give_back(id); }

int SimKernel::socket(int family, int type, int) noexcept {
    if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return -EAFNOSUPPORT;
    if ((type & ~type_flags) != SOCK_STREAM) return -ESOCKTNOSUPPORT;
    return engine_->descriptors.add(std::make_shared<Socket>(engine_->network, family));
}

int SimKernel::socket_pair(int family, int type, int (&descriptors)[2]) noexcept {
    if (family != AF_UNIX) return family == AF_INET || family == AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT;
    if ((type & ~type_flags) != SOCK_STREAM) return -ESOCKTNOSUPPORT;
    auto a = std::make_shared<Socket>(engine_->network, family);
    auto b = std::make_shared<Socket>(engine_->network, family);
    Socket::join(a, b);
    descriptors[0] = engine_->descriptors.add(std::move(a));
    descriptors[1] = engine_->descriptors.add(std::move(b));
    return 0;
}

int SimKernel::bind(int fd, const sockaddr* address, socklen_t length) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->bind(address, length) : -EBADF;
}

int SimKernel::listen(int fd, int backlog) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->listen(backlog) : -EBADF;
}

int SimKernel::set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->set_option(level, name, value, length) : -EBADF;
}

int SimKernel::get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->get_option(level, name, value, length) : -EBADF;
}

int SimKernel::local_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->local_address(address, length) : -EBADF;
}

int SimKernel::peer_address(int fd, sockaddr* address, socklen_t& length) noexcept {
    auto object = engine_->descriptors.find(fd);
    return object ? object->peer_address(address, length) : -EBADF;
}

bool SimKernel::quiet(int fd) const noexcept {
    auto object = engine_->descriptors.find(fd);
    return object && (object->readiness() & (POLLIN | POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

void SimKernel::close_now(int fd) noexcept {
    if (engine_->busy(fd)) fatal("descriptor " + std::to_string(fd) + " was closed with an operation in flight on it");
    engine_->descriptors.remove(fd);
}

std::int64_t SimKernel::file_size(const char* path) noexcept { return engine_->files.size(path); }
int SimKernel::rename(const char* from, const char* to) noexcept { return engine_->files.rename(from, to); }
int SimKernel::socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept {
    if (engine_->files.size(path) >= 0) return -ENOTSOCK;
    device = number = 0;
    return 0;
}
int SimKernel::unlink(const char* path) noexcept { return engine_->files.remove(path) ? 0 : -ENOENT; }

void SimKernel::spend(Duration time) noexcept { engine_->now += time; }

bool SimKernel::raise(int number) { return engine_->raise(number); }

void SimKernel::put_file(std::string_view path, std::string_view contents) { engine_->files.put(path, contents); }
std::optional<std::string> SimKernel::file(std::string_view path) const { return engine_->files.get(path); }
void SimKernel::remove_file(std::string_view path) { engine_->files.remove(path); }

std::uint64_t SimKernel::log_hash() const noexcept { return engine_->log.hash(); }
const std::string& SimKernel::log_text() const noexcept { return engine_->log.text(); }

std::size_t SimKernel::open_descriptors() const noexcept { return engine_->descriptors.open(); }
std::size_t SimKernel::buffers_out() const noexcept { return engine_->buffers.out(); }

} // namespace corduroy::sim
