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

// Whether the answer to a request for the bytes from `offset` on brings them: false where there are none behind it, for
// the server says so, or gives the whole and it is just as long. Throws NoSuchRange for every other answer.
bool has_rest(const corduroy::http::Response& response, std::uint64_t offset);

} // namespace fetch
