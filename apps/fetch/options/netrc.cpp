#include "options/netrc.hpp"

#include "blanks.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/headers.hpp>

#include <algorithm>
#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace fetch {

using corduroy::http::equal_ignoring_case;

namespace {

// The words of a file, one after the other.
class Words {
public:
    Words(std::string_view text, std::string_view path) noexcept : text_(text), path_(path) {}

    // Nothing at the end.
    std::optional<std::string> next() {
        for (;;) {
            at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size());
            if (at_ == text_.size()) return std::nullopt;
            if (text_[at_] == '#')
                at_ = end_of_line();
            else if (text_[at_] == '"')
                return quotation();
            else if (text_[at_] != '\n')
                return plain();
            else
                pass_line_end();
        }
    }

    // What follows a keyword.
    std::string value_of(std::string_view keyword) {
        std::size_t line = line_;
        auto value = next();
        if (!value) fail(line, "'" + std::string(keyword) + "' is the last word, and something must follow it");
        return *std::move(value);
    }

    // Passes over lines up to an empty one, as that ends a macro.
    void skip_macro() {
        for (;;) {
            at_ = end_of_line();
            if (at_ == text_.size()) return;
            pass_line_end();
            std::string_view line = text_.substr(at_, end_of_line() - at_);
            if (line.find_first_not_of(blanks) == std::string_view::npos) return;
        }
    }

    [[noreturn]] void fail(const std::string& why) const { fail(line_, why); }

private:
    [[noreturn]] void fail(std::size_t line, const std::string& why) const {
        throw corduroy::Error("the netrc file " + std::string(path_) + ", line " + std::to_string(line) + ": " + why);
    }

    std::size_t end_of_line() const noexcept { return std::min(text_.find('\n', at_), text_.size()); }

    void pass_line_end() noexcept {
        ++at_;
        ++line_;
    }

    std::string plain() {
        std::size_t end = std::min(text_.find_first_of(blanks_and_ends, at_), text_.size());
        std::string word(text_.substr(at_, end - at_));
        at_ = end;
        return word;
    }

    std::string quotation() {
        std::string word;
        std::size_t end = end_of_line();
        for (++at_; at_ < end; ++at_) {
            char c = text_[at_];
            if (c == '"') {
                ++at_;
                return word;
            }
            if (c == '\\' && at_ + 1 < end) {
                c = text_[++at_];
                c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            }
            word += c;
        }
        fail("a '\"' has no other one that ends it");
    }

    std::string_view text_;
    std::string_view path_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
};

} // namespace

Netrc Netrc::parse(std::string_view text, std::string_view path) {
    Netrc netrc;
    Words words(text, path);
    while (auto word = words.next()) {
        bool is_login = equal_ignoring_case(*word, "login");
        bool is_password = equal_ignoring_case(*word, "password");
        if (equal_ignoring_case(*word, "machine")) {
            netrc.entries_.push_back({words.value_of("machine"), {}});
        } else if (equal_ignoring_case(*word, "default")) {
            netrc.entries_.emplace_back();
        } else if (equal_ignoring_case(*word, "macdef")) {
            words.skip_macro();
        } else if (equal_ignoring_case(*word, "account")) {
            words.value_of("account");
        } else if (!is_login && !is_password) {
            // It may be half of a password.
            words.fail("there is a word that is none of machine, default, login, password, account and macdef");
        } else if (netrc.entries_.empty()) {
            words.fail("'" + *word + "' comes before any 'machine' or 'default'");
        } else {
            Login& login = netrc.entries_.back().login;
            (is_login ? login.user : login.password) = words.value_of(is_login ? "login" : "password");
        }
    }
    return netrc;
}

std::optional<Netrc::Login> Netrc::find(std::string_view host, std::string_view user) const {
    for (const Entry& entry : entries_) {
        if (entry.host && !equal_ignoring_case(*entry.host, host)) continue;
        if (user.empty() || entry.login.user == user) return entry.login;
    }
    return std::nullopt;
}

std::string usual_netrc_file() {
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') {
        const passwd* entry = ::getpwuid(::geteuid());
        home = entry == nullptr ? nullptr : entry->pw_dir;
    }
    return home == nullptr ? std::string() : std::string(home) + "/.netrc";
}

} // namespace fetch
