#include "http/idna.hpp"

#include "config.hpp"

#include "http/characters.hpp"
#include "http/url_fault.hpp"

#if CORDUROY_HAVE_IDN2
#include <idn2.h>

#include <memory>
#endif

namespace corduroy::http {

#if CORDUROY_HAVE_IDN2

std::string domain_to_ascii(std::string_view domain) {
    // It goes to a C function, and no host may hold NUL.
    if (domain.find('\0') != std::string_view::npos) throw UrlFault{"its host holds the character 0x00"};
    std::string text(domain);
    char* ascii = nullptr;
    int result = idn2_to_ascii_8z(text.c_str(), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    std::unique_ptr<char, void (*)(void*)> owner(ascii, &idn2_free);
    if (result != IDN2_OK)
        throw UrlFault{std::string("its host is not an international name: ") + idn2_strerror(result)};
    return std::string(ascii);
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
