#pragma once

#include <corduroy/base/failure.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/headers.hpp>
#include <corduroy/http/trace.hpp>
#include <corduroy/http/version.hpp>
#include <corduroy/net/address.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace fetch {

// What became of one URL.
struct TransferRecord {
    std::size_t number = 0;    // in the run
    std::string url;           // as it may be shown
    std::string effective_url; // after redirects
    std::string method;
    std::string referer; // -e
    std::string file;    // the name it was written to; empty where there is none
    int status = 0;      // of the answer; 0 where none came
    corduroy::http::Version version = corduroy::http::Version::http_1_1;
    std::string reason; // as it came, which may be empty
    corduroy::http::Headers headers;
    std::string head;          // as it is to be written (-D), and all before it; empty where it is not
    std::size_t head_size = 0; // of all, where that is to be told
    std::string etag;          // the same, for --etag-save -
    std::string redirect_url;  // where the answer would have led, and was not followed
    std::size_t redirects = 0;
    // Of the connection it came by, where that is to be told; empty where there is none.
    corduroy::net::Address local;
    corduroy::net::Address peer;
    std::size_t connects = 0; // how many were made for it
    unsigned tries = 1;
    std::uint64_t size = 0;     // of the body, as it was written
    std::uint64_t uploaded = 0; // of the request's body, by the last request
    corduroy::http::Timings timings;
    corduroy::Duration took{}; // all tries together

    std::optional<corduroy::Failure> failure;
    std::string message; // the sentence that says why it failed
    std::string phase;   // "connect" and the like, where that is known
    int exit_status = 0;

    // Whether another try may be made: nothing has gone where it cannot be taken back.
    bool repeatable = true;
    // How long to wait before it, where there is to be one.
    std::optional<corduroy::Duration> retry_after;

    bool failed() const noexcept { return failure.has_value(); }
};

// A line for people: "200 1234 bytes in 12 ms http://h/", or the sentence that says why it failed.
std::string summary_of(const TransferRecord& record);

} // namespace fetch
