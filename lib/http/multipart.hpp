#pragma once

#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/http/part.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corduroy::http {

// A multipart/form-data body (RFC 7578) that is being put together.
class Multipart {
public:
    // A field of one part, or of several, which are a multipart/mixed of their own. Raise http::Error, naming it, where
    // the name, a filename or a content type holds CR, LF or NUL.
    void add(std::string_view name, Part part);
    void add(std::string_view name, std::vector<Part> parts);

    // Whether all of it is in memory. Where it is not, `pieces` gives it, and `size` says how much that is, or nothing
    // where a part has no size; the multipart must outlive the generator.
    bool in_memory() const noexcept;
    AsyncGenerator<std::string> pieces(std::string boundary) const;
    std::optional<std::uint64_t> size(std::string_view boundary) const;

    // The whole, its parts parted by `boundary`.
    std::string text(std::string_view boundary) const;

    // 128 bits of the kernel's random source in letters, behind dashes: no part holds them but by a chance that does
    // not come.
    static std::string make_boundary();

private:
    enum class Kind : unsigned char { part, group, member, end_of_group };
    struct Entry {
        Kind kind;
        std::string head;
        Part part;
    };
    void add(Kind kind, std::string disposition, Part part);
    // What is sent before an entry's own content, and after it.
    static std::string before(const Entry& entry, std::string_view boundary);
    static std::string_view after(const Entry& entry) noexcept { return entry.kind == Kind::group ? "" : "\r\n"; }

    std::vector<Entry> entries_;
};

} // namespace corduroy::http
