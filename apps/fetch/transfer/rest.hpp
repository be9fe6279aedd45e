#pragma once

#include <corduroy/http/error.hpp>
#include <corduroy/http/response.hpp>

#include <cstdint>

namespace fetch {

// The server does not give the rest of what there is, which was asked for (-C).
class NoSuchRange : public corduroy::http::ProtocolError {
public:
    using ProtocolError::ProtocolError;
};

// What came ends before the whole does.
class CutShort : public corduroy::http::ProtocolError {
public:
    using ProtocolError::ProtocolError;
};

// Whether the answer to a request for the bytes from `offset` on brings them: false where there are none behind it, for
// the server says so, or gives the whole and it is just as long. Throws NoSuchRange for every other answer.
bool has_rest(const corduroy::http::Response& response, std::uint64_t offset);

// Throws NoSuchRange for an answer that is neither the rest nor the whole of a file of which so many bytes are there:
// they must not be lost for a page that says what is wrong.
void check_goes_on(const corduroy::http::Response& response, std::uint64_t there);

// Throws CutShort for an answer with a part that leaves the file at so many bytes where the whole has more.
void check_is_rest(const corduroy::http::Response& response, std::uint64_t now_there);

} // namespace fetch
