#include "http/idna.hpp"

#include "config.hpp"

#include "http/characters.hpp"
#include "http/url_fault.hpp"

#if CORDUROY_HAVE_IDN2
#include <idn2.h>

#include <algorithm>
#include <memory>
#endif

namespace corduroy::http {

#if CORDUROY_HAVE_IDN2

namespace {

// A name that is in its ASCII form already only has to be one that decodes. libidn2 also applies IDNA 2008's list of
// letters and DNS's bounds to it, neither of which the URL Standard asks for: there are names with symbols in them.
bool is_only_disliked(int result) {
    return result == IDN2_DISALLOWED || result == IDN2_UNASSIGNED || result == IDN2_CONTEXTO ||
           result == IDN2_CONTEXTO_NO_RULE || result == IDN2_2HYPHEN || result == IDN2_TOO_BIG_DOMAIN ||
           result == IDN2_TOO_BIG_LABEL;
}

std::string lower_case(std::string_view text) {
    std::string lower;
    for (char c : text) lower += to_lower(c);
    return lower;
}

} // namespace

std::string domain_to_ascii(std::string_view domain) {
    // It goes to a C function, and no host may hold NUL.
    if (domain.find('\0') != std::string_view::npos) throw UrlFault{"its host holds the character 0x00"};
    bool ascii = std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    std::string text(domain);
    char* converted = nullptr;
    int result = idn2_to_ascii_8z(text.c_str(), &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    std::unique_ptr<char, void (*)(void*)> owner(converted, &idn2_free);
    if (result == IDN2_OK) return std::string(converted);
    if (ascii && is_only_disliked(result)) return lower_case(domain);
    throw UrlFault{std::string("its host is not an international name (libidn2: ") + idn2_strerror(result) + ")"};
}

#else

std::string domain_to_ascii(std::string_view domain) {
    std::string lower;
    for (char c : domain) {
        if (static_cast<unsigned char>(c) >= 0x80)
            throw UrlFault{"its host has letters beyond ASCII, and this build lacks IDNA (libidn2)", true};
        lower += to_lower(c);
    }
    return lower;
}

#endif

} // namespace corduroy::http
