#pragma once

#include <corduroy/async/generator/async_generator.hpp>

#include <cstdint>
#include <optional>
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

    // The same of a file, under the last part of its path.
    void add_file_of(std::string_view name, std::string path, std::string_view type);

    // Whether all of it is in memory. Where it is not, `pieces` gives it, and `size` says how much that is, or nothing
    // where a file has no size; the multipart must outlive the generator.
    bool in_memory() const noexcept;
    AsyncGenerator<std::string> pieces(std::string boundary) const;
    std::optional<std::uint64_t> size(std::string_view boundary) const;

    // The whole, its parts parted by `boundary`.
    std::string text(std::string_view boundary) const;

    // 128 bits of the kernel's random source in letters: no part holds them but by a chance that does not come.
    static std::string make_boundary();

private:
    struct Part {
        std::string head;
        std::string content;
        std::string path; // of the file that has the content; empty where `content` has it
    };
    std::vector<Part> parts_;
};

} // namespace corduroy::http
