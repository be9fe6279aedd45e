#include "http/codec_words.hpp"

#include "http/characters.hpp"
#include "http/field_text.hpp"

namespace corduroy::http {

namespace {

// The first line as far as it is known, quoted.
std::string quoted_line(std::string_view beginning) {
    std::string quoted = "\"";
    for (char c : beginning.substr(0, beginning.find_first_of("\r\n"))) {
        if (c >= 0x20 && c < 0x7f) {
            quoted += c;
        } else {
            quoted += "\\x" + hexadecimal(c).substr(2);
        }
    }
    bool cut = beginning.size() == longest_beginning && beginning.find_first_of("\r\n") == std::string_view::npos;
    return quoted + (cut ? "...\"" : "\"");
}

} // namespace

std::string words_for(llhttp_errno_t error, std::string_view llhttp_reason, llhttp_type_t type,
                      std::string_view beginning) {
    auto mentions = [&](std::string_view words) { return llhttp_reason.find(words) != std::string_view::npos; };
    switch (error) {
    case HPE_INVALID_CONSTANT:
        return "it begins with " + quoted_line(beginning) +
               (type == HTTP_RESPONSE ? ", which is no status line" : ", which is no request line");
    case HPE_INVALID_METHOD:
        return "it begins with " + quoted_line(beginning) + ", which is no method known here";
    case HPE_INVALID_URL:
        return "its target holds a character that it may not hold";
    case HPE_INVALID_VERSION:
        if (mentions("after version")) return "its first line does not end in CR LF";
        return "its version is neither HTTP/1.0 nor HTTP/1.1";
    case HPE_PAUSED_H2_UPGRADE:
        return "it is of HTTP/2, and only HTTP/1.0 and HTTP/1.1 are spoken here";
    case HPE_INVALID_STATUS:
        return "its status is not a number of three digits";
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING:
        if (mentions("present with")) return "it has both Content-Length and Transfer-Encoding";
        if (mentions("Duplicate") || mentions("already present")) return "it has more than one Content-Length";
        if (error == HPE_INVALID_TRANSFER_ENCODING) return "its Transfer-Encoding does not end in chunked";
        return "its Content-Length is not a number of bytes";
    case HPE_INVALID_CHUNK_SIZE:
        return "the size of a chunk is not a hexadecimal number of bytes";
    default:
        break;
    }
    if (mentions("header token") || mentions("header field char"))
        return "a header name holds a character that it may not hold";
    if (mentions("header value char")) return "a header value holds a character that it may not hold";
    if (mentions("whitespace after header value") || mentions("space after start line"))
        return "a header line begins with a space";
    if (mentions("after chunk data")) return "a chunk is longer than its size says";
    if (mentions("chunk extension")) return "the extensions of a chunk are malformed";
    if (mentions("xpected CR") || mentions("xpected LF")) return "a line does not end in CR LF";
    return llhttp_reason.empty() ? "llhttp says " + std::string(llhttp_errno_name(error)) : std::string(llhttp_reason);
}

int refusal_for(llhttp_errno_t error, std::string_view llhttp_reason, std::string_view beginning) noexcept {
    if (error == HPE_INVALID_VERSION && llhttp_reason.find("after version") != std::string_view::npos) return 400;
    if (error == HPE_INVALID_VERSION || error == HPE_PAUSED_H2_UPGRADE) return 505;
    // What could be the name of a method is one that is not implemented.
    if (error == HPE_INVALID_METHOD && !beginning.empty() && is_alpha(beginning.front())) return 501;
    return 400;
}

} // namespace corduroy::http
