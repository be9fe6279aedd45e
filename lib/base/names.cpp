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

} // namespace corduroy
