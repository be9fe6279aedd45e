#include "transfer/verbose_transport.hpp"

#include "transfer/conversation.hpp"

#include <corduroy/async/shield.hpp>
#include <corduroy/http/url.hpp>

#include <cstddef>
#include <source_location>
#include <span>
#include <string_view>
#include <utility>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;
namespace net = corduroy::net;
using Connection = std::unique_ptr<net::ByteStream>;

namespace {

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A stream that is listened to. What is written without an await is told at the next one.
class VerboseStream final : public net::ByteStream {
public:
    VerboseStream(Connection stream, std::shared_ptr<VerboseLog> log, unsigned number, std::string name) noexcept
        : stream_(std::move(stream)), log_(std::move(log)), number_(number), name_(std::move(name)) {}

    unsigned number() const noexcept { return number_; }

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override {
        co_await tell();
        std::size_t count = co_await stream_->read_some(into, site);
        said_ += conversation_.received(text_of(into.first(count)));
        co_await tell();
        co_return count;
    }
    Task<net::ReceivedBytes> receive(std::source_location site) override {
        co_await tell();
        net::ReceivedBytes bytes = co_await stream_->receive(site);
        said_ += conversation_.received(bytes.text());
        co_await tell();
        co_return bytes;
    }
    Task<> write_all(std::span<const std::byte> bytes, std::source_location site) override {
        said_ += conversation_.sent(text_of(bytes));
        co_await tell();
        co_await stream_->write_all(bytes, site);
    }
    void write_soon(std::string bytes) override {
        said_ += conversation_.sent(bytes);
        stream_->write_soon(std::move(bytes));
    }
    void write_copy_soon(std::string_view bytes) override {
        said_ += conversation_.sent(bytes);
        stream_->write_copy_soon(bytes);
    }
    Task<> flush(std::source_location site) override {
        co_await tell();
        co_await stream_->flush(site);
    }
    Task<> shutdown(std::source_location site) override { return stream_->shutdown(site); }
    Task<bool> still_open(std::source_location site) override { return stream_->still_open(site); }
    void abort() noexcept override { stream_->abort(); }
    net::Address local_address() const override { return stream_->local_address(); }
    net::Address peer_address() const override { return stream_->peer_address(); }

private:
    Task<> tell() {
        if (!said_.empty()) co_await log_->tell(name_, std::exchange(said_, {}));
    }

    Connection stream_;
    std::shared_ptr<VerboseLog> log_;
    unsigned number_;
    std::string name_;
    Conversation conversation_;
    std::string said_;
};

} // namespace

Task<> VerboseLog::tell(const std::string& name, std::string lines) {
    if (std::exchange(last_, name) != name) lines.insert(0, "* " + name + "\n");
    if (lines.empty()) co_return;
    lines.pop_back(); // the end of a line, which say adds
    Task<> saying = console_.say(std::move(lines));
    co_await corduroy::shield(std::move(saying));
}

Task<Connection> VerboseTransport::connect(const http::Url& url) {
    Connection stream = co_await transport_->connect(url);
    co_return co_await listen_to(std::move(stream), url, log_->next_number());
}

Task<Connection> VerboseTransport::connect_observed(const http::Url& url, http::ConnectObserver& observer) {
    Connection stream = co_await transport_->connect_observed(url, observer);
    co_return co_await listen_to(std::move(stream), url, log_->next_number());
}

Task<Connection> VerboseTransport::secure(Connection tunnel, const http::Url& url, http::ConnectObserver& observer) {
    // The tunnel is one of ours, and its TLS the same connection.
    auto* below = dynamic_cast<VerboseStream*>(tunnel.get());
    unsigned number = below != nullptr ? below->number() : log_->next_number();
    Connection stream = co_await transport_->secure(std::move(tunnel), url, observer);
    co_return co_await listen_to(std::move(stream), url, number);
}

Task<Connection> VerboseTransport::listen_to(Connection stream, const http::Url& url, unsigned number) {
    std::string name = "Connection " + std::to_string(number) + " to " + std::string(url.host()) + " (" +
                       stream->peer_address().to_string() + ")" + (url.is_secure() ? ", TLS" : "");
    co_await log_->tell(name, {});
    co_return std::make_unique<VerboseStream>(std::move(stream), log_, number, std::move(name));
}

} // namespace fetch
