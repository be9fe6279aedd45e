#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// A URL that stands for several, in curl's notation: "{one,two}" takes each of its words in turn, "[1-20]",
// "[001-100]",
// "[0-100:10]" and "[a-z:2]" each number or letter; of several in one URL the last turns fastest. A '\' takes the next
// character as it is. The brackets of an IPv6 address are none of these.
class UrlGlob {
public:
    // Throws http::InvalidUrl, which names the place, for one that is malformed.
    explicit UrlGlob(std::string_view text);

    // One that stands for itself, whatever it holds.
    static UrlGlob plain(std::string_view text);

    // The next URL; nothing after the last.
    std::optional<std::string> next();

    // `name` with "#1" replaced by what the first set gave to the URL that `next` gave, "#2" by the second's. A "#"
    // that names no set stays.
    std::string fill(std::string_view name) const;

private:
    UrlGlob() = default;

    struct Part {
        std::vector<std::string> words; // a set of words: one of them where it is literal
        bool literal = false;
        bool letters = false;    // of a range: whether of letters
        std::uint64_t from = 0;  // a range, where there are no words
        std::uint64_t count = 0; // how many there are
        std::uint64_t step = 1;
        std::size_t width = 0;
        std::uint64_t place = 0; // the one that is given next

        std::string text() const;
        std::uint64_t size() const noexcept { return words.empty() ? count : words.size(); }
    };

    void add_literal(std::string text);
    Part words_from(std::string_view& rest) const;
    Part range_from(std::string_view& rest) const;
    [[noreturn]] void refuse(std::string_view rest, std::string_view why) const;

    std::string text_;
    std::vector<Part> parts_;
    std::vector<std::string> chosen_; // by the sets, for the last URL
    bool ended_ = false;
};

} // namespace fetch
