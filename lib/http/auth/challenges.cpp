#include "http/auth/challenges.hpp"

#include "http/characters.hpp"

namespace corduroy::http {

namespace {

// Takes one field apart. A comma parts challenges as well as parameters: what follows it is a scheme where no '='
// comes after its name.
class ChallengeParser {
public:
    explicit ChallengeParser(std::string_view text) noexcept : text_(text) {}

    void run(std::vector<AuthChallenge>& out) {
        for (;;) {
            while (!text_.empty() && (is_white_space(text_.front()) || text_.front() == ',')) text_.remove_prefix(1);
            std::string_view name = take_token();
            if (name.empty()) return;
            skip_space();
            if (!text_.starts_with('=') || text_.starts_with("==")) {
                out.push_back({std::string(name), {}});
                skip_token68();
                continue;
            }
            text_.remove_prefix(1);
            skip_space();
            std::string value;
            if (text_.starts_with('"')) {
                if (!take_quoted(value)) return;
            } else {
                value = take_token();
            }
            if (out.empty()) return;
            out.back().parameters.emplace_back(name, std::move(value));
        }
    }

private:
    void skip_space() noexcept {
        while (!text_.empty() && is_white_space(text_.front())) text_.remove_prefix(1);
    }

    std::string_view take_token() noexcept {
        std::size_t size = 0;
        while (size < text_.size() && token_characters[static_cast<unsigned char>(text_[size])]) ++size;
        std::string_view token = text_.substr(0, size);
        text_.remove_prefix(size);
        return token;
    }

    // A scheme's data of the other kind, "Negotiate abc==": passed over.
    void skip_token68() noexcept {
        std::size_t end = text_.find_first_of(", ");
        std::string_view word = text_.substr(0, end);
        std::size_t equals = word.find('=');
        bool is_token68 = !word.empty() && (equals == std::string_view::npos
                                                ? end == std::string_view::npos || text_[end] == ','
                                                : word.find_first_not_of('=', equals) == std::string_view::npos);
        if (is_token68) text_.remove_prefix(word.size());
    }

    bool take_quoted(std::string& value) {
        for (std::size_t i = 1; i < text_.size(); ++i) {
            if (text_[i] == '"') {
                text_.remove_prefix(i + 1);
                return true;
            }
            if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
            value += text_[i];
        }
        return false;
    }

    std::string_view text_;
};

} // namespace

std::vector<AuthChallenge> parse_challenges(const Headers& headers, std::string_view field) {
    std::vector<AuthChallenge> challenges;
    for (auto [name, value] : headers)
        if (equal_ignoring_case(name, field)) ChallengeParser(value).run(challenges);
    return challenges;
}

} // namespace corduroy::http
