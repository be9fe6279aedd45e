#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/base/unique_function.hpp>
#include <corduroy/http/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace corduroy::http {

// A body that is made while it is sent: by one generator, which can be sent once, or by one of a function's for each
// time. It is one request's; of the copies of a request each has its own, which share the functions, or they have the
// generator in common.
struct GeneratedBody {
    using Make = UniqueFunction<AsyncGenerator<std::string>()>;
    using Measure = UniqueFunction<std::optional<std::uint64_t>()>;

    std::shared_ptr<Make> make;
    std::optional<AsyncGenerator<std::string>> pieces; // which may use what `make` holds, to its very end
    std::optional<std::uint64_t> size;
    // Where it is for a file to say, asked as the request begins; nothing where it cannot be told.
    std::shared_ptr<Measure> measure;
    bool begun = false;    // something was asked of `pieces`
    bool may_grow = false; // a file: what comes behind the size that it had is left out

    bool can_be_sent() const noexcept { return !begun || make; }

    // The pieces from the first one on.
    AsyncGenerator<std::string>& begin() {
        if (make)
            pieces.emplace((*make)());
        else if (begun)
            throw BodySpent({{}, {}, Phase::send}, "its body comes from a generator, and that has been sent already");
        begun = true;
        return *pieces;
    }

    // That of a copy of `body`'s request.
    static std::shared_ptr<GeneratedBody> copy_of(const std::shared_ptr<GeneratedBody>& body) {
        if (!body || !body->make) return body;
        auto copy = std::make_shared<GeneratedBody>();
        copy->make = body->make;
        copy->size = body->size;
        copy->measure = body->measure;
        copy->may_grow = body->may_grow;
        return copy;
    }
};

} // namespace corduroy::http
