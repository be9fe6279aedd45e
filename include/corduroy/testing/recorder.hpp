#pragma once

#include <corduroy/http/client_settings.hpp>
#include <corduroy/http/transport.hpp>
#include <corduroy/testing/tape.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::testing {

// Listens in on a client's connections and notes every request and answer, for a test that is to do without the server
// the next time:
//
//     auto recorder = std::make_shared<testing::Recorder>(settings);   // the settings that the client would have
//     http::Client client(recorder->settings());
//     auto items = co_await client.get("https://shop.test/items");
//     recorder->tape().save("items.tape");
//
//     testing::StubServer shop = testing::Tape::load("items.tape").replay();
//     http::Client client = shop.client();                             // and now without a network
//     auto items = co_await client.get("https://shop.test/items");
//     shop.verify();
//
// It hears what passes beneath the pool and above TLS: each redirect and each repeated request is an exchange of its
// own, bodies stand as they were sent, codings included, and interim answers (1xx) are left out. Secrets do not go on
// tape: see `hide`. It belongs to one reactor, and what it has heard may be asked for at any time.
class Recorder final : public http::Transport, public std::enable_shared_from_this<Recorder> {
public:
    // Connections are made as these settings have it.
    explicit Recorder(const http::ClientSettings& settings = {});

    // The same settings, but with this in the way; it is to be owned by a shared_ptr.
    http::ClientSettings settings();

    // The values of headers of this name become "(hidden)", in requests and answers. Authorization,
    // Proxy-Authorization, Cookie and Set-Cookie are hidden unless `hide_nothing` is called first.
    Recorder& hide(std::string_view name);
    Recorder& hide_nothing() noexcept;

    // All exchanges that have ended, one way or another, and then those that have not, which count as broken.
    Tape tape() const;

    Task<std::unique_ptr<net::ByteStream>> connect(const http::Url& url) override;

private:
    friend class TappedStream;

    // Numbers the exchanges by their requests.
    std::size_t begin(StubRequest request);
    TapedExchange& at(std::size_t number) noexcept { return exchanges_[number]; }
    http::Headers without_secrets(const http::Headers& headers) const;

    http::ClientSettings settings_;
    std::shared_ptr<http::Transport> below_;
    std::vector<std::string> hidden_{"authorization", "proxy-authorization", "cookie", "set-cookie"};
    std::vector<TapedExchange> exchanges_;
};

} // namespace corduroy::testing
