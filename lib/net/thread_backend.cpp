#include "net/name_backend.hpp"

#include <corduroy/base/error.hpp>

#include <algorithm>
#include <mutex>
#include <netdb.h>
#include <thread>

namespace corduroy::net {

namespace {

// What the threads know of the reactor, which may end before they do.
struct WayBack {
    std::mutex mutex;
    Reactor* reactor;
};

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

class ThreadBackend final : public NameBackend {
public:
    explicit ThreadBackend(Reactor& reactor) : way_back_(std::make_shared<WayBack>()) { way_back_->reactor = &reactor; }
    ~ThreadBackend() override { stop(); }

    void begin(std::shared_ptr<Lookup> lookup) override {
        try {
            // The thread owns a copy of the name alone: the lookup itself belongs to the reactor's thread, and takes
            // its way there and back unopened.
            std::thread([way_back = way_back_, lookup, host = lookup->host]() mutable {
                Answer answer = ask(host);
                std::lock_guard lock(way_back->mutex);
                if (way_back->reactor == nullptr) return;
                way_back->reactor->call_from_thread([lookup = std::move(lookup), answer = std::move(answer)]() mutable {
                    if (answer.addresses.empty())
                        lookup->fail(std::move(answer.failure));
                    else
                        lookup->succeed(std::move(answer.addresses));
                });
            }).detach();
        } catch (const std::system_error& error) {
            lookup->fail("no thread for it: " + error.code().message());
        }
    }

    // getaddrinfo cannot be stopped; its answer is dropped.
    void give_up() noexcept override {}

    void use_servers(const std::string&) override {
        throw ResolveError("this build of Corduroy has no c-ares and cannot choose its name servers");
    }

    void stop() noexcept override {
        std::lock_guard lock(way_back_->mutex);
        way_back_->reactor = nullptr;
    }

private:
    std::shared_ptr<WayBack> way_back_;
};

} // namespace

std::unique_ptr<NameBackend> make_thread_backend(Reactor& reactor) { return std::make_unique<ThreadBackend>(reactor); }

} // namespace corduroy::net
