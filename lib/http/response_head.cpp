#include <corduroy/http/response_head.hpp>

#include <corduroy/http/request_head.hpp>
#include <corduroy/http/status.hpp>

#include "http/characters.hpp"
#include "http/field_text.hpp"

namespace corduroy::http {

void ResponseHead::clear() noexcept {
    version = Version::http_1_1;
    status = 0;
    reason.clear();
    headers.clear();
}

void append_status_line(std::string& out, int status, std::string_view reason, Version version) {
    if (status < 100 || status > 999)
        refuse_part_of_head("the status " + std::to_string(status) + " is not of three digits");
    if (!consists_of(reason, text_characters)) refuse_part_of_head("the reason phrase holds a control character");
    if (reason.empty()) reason = reason_phrase(status);
    // The space after the status stays even where no words follow (RFC 9112 section 4).
    out.append(to_string(version)).append(1, ' ').append(std::to_string(status)).append(1, ' ');
    out.append(reason).append("\r\n");
}

void append_head(std::string& out, const ResponseHead& head) {
    out.reserve(out.size() + head.reason.size() + head.headers.byte_size() + 4 * head.headers.size() + 48);
    append_status_line(out, head.status, head.reason, head.version);
    append_fields(out, head.headers);
    append_end_of_head(out);
}

} // namespace corduroy::http
