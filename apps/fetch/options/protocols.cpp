#include "options/protocols.hpp"

#include "blanks.hpp"

#include <corduroy/http/headers.hpp>

#include <algorithm>

namespace fetch {

using corduroy::http::equal_ignoring_case;

Protocols Protocols::parse(std::string_view list) {
    Protocols protocols;
    while (!list.empty()) {
        std::size_t end = std::min(list.find(','), list.size());
        std::string_view word = without_blanks(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
        char action = '+';
        for (; !word.empty() && std::string_view("+-=").find(word.front()) != std::string_view::npos;
             word.remove_prefix(1))
            action = word.front();
        if (action == '=') protocols.http = protocols.https = false;
        bool all = equal_ignoring_case(word, "all");
        if (all || equal_ignoring_case(word, "http")) protocols.http = action != '-';
        if (all || equal_ignoring_case(word, "https")) protocols.https = action != '-';
    }
    return protocols;
}

} // namespace fetch
