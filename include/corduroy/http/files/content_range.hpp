#pragma once

#include <corduroy/http/headers.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// What a Content-Range says (RFC 9110 section 14.4) of a part, "bytes 5-9/10", or of what has no such part, "bytes
// */10".
struct ContentRange {
    std::optional<std::uint64_t> first; // where the part begins
    std::optional<std::uint64_t> size;  // of the whole, where the server knows it

    // That of an answer; nothing where it has none, or one that is not understood.
    static std::optional<ContentRange> of(const Headers& headers);
};

// What an answer calls its version, in a form that If-Range takes (RFC 9110 section 13.1.5): its ETag, unless that is a
// weak one, or else its Last-Modified, where that lay a second or more before the answer's Date. Empty where parts of
// it cannot be asked for again: it has neither, or its bytes are those of an encoding, which the next answer need not
// repeat.
std::string range_validator(const Headers& headers);

// Whether an answer with a part is, as far as it says, of the version that was called so, and can be put together with
// other parts of it (RFC 9110 section 15.3.7.3). Not every server that knows Range knows If-Range.
bool is_of_version(const Headers& headers, std::string_view validator);

} // namespace corduroy::http
