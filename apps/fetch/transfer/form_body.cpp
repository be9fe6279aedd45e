#include "transfer/form_body.hpp"

#include "options/arguments.hpp"

#include <corduroy/base/error.hpp>

#include <random>

namespace fetch {

namespace {

std::string make_boundary() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device source;
    std::string boundary(24, '-');
    for (int i = 0; i < 32; ++i) boundary += digits[source() % digits.size()];
    return boundary;
}

void require_one_line(const std::string& text) {
    if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        throw corduroy::Error("a name or type of the form holds an end of line or NUL, which none may hold");
}

// ; name="value", with a quote in it as %22, as browsers and curl send it.
std::string parameter(std::string_view name, const std::string& value) {
    require_one_line(value);
    std::string text = "; " + std::string(name) + "=\"";
    for (char c : value)
        if (c == '"')
            text += "%22";
        else
            text += c;
    return text + '"';
}

} // namespace

FormBody::FormBody(const std::vector<FormField>& fields) : boundary_(make_boundary()) {
    for (const FormField& field : fields) add(field);
    text_ += "--" + boundary_ + "--\r\n";
}

void FormBody::add(const FormField& field) {
    std::string disposition = "form-data" + parameter("name", field.name);
    if (field.parts.size() == 1) return add_part(boundary_, disposition, field.kind, field.parts.front());
    std::string inner = make_boundary();
    text_ += "--" + boundary_ + "\r\ncontent-disposition: " + disposition +
             "\r\ncontent-type: multipart/mixed; boundary=" + inner + "\r\n\r\n";
    for (const FormField::Part& part : field.parts) add_part(inner, "attachment", field.kind, part);
    text_ += "--" + inner + "--\r\n\r\n";
}

void FormBody::add_part(const std::string& boundary, std::string disposition, FormField::Kind kind,
                        const FormField::Part& part) {
    require_one_line(part.content_type);
    if (!part.filename.empty()) disposition += parameter("filename", part.filename);
    text_ += "--" + boundary + "\r\ncontent-disposition: " + disposition + "\r\n";
    if (!part.content_type.empty()) text_ += "content-type: " + part.content_type + "\r\n";
    text_ += "\r\n" + (kind == FormField::Kind::text ? part.content : content_of(part.content)) + "\r\n";
}

} // namespace fetch
