#include <corduroy/net/system_resolver.hpp>

#include "config.hpp"
#include "net/name_backend.hpp"

#if CORDUROY_HAVE_CARES

#include <corduroy/base/error.hpp>

#include "net/ares_socket.hpp"

#include <algorithm>
#define CARES_NO_DEPRECATED // newer releases have newer names for what 1.18 has too
#include <ares.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <new>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <vector>

namespace corduroy::net {

namespace {

std::string explain(int status) {
    switch (status) {
    case ARES_ENOTFOUND:
        return "no such host";
    case ARES_ENODATA:
        return "it has no addresses";
    case ARES_EBADNAME:
    case ARES_EFORMERR:
        return "it is no host name";
    case ARES_ETIMEOUT:
        return "the name servers did not answer in time";
    case ARES_ECONNREFUSED:
        return "no name server answers";
    case ARES_ESERVFAIL:
        return "the name server failed";
    case ARES_EREFUSED:
        return "the name server refused to answer";
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return "it was given up";
    default:
        return ::ares_strerror(status);
    }
}

// The status of a query which ended at a response with this code (RFC 1035, section 4.1.1). c-ares 1.18 asks the next
// server then, and after the last one gives the same status as where none answers; newer releases tell the code.
int status_of(int status, unsigned response_code) {
    if (status != ARES_ECONNREFUSED) return status;
    switch (response_code) {
    case 2:
        return ARES_ESERVFAIL;
    case 4:
        return ARES_ENOTIMP;
    case 5:
        return ARES_EREFUSED;
    default:
        return status;
    }
}

// c-ares does the asking; the ring tells it when its sockets are ready, and a timer when to ask again. Its callbacks
// may come from within any call into it, so they only record and queue; and what calls into it is queued too.
class AresBackend final : public NameBackend, private Ready, private TimerNode {
public:
    explicit AresBackend(Reactor& reactor)
        : Ready([](Ready& ready) noexcept { static_cast<AresBackend&>(ready).process(); }),
          TimerNode([](TimerNode& timer) noexcept { schedule(&static_cast<AresBackend&>(timer)); }), reactor_(reactor) {
    }
    ~AresBackend() override { AresBackend::stop(); }

    void begin(std::shared_ptr<Lookup> lookup) override {
        if (int status = open(); status != ARES_SUCCESS) return lookup->fail(explain(status));
        if (std::vector<Address> listed = from_hosts_file(lookup->host()); !listed.empty())
            return lookup->succeed(std::move(listed));
        // Apart, so that whoever connects can begin with what comes first.
        auto inquiry = std::make_shared<Inquiry>(std::move(lookup), response_code_);
        for (int family : {AF_INET6, AF_INET}) {
            ares_addrinfo_hints hints{};
            hints.ai_family = family;
            hints.ai_socktype = SOCK_STREAM;
            const char* host = inquiry->lookup->host().c_str();
            ::ares_getaddrinfo(channel_, host, nullptr, &hints, &found, new std::shared_ptr<Inquiry>(inquiry));
        }
        set_timeout();
    }

    void give_up() noexcept override {
        if (channel_ == nullptr) return;
        ::ares_cancel(channel_);
        set_timeout();
    }

    void use_servers(const std::string& servers) override {
        int status = open();
        if (status == ARES_SUCCESS) status = ::ares_set_servers_ports_csv(channel_, servers.c_str());
        if (status == ARES_SUCCESS) return;
        throw ResolveError("use the name servers " + servers + " failed: " + ::ares_strerror(status));
    }

    void stop() noexcept override {
        reactor_.cancel_timer(*this);
        if (channel_ != nullptr) ::ares_destroy(std::exchange(channel_, nullptr));
    }

private:
    // A name that is being asked for, of both families.
    struct Inquiry {
        Inquiry(std::shared_ptr<Lookup> begun, const unsigned& code) noexcept
            : lookup(std::move(begun)), response_code(code) {}

        // The answer about one of them.
        void answered(int status, const ares_addrinfo* result) {
            status = status_of(status, response_code);
            std::vector<Address> addresses = addresses_of(result, shortest);
            if (addresses.empty() && status == ARES_SUCCESS) status = ARES_ENODATA;
            bool known = status == ARES_SUCCESS || status == ARES_ENODATA || status == ARES_ENOTFOUND;
            certain = certain && known;
            // That the name servers failed says more than that there are none of the other family.
            if (why == ARES_SUCCESS || !known) why = status;
            if (!addresses.empty()) lookup->found(addresses);
            if (--families > 0) return;
            std::optional<Duration> lifetime;
            if (certain) lifetime = shortest;
            if (lookup->addresses().empty())
                lookup->fail(explain(why), lifetime);
            else
                lookup->end(lifetime);
        }

        std::shared_ptr<Lookup> lookup;
        const unsigned& response_code; // the backend's
        int families = 2;              // that are still to come
        int why = ARES_SUCCESS;
        bool certain = true; // both were answered, if by nothing
        // Where nothing was found, c-ares tells no TTL: it is remembered for as long as the resolver's settings say.
        Duration shortest = Duration::max();
    };

    // A name that the hosts file has is not asked for, even where it has addresses of one family alone; and what it
    // says is not remembered, so that a change of it is seen at once.
    std::vector<Address> from_hosts_file(const std::string& host) {
        std::vector<Address> addresses;
        for (int family : {AF_INET6, AF_INET}) {
            hostent* entry = nullptr;
            if (::ares_gethostbyname_file(channel_, host.c_str(), family, &entry) != ARES_SUCCESS) continue;
            std::unique_ptr<hostent, decltype(&::ares_free_hostent)> freed(entry, &::ares_free_hostent);
            for (char** each = entry->h_addr_list; *each != nullptr; ++each)
                addresses.push_back(address_of(entry->h_addrtype, *each));
        }
        return addresses;
    }

    static Address address_of(int family, const char* bytes) {
        sockaddr_in6 six{};
        sockaddr_in four{};
        six.sin6_family = AF_INET6;
        four.sin_family = AF_INET;
        if (family == AF_INET6) {
            std::memcpy(&six.sin6_addr, bytes, sizeof six.sin6_addr);
            return Address(reinterpret_cast<const sockaddr*>(&six), sizeof six);
        }
        std::memcpy(&four.sin_addr, bytes, sizeof four.sin_addr);
        return Address(reinterpret_cast<const sockaddr*>(&four), sizeof four);
    }

    int open() {
        if (channel_ != nullptr) return ARES_SUCCESS;
        static const int initialized = ::ares_library_init(ARES_LIB_INIT_ALL);
        if (initialized != ARES_SUCCESS) return initialized;
        ares_options options{};
        char order[] = "b"; // name servers alone: see from_hosts_file
        options.lookups = order;
        options.sock_state_cb = &watch;
        options.sock_state_cb_data = this;
        int given = ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE // since 1.31, where it remembers unless told not to, beyond what NameCacheSettings allow
        options.qcache_max_ttl = 0;
        given |= ARES_OPT_QUERY_CACHE;
#endif
        int status = ::ares_init_options(&channel_, &options, given);
        if (status != ARES_SUCCESS) {
            channel_ = nullptr;
            return status;
        }
        static constexpr ares_socket_functions functions{
            .asocket = &make_socket,
            .aclose = &close_socket,
            .aconnect = &connect_socket,
            .arecvfrom = &receive,
            .asendv = &send,
        };
        ::ares_set_socket_functions(channel_, &functions, this);
        return ARES_SUCCESS;
    }

    static void schedule(void* self_pointer) noexcept {
        auto& self = *static_cast<AresBackend*>(self_pointer);
        if (std::exchange(self.scheduled_, true)) return;
        self.reactor_.enqueue(self);
    }

    // Tells c-ares what has happened since the last time.
    void process() noexcept {
        scheduled_ = false;
        if (channel_ == nullptr) return;
        // One by one, for an answer may make c-ares close other sockets.
        bool any = false;
        for (int fd; (fd = first_ready()) >= 0; any = true) {
            unsigned events = find(fd)->take_events();
            bool reads = (events & (POLLIN | POLLERR | POLLHUP)) != 0;
            bool writes = (events & POLLOUT) != 0;
            ::ares_process_fd(channel_, reads ? fd : ARES_SOCKET_BAD, writes ? fd : ARES_SOCKET_BAD);
            response_code_ = 0;
        }
        if (!any) ::ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD); // what has timed out
        sockets_.for_each([](AresSocket& socket) { socket.rearm(); });
        set_timeout();
    }

    void set_timeout() noexcept {
        timeval buffer{};
        timeval* next = ::ares_timeout(channel_, nullptr, &buffer);
        if (next == nullptr) return reactor_.cancel_timer(*this);
        // Rounded up, as c-ares counts by another clock.
        auto delay = std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec);
        reactor_.set_timer(*this, reactor_.now() + delay + std::chrono::milliseconds(1));
    }

    AresSocket* find(int fd) noexcept {
        AresSocket* found = nullptr;
        sockets_.for_each([&](AresSocket& socket) {
            if (socket.fd() == fd) found = &socket;
        });
        return found;
    }

    // The first socket that something has happened to; -1 where there is none.
    int first_ready() noexcept {
        int fd = -1;
        sockets_.for_each([&](AresSocket& socket) {
            if (fd < 0 && socket.has_events()) fd = socket.fd();
        });
        return fd;
    }

    // ---- called by c-ares ----

    static void found(void* context, int status, int, ares_addrinfo* result) noexcept {
        std::unique_ptr<std::shared_ptr<Inquiry>> inquiry(static_cast<std::shared_ptr<Inquiry>*>(context));
        std::unique_ptr<ares_addrinfo, decltype(&::ares_freeaddrinfo)> freed(result, &::ares_freeaddrinfo);
        try {
            (*inquiry)->answered(status, result);
        } catch (const std::bad_alloc&) {
            (*inquiry)->lookup->fail(Lookup::out_of_memory);
        }
    }

    // And the least of their TTLs, and of those of the names that led to them, where it is less than `shortest`.
    static std::vector<Address> addresses_of(const ares_addrinfo* result, Duration& shortest) {
        std::vector<Address> addresses;
        for (auto* alias = result != nullptr ? result->cnames : nullptr; alias != nullptr; alias = alias->next)
            shortest = std::min<Duration>(shortest, std::chrono::seconds(std::max(alias->ttl, 0)));
        for (auto* node = result != nullptr ? result->nodes : nullptr; node != nullptr; node = node->ai_next) {
            shortest = std::min<Duration>(shortest, std::chrono::seconds(std::max(node->ai_ttl, 0)));
            Address address = Address(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen)).with_port(0);
            if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) addresses.push_back(address);
        }
        return addresses;
    }

    static void watch(void* context, ares_socket_t fd, int reads, int writes) noexcept {
        auto& self = *static_cast<AresBackend*>(context);
        unsigned events = (reads != 0 ? POLLIN : 0u) | (writes != 0 ? POLLOUT : 0u);
        if (AresSocket* socket = self.find(fd)) socket->watch(events);
    }

    static ares_socket_t make_socket(int family, int type, int protocol, void* context) noexcept {
        auto& self = *static_cast<AresBackend*>(context);
        kernel::Kernel& kernel = self.reactor_.kernel();
        // Through the kernel, so that a simulated one, which has none of these, keeps c-ares from the real network.
        int fd = kernel.socket(family, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol);
        if (fd < 0) {
            errno = -fd;
            return ARES_SOCKET_BAD;
        }
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        try {
            self.sockets_.push_back(*new AresSocket(self.reactor_, fd, &schedule, &self));
        } catch (const std::bad_alloc&) {
            kernel.close_now(fd);
            errno = ENOMEM;
            return ARES_SOCKET_BAD;
        }
        return fd;
    }

    static int close_socket(ares_socket_t fd, void* context) noexcept {
        if (AresSocket* socket = static_cast<AresBackend*>(context)->find(fd)) socket->close();
        return 0;
    }

    static int connect_socket(ares_socket_t fd, const sockaddr* address, ares_socklen_t length, void*) noexcept {
        return ::connect(fd, address, length);
    }

    static ares_ssize_t receive(ares_socket_t fd, void* data, std::size_t size, int flags, sockaddr* from,
                                ares_socklen_t* length, void* context) noexcept {
        ares_ssize_t count = ::recvfrom(fd, data, size, flags, from, length);
        // Who sent it is asked of datagrams alone, each of which is a whole response.
        if (from != nullptr) {
            bool whole = count > 3;
            static_cast<AresBackend*>(context)->response_code_ =
                whole ? static_cast<unsigned char*>(data)[3] & 15u : 0u;
        }
        return count;
    }

    static ares_ssize_t send(ares_socket_t fd, const iovec* parts, int count, void*) noexcept {
        msghdr message{};
        message.msg_iov = const_cast<iovec*>(parts);
        message.msg_iovlen = static_cast<std::size_t>(count);
        return ::sendmsg(fd, &message, MSG_NOSIGNAL);
    }

    Reactor& reactor_;
    ares_channel channel_ = nullptr;
    IntrusiveList<AresSocket, AresSocket> sockets_;
    bool scheduled_ = false;
    unsigned response_code_ = 0; // of the response that c-ares is at; 0 where it is at none
};

} // namespace

std::unique_ptr<NameBackend> make_ares_backend(Reactor& reactor) { return std::make_unique<AresBackend>(reactor); }

} // namespace corduroy::net

#else

namespace corduroy::net {

std::unique_ptr<NameBackend> make_ares_backend(Reactor&) { return nullptr; }

} // namespace corduroy::net

#endif

namespace corduroy::net {

bool SystemResolver::asks_servers() noexcept { return CORDUROY_HAVE_CARES != 0; }

} // namespace corduroy::net
