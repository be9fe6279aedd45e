#pragma once

#include "http/content/decoder.hpp"

#include <corduroy/http/headers.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// The codings that this build undoes, as the value of Accept-Encoding; "identity" where there are none.
std::string_view accepted_codings() noexcept;

// Whether a body has been encoded, as its head says.
bool is_encoded(const Headers& headers) noexcept;

// The codings of a body in the order in which they were applied, in lower case, and "identity" left out.
std::vector<std::string> codings_of(const Headers& headers);

// Null for a coding that this build does not know.
std::unique_ptr<Decoder> make_decoder(std::string_view coding);

} // namespace corduroy::http
