#pragma once

#include <corduroy/http/headers.hpp>
#include <corduroy/http/response.hpp>

#include <string>
#include <vector>

namespace fetch {

// The heads that come on the way to an answer: interim ones (1xx) and those of redirects that are followed.
class Heads {
public:
    // Of a request that begins, and knows of none.
    void clear() noexcept { interim_.assign(1, {}); }
    void interim(const corduroy::http::ResponseHead& head);
    // A redirect is followed: what comes next stands behind its head.
    void redirected() { interim_.emplace_back(); }

    // All of them as they came, in their order, and the answer's own, each with the line that ends it.
    std::string text(const corduroy::http::Response& answer) const;

private:
    std::vector<std::string> interim_{1}; // before each redirect, and before the answer
};

// The fields behind a body in chunks, as lines; mostly none.
std::string text_of_trailers(const corduroy::http::Headers& trailers);

} // namespace fetch
