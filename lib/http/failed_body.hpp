#pragma once

#include <corduroy/base/failure.hpp>
#include <corduroy/http/body_reader.hpp>

#include <utility>

namespace corduroy::http {

// A body of which the rest cannot be had: each read says why.
class FailedBody final : public BodyReader {
public:
    explicit FailedBody(Failure failure) noexcept : failure_(std::move(failure)) {}

    Task<std::string_view> read() override {
        failure_.rethrow();
        co_return std::string_view();
    }

private:
    Failure failure_;
};

} // namespace corduroy::http
