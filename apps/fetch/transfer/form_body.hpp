#pragma once

#include "options/form_field.hpp"

#include <string>
#include <vector>

namespace fetch {

// The multipart body of a form as curl makes it: beyond what the library's form can say, a text may have a type and the
// name of a file, and several files can be one field.
class FormBody {
public:
    // Throws FileError where a file cannot be read, and corduroy::Error for a name or a type that cannot be sent.
    explicit FormBody(const std::vector<FormField>& fields);

    const std::string& boundary() const noexcept { return boundary_; }
    const std::string& text() const noexcept { return text_; }

private:
    void add(const FormField& field);
    void add_part(const std::string& boundary, std::string disposition, FormField::Kind kind,
                  const FormField::Part& part);

    std::string boundary_;
    std::string text_;
};

} // namespace fetch
