#pragma once

#include <corduroy/http/request_parser.hpp>
#include <corduroy/http/response_parser.hpp>
#include <corduroy/testing/recorder.hpp>

#include "testing/stream_decorator.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace corduroy::testing {

// A client's connection with a Recorder's ear on it. Whatever it hears, the client is given: bytes that it does not
// understand end the listening, not the connection.
class TappedStream final : public StreamDecorator {
public:
    TappedStream(std::shared_ptr<Recorder> recorder, std::string origin, std::unique_ptr<net::ByteStream> below)
        : StreamDecorator(std::move(below)), recorder_(std::move(recorder)), origin_(std::move(origin)) {}
    ~TappedStream() override { lost(TapedExchange::Ending::closed); }

    Task<std::size_t> read_some(std::span<std::byte> into, std::source_location site) override;
    Task<net::ReceivedBytes> receive(std::source_location site) override;
    Task<> write_all(std::span<const std::byte> bytes, std::source_location site) override;
    void write_soon(std::string bytes) override;

private:
    void sent(std::string_view bytes) noexcept;
    void received(std::string_view bytes) noexcept;
    void take_request(std::string_view bytes);
    void take_answer(std::string_view bytes);
    void ended() noexcept;
    // The exchanges that wait for an answer will have none.
    void lost(TapedExchange::Ending how) noexcept;

    std::shared_ptr<Recorder> recorder_;
    std::string origin_;
    http::RequestParser requests_;
    http::ResponseParser answers_;
    std::size_t sending_ = 0;         // the exchange whose request is being sent
    std::deque<std::size_t> waiting_; // for their answers, by number
    bool in_answer_ = false;
    bool deaf_ = false;
};

} // namespace corduroy::testing
