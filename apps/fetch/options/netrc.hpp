#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// The logins that a .netrc file holds.
class Netrc {
public:
    struct Login {
        std::string user;
        std::string password;
    };

    // Machines, or `default`, each with login and password; a word that holds blanks, or begins with '#', is in double
    // quotes; '#' begins a comment, and `account` and `macdef` are passed over. Throws corduroy::Error, which names the
    // path and the line.
    static Netrc parse(std::string_view text, std::string_view path);

    // That of the first entry for the host; `default` is for any. With a user, of the first that is for it, too.
    std::optional<Login> find(std::string_view host, std::string_view user = {}) const;

private:
    struct Entry {
        std::optional<std::string> host; // nothing: any
        Login login;
    };

    std::vector<Entry> entries_;
};

// ~/.netrc; empty where nobody says what ~ is.
std::string usual_netrc_file();

} // namespace fetch
