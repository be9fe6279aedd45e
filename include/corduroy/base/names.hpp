#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace corduroy {

// The name of a type as one writes it: "std::runtime_error".
std::string readable_type(const std::type_info& type);

// The name of a function as a person reads it, from what std::source_location::function_name gives. That is fine as it
// is but for coroutines built by GCC, where it names the compiler's own function for the coroutine's body and the
// mangled name of the coroutine in it; the name of the coroutine is then "app::fetch(std::string)", without the type it
// returns, as GCC does not tell it.
std::string readable_function(std::string_view function_name);

// "file:line function", a line of a traceback; without the function where the compiler does not name it.
std::string site_text(const std::source_location& site);

// Whether a function, as readable_function names it, is in corduroy::detail. What it returns or takes may be from there
// without its being so. Safe in a signal handler.
bool is_machinery(std::string_view function) noexcept;

// What `make` returns, a text for people, where it can be put together; for places that must not throw.
template <class Make>
std::string text_or_no_memory(Make&& make) noexcept {
    try {
        return make();
    } catch (...) {
        return "(out of memory)"; // short enough to need none
    }
}

// A row of await sites for people: a line for each, without those in Corduroy's own machinery (namespace
// corduroy::detail), and of very many only the first and the last.
std::vector<std::string> site_lines(const std::vector<std::source_location>& sites);

} // namespace corduroy
