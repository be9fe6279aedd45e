#include "http/content/decoding_reader.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <utility>

namespace corduroy::http {

Task<std::string_view> DecodingReader::read() {
    if (failure_) failure_.rethrow();
    while (source_) {
        std::string_view piece = decode();
        if (!piece.empty()) co_return piece;
        if (ended_) break;
        input_ = co_await source_->read();
        ended_ = input_.empty();
    }
    co_return std::string_view();
}

std::string_view DecodingReader::decode() {
    try {
        std::string_view piece = decoding_.next(input_);
        if (piece.empty() && ended_) decoding_.finish();
        return piece;
    } catch (...) {
        source_.reset();
        fail(std::current_exception());
    }
}

void DecodingReader::fail(std::exception_ptr cause) {
    try {
        rethrow_in_context(std::move(cause), {method_, url_, Phase::body});
    } catch (const corduroy::Error& error) {
        failure_ = Failure::current();
        if (trace_) trace_({TraceStep::failed, Reactor::current().now(), method_, url_, status_, 0, error.what()});
        throw;
    } catch (...) { // there is no memory, and a part of the body is lost
        failure_ = Failure::current();
        throw;
    }
}

} // namespace corduroy::http
