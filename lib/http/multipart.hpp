#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// A multipart/form-data body (RFC 7578) that is being put together.
class Multipart {
public:
    // Raise http::Error, naming it, where the name, the filename or the content type holds CR, LF or NUL.
    void add(std::string_view name, std::string_view value);
    void add_file(std::string_view name, std::string_view filename, std::string_view content, std::string_view type);

    // The whole, its parts parted by `boundary`.
    std::string text(std::string_view boundary) const;

    // 128 bits of the kernel's random source in letters: no part holds them but by a chance that does not come.
    static std::string make_boundary();

private:
    struct Part {
        std::string head;
        std::string content;
    };
    std::vector<Part> parts_;
};

} // namespace corduroy::http
