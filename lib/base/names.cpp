#include <corduroy/base/names.hpp>

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace corduroy {

namespace {

// Empty where it is no mangled name.
std::string demangled(const std::string& mangled) {
    int status = 0;
    std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status),
                                                     &std::free);
    return status == 0 ? std::string(text.get()) : std::string();
}

// The library's full name of std::string says nothing, at length.
std::string with_short_strings(std::string text) {
    static constexpr std::string_view spellings[] = {
        "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >",
        "std::__cxx11::basic_string<char>",
    };
    for (std::string_view spelling : spellings) {
        for (std::size_t at = 0; (at = text.find(spelling, at)) != std::string::npos;) {
            text.replace(at, spelling.size(), "std::string");
        }
    }
    return text;
}

// Of a long row of sites so many are shown at either end.
constexpr std::size_t sites_shown = 50;

} // namespace

std::string readable_type(const std::type_info& type) {
    std::string text = demangled(type.name());
    return with_short_strings(text.empty() ? type.name() : text);
}

std::string readable_function(std::string_view function_name) {
    // GCC's form: "void app::fetch(fetch(std::string)::_ZN3app5fetch….Frame*)".
    static constexpr std::string_view ending = ".Frame*)";
    if (!function_name.ends_with(ending)) return with_short_strings(std::string(function_name));
    std::string_view front = function_name.substr(0, function_name.size() - ending.size());
    if (std::size_t at = front.rfind("::_Z"); at != std::string_view::npos) {
        std::string text = demangled(std::string(front.substr(at + 2)));
        if (!text.empty()) return with_short_strings(std::move(text));
    }
    front = front.substr(0, front.find('('));
    if (front.starts_with("void ")) front.remove_prefix(5);
    return std::string(front);
}

std::string site_text(const std::source_location& site) {
    std::string text = std::string(site.file_name()) + ":" + std::to_string(site.line());
    std::string function = readable_function(site.function_name());
    if (!function.empty()) text += " " + function;
    return text;
}

bool is_machinery(std::string_view function) noexcept {
    int depth = 0; // within template arguments
    std::size_t name = 0;
    for (std::size_t at = 0; at < function.size(); ++at) {
        char character = function[at];
        if (character == '<') ++depth;
        if (character == '>') --depth;
        if (depth > 0) continue;
        if (character == ' ') name = at + 1;
        if (character == '(') break;
    }
    return function.substr(name).starts_with("corduroy::detail::");
}

std::vector<std::string> site_lines(const std::vector<std::source_location>& sites) {
    std::vector<std::source_location> way = sites;
    std::erase_if(way, [](const auto& site) { return is_machinery(readable_function(site.function_name())); });
    std::vector<std::string> lines;
    for (std::size_t index = 0; index < way.size(); ++index) {
        if (index == sites_shown && way.size() > 2 * sites_shown + 1) {
            index = way.size() - sites_shown;
            lines.push_back("... " + std::to_string(index - sites_shown) + " more ...");
        }
        lines.push_back(site_text(way[index]));
    }
    return lines;
}

} // namespace corduroy
