#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/base/unique_function.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace corduroy::http {

// A body that is made while it is sent: by one generator, which can be sent once, or by one of a function's for each
// time.
struct GeneratedBody {
    std::optional<AsyncGenerator<std::string>> pieces;
    UniqueFunction<AsyncGenerator<std::string>()> make;
    std::optional<std::uint64_t> size;
    // Where it is for a file to say, asked as the request begins; nothing where it cannot be told.
    UniqueFunction<std::optional<std::uint64_t>()> measure;
    bool begun = false; // something was asked of `pieces`

    bool can_be_sent() const noexcept { return !begun || make; }

    // The pieces from the first one on.
    AsyncGenerator<std::string>& begin() {
        if (make) pieces.emplace(make());
        begun = true;
        return *pieces;
    }
};

} // namespace corduroy::http
