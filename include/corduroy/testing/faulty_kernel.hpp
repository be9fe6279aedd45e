#pragma once

#include <corduroy/base/unique_function.hpp>
#include <corduroy/kernel/kernel.hpp>
#include <corduroy/testing/fault.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace corduroy::testing {

// A kernel in front of another one, the real ring above all, which has chosen operations go wrong as the system may
// have them go wrong. What it changes it changes before the operation is submitted: a result is never falsified after
// the kernel has acted, for that would lose bytes, or leak a descriptor that was accepted, by itself.
//
//     auto kernel = std::make_unique<testing::FaultyKernel>(kernel::make_uring_kernel());
//     kernel->add(testing::Fault::error(EMFILE).on(kernel::Opcode::accept).nth(2));
//     Reactor reactor(std::move(kernel));
//     run(reactor, serve());
//
// Without faults it changes nothing but the cost: a small record is allocated for each operation.
class FaultyKernel final : public kernel::Kernel {
public:
    explicit FaultyKernel(std::unique_ptr<kernel::Kernel> inner);
    // Ends the program when operations are in flight.
    ~FaultyKernel() override;

    kernel::Kernel& inner() noexcept { return *inner_; }

    // Adds a fault; where several strike an operation, the one that was added first does. Faults count the operations
    // that are submitted from now on.
    void add(const Fault& fault) { faults_.push_back(fault); }
    void clear() noexcept { faults_.clear(); }
    // The next new sockets, `count` of them behind the first `after`, are refused with this errno. (Those that an
    // operation makes take a fault as any other.)
    void refuse_sockets(int error, std::uint64_t after = 0, std::uint64_t count = 1) noexcept;

    // Called for each operation as it is submitted, after the choice of its fault (null: none): to watch, or to count.
    using Watch = UniqueFunction<void(const kernel::Description& description, const Fault* fault)>;
    void on_submit(Watch watch) { watch_ = std::move(watch); }
    // Operations for which it gives false are passed on untouched, and no fault counts them.
    void only(UniqueFunction<bool(const kernel::Description& description)> filter) { filter_ = std::move(filter); }
    // Called when a held operation has completed, which its owner does not know yet.
    void on_held(UniqueFunction<void()> function) { on_held_ = std::move(function); }

    // How many operations were struck so far.
    std::uint64_t strikes() const noexcept { return strikes_; }

    // The operation in flight that owns, or works on, memory in [begin, end), or null: for finding memory that is freed
    // too early.
    const kernel::Description* working_on(const void* begin, const void* end) const noexcept;

    void submit(kernel::Operation& operation) noexcept override;
    bool quiet(int fd) const noexcept override { return inner_->quiet(fd); }
    void cancel(kernel::Operation& operation) noexcept override;
    void enter(std::optional<TimePoint> deadline) override;
    void wake() noexcept override { inner_->wake(); }
    int descriptor() noexcept override { return inner_->descriptor(); }

    void hasten() noexcept override { inner_->hasten(); }
    std::size_t buffers_out() const noexcept override { return inner_->buffers_out(); }
    TimePoint now() noexcept override { return inner_->now(); }
    std::chrono::system_clock::time_point wall_clock() noexcept override { return inner_->wall_clock(); }
    std::optional<Duration> thread_delay() noexcept override { return inner_->thread_delay(); }
    kernel::NameSource* names() noexcept override { return inner_->names(); }
    void random(std::span<std::byte> bytes) override { inner_->random(bytes); }

    std::span<std::byte> buffer(std::uint16_t id) noexcept override { return inner_->buffer(id); }
    void give_back(std::uint16_t id) noexcept override { inner_->give_back(id); }

    int socket(int family, int type, int protocol) noexcept override;
    int socket_pair(int family, int type, int (&descriptors)[2]) noexcept override;
    int bind(int fd, const sockaddr* address, socklen_t length) noexcept override;
    int listen(int fd, int backlog) noexcept override;
    int set_option(int fd, int level, int name, const void* value, socklen_t length) noexcept override;
    int get_option(int fd, int level, int name, void* value, socklen_t& length) noexcept override;
    int local_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    int peer_address(int fd, sockaddr* address, socklen_t& length) noexcept override;
    void close_now(int fd) noexcept override;
    void close_soon(int fd) noexcept override;
    std::int64_t file_size(const char* path) noexcept override { return inner_->file_size(path); }
    int rename(const char* from, const char* to) noexcept override;
    int socket_file(const char* path, std::uint64_t& device, std::uint64_t& number) noexcept override {
        return inner_->socket_file(path, device, number);
    }
    int unlink(const char* path) noexcept override { return inner_->unlink(path); }

private:
    class Proxy;
    friend class Proxy;

    const Fault* choose(const kernel::Description& description) noexcept;
    void finish(kernel::Operation& operation, const kernel::Completion& completion) noexcept;

    std::unique_ptr<kernel::Kernel> inner_;
    std::vector<Fault> faults_;
    Watch watch_;
    UniqueFunction<bool(const kernel::Description& description)> filter_;
    UniqueFunction<void()> on_held_;
    std::uint64_t strikes_ = 0;
    int socket_error_ = 0;
    std::uint64_t sockets_before_ = 0;
    std::uint64_t sockets_refused_ = 0;
    IntrusiveList<Proxy, Proxy> proxies_;
};

} // namespace corduroy::testing
