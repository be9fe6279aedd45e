#include "net/name_backend.hpp"

#include <corduroy/async/threads/thread_pool.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/frame_pool.hpp>
#include <corduroy/base/intrusive_list.hpp>

#include <algorithm>
#include <netdb.h>
#include <utility>

namespace corduroy::net {

namespace {

std::string explain(int error, int errno_value) {
    switch (error) {
    case EAI_NONAME:
        return "no such host";
    case EAI_NODATA:
        return "it has no addresses";
    case EAI_AGAIN:
        return "no name server answers";
    case EAI_SYSTEM:
        return errno_message(errno_value);
    default:
        return ::gai_strerror(error);
    }
}

struct Answer {
    std::vector<Address> addresses;
    std::string failure;
};

Answer ask(const std::string& host) {
    Answer answer;
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list)) {
        answer.failure = explain(error, errno);
        return answer;
    }
    for (addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        Address address(entry->ai_addr, entry->ai_addrlen);
        if (std::find(answer.addresses.begin(), answer.addresses.end(), address) == answer.addresses.end())
            answer.addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    if (answer.addresses.empty()) answer.failure = "it has no addresses";
    return answer;
}

// Threads of their own, so that names which take long hold up nothing else that a program does in threads.
class NameThreads final : public Service {
public:
    explicit NameThreads(Reactor& reactor) : pool_(reactor) { pool_.set_name("names"); }

    void stop() noexcept override { pool_.stop(); }
    bool idle() const noexcept override { return pool_.idle(); }
    ThreadPool& pool() noexcept { return pool_; }

private:
    ThreadPool pool_;
};

// Looks one name up, and destroys itself then. The thread knows of a copy of the name and of the answer alone: the
// lookup belongs to the reactor's thread.
class Inquiry final : public ThreadJob, public ListNode<Inquiry>, public FromFramePool {
public:
    using Place = ListNode<Inquiry>;

    explicit Inquiry(std::shared_ptr<Lookup> lookup) : host_(lookup->host()), lookup_(std::move(lookup)) {}

private:
    void work() noexcept override {
        try {
            answer_ = ask(host_);
        } catch (...) {
            failure_ = Failure::current();
        }
    }
    void refused(Failure failure) noexcept override { failure_ = std::move(failure); }
    void ended() noexcept override {
        if (Place::linked()) Place::unlink();
        if (failure_)
            lookup_->fail(why());
        else if (answer_.addresses.empty())
            lookup_->fail(std::move(answer_.failure));
        else
            lookup_->succeed(std::move(answer_.addresses));
        delete this;
    }
    std::string why() const noexcept {
        try {
            return failure_.message();
        } catch (...) {
            return Lookup::out_of_memory;
        }
    }

    std::string host_;
    std::shared_ptr<Lookup> lookup_;
    Answer answer_;
    Failure failure_; // of the thread, not of the name
};

class ThreadBackend final : public NameBackend {
public:
    explicit ThreadBackend(Reactor& reactor) : pool_(reactor.service<NameThreads>().pool()) {}
    ~ThreadBackend() override {
        give_up();
        while (!inquiries_.empty()) inquiries_.pop_front();
    }

    void begin(std::shared_ptr<Lookup> lookup) override {
        auto* inquiry = new Inquiry(std::move(lookup));
        inquiries_.push_back(*inquiry);
        pool_.start(*inquiry);
    }

    // Those that wait for a thread need none any more. Those that have one go on, for getaddrinfo cannot be stopped;
    // their answers are dropped.
    void give_up() noexcept override {
        inquiries_.for_each([this](Inquiry& inquiry) {
            if (!pool_.withdraw(inquiry)) return;
            inquiry.Inquiry::Place::unlink();
            delete &inquiry;
        });
    }

    void use_servers(const std::string&) override {
        throw ResolveError("this build of Corduroy has no c-ares and cannot choose its name servers");
    }

    void stop() noexcept override { give_up(); }

private:
    ThreadPool& pool_;
    IntrusiveList<Inquiry, Inquiry> inquiries_;
};

} // namespace

std::unique_ptr<NameBackend> make_thread_backend(Reactor& reactor) { return std::make_unique<ThreadBackend>(reactor); }

} // namespace corduroy::net
