#pragma once

#include "transfer/target.hpp"

#include <corduroy/http/client.hpp>

#include <string>

namespace fetch {

// The request that the options of the target ask for, to be answered as a stream. Throws FileError where a file that is
// to be sent cannot be read, and http::Error for what cannot be sent.
corduroy::http::RequestBuilder make_request(const corduroy::http::Client& client, const Target& target);

// Whether it has a body.
bool has_body(const Target& target) noexcept;

// The method that it asks for.
std::string method_of(const Target& target);

} // namespace fetch
