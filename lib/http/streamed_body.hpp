#pragma once

#include "http/client_core.hpp"

#include <corduroy/base/failure.hpp>
#include <corduroy/http/body_reader.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

namespace corduroy::http {

// How much of a body is still to come, as a guess for the next read.
inline std::size_t expected_of(const ResponseParser& parser) noexcept {
    constexpr std::size_t unknown = 64 * 1024;
    auto size = parser.content_length();
    if (!size) return parser.body_received() == 0 ? 0 : unknown;
    std::uint64_t rest = *size - std::min<std::uint64_t>(*size, parser.body_received());
    return static_cast<std::size_t>(std::min<std::uint64_t>(rest, std::uint64_t{1} << 30));
}

// The body of a streamed answer. It holds its connection, and gives it back at the body's end. Dropped before, it gives
// it back to be drained by the next who uses it, where no more of the body can follow than that is worth; otherwise it
// closes it. It may outlive its reactor: what has not been read when that ends cannot be had.
class StreamedBody final : public BodyReader, private LeaseHolder {
public:
    StreamedBody(const RequestPlan& plan, Pool::Lease lease, const Url& url, const ClientSettings& settings,
                 int status);
    ~StreamedBody() override;

    Task<std::string_view> read() override { return read_into({}); }
    Task<std::string_view> read_into(std::span<std::byte> room) override;
    const Headers* trailers() const noexcept override { return &trailers_; }

private:
    std::string describe() const override;
    void reactor_ends() noexcept override;
    Task<std::string_view> next_piece(std::span<std::byte> room);
    void tell(TraceStep step, std::uint64_t bytes, std::string_view detail = {}) const;

    std::shared_ptr<ClientCore> core_; // outlives the lease
    Pool::Lease lease_;
    std::string method_;
    std::string url_;
    Duration silence_;
    std::size_t drain_limit_;
    std::optional<TimePoint> deadline_; // of the whole request
    Duration bound_;
    Trace trace_;
    int status_;
    Headers trailers_;
    Failure failure_; // why the rest cannot be had
    bool reading_ = false;
    bool outlives_ = false; // its reactor
};

} // namespace corduroy::http
