#pragma once

#include "options/checksum.hpp"
#include "options/connect_to.hpp"
#include "options/form_field.hpp"
#include "options/netrc.hpp"
#include "options/protocols.hpp"
#include "options/rate.hpp"

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fetch {

// Where logins are looked up that neither -u nor the URL names.
struct NetrcOptions {
    bool wanted = false;   // -n
    bool optional = false; // --netrc-optional: the URL's own login goes, and the file need not be there
    std::string file;      // --netrc-file
    std::optional<Netrc> logins;
};

// What is asked of each URL's server.
struct RequestOptions {
    std::string method; // -X; empty: what the body calls for
    bool head_only = false;
    std::vector<std::string> headers; // "NAME: VALUE", "NAME;" for an empty value, "NAME:" for none
    std::string query;                // --url-query, encoded
    std::optional<std::string> data;  // the -d family, put together
    std::string data_type = "application/x-www-form-urlencoded";
    bool data_in_query = false; // -G
    std::vector<FormField> form;
    std::string user_agent = "fetch/" CORDUROY_VERSION; // empty: none is sent
    std::string referer;
    std::string user;    // "NAME:PASSWORD"
    bool digest = false; // log in with the user where the server asks for digest authentication
    std::string bearer;
    NetrcOptions netrc;
    std::string range;
    bool compressed = false;

    std::string target;      // --request-target
    bool path_as_is = false; // what the URL says is the target, and nothing is made of its dots

    std::string default_scheme = "http"; // of URLs that name none
    Protocols protocols;
    Protocols redirect_protocols; // and of those they redirect to

    bool follow = false;
    bool trust_redirects = false; // logins go along to other hosts
    int max_redirects = 50;       // -1: no bound
    bool post_301 = false;        // a POST stays one after this
    bool post_302 = false;
    bool post_303 = false;
};

// Which cookies are sent, and where they are kept.
struct CookieOptions {
    std::vector<std::string> given;    // "NAME=VALUE; ...", or files of them; a file: answers' cookies are sent back
    bool without_session_ones = false; // of the files
    std::string kept_in;               // a file, or "-", and the same; empty: no place
};

// On what it depends whether a URL is fetched.
struct ConditionOptions {
    std::string time;         // -z: a date or a file, with '-' before it for "not since"
    std::string etag_compare; // a file
    std::string etag_save;    // a file

    bool etags() const noexcept { return !etag_compare.empty() || !etag_save.empty(); }
};

// How TLS is spoken with a server, or with a proxy.
struct TlsOptions {
    bool insecure = false;
    std::string ca_file;
    std::string certificate; // "FILE", "FILE:PASSWORD"
    std::string key_file;
    std::string key_password;
    std::string pinned_keys;
    std::string ca_directory;
    std::string revocation_file;
    std::string ciphers;
    std::string ciphers_1_3;
    std::string groups;
    bool only_1_3 = false;
    bool up_to_1_2 = false;
    bool alpn = true;
};

// The proxy that it is reached by.
struct ProxyOptions {
    std::optional<std::string> url; // empty: none; unset: as the environment says
    std::string before;             // the SOCKS proxy that it is reached by, or the origin where there is no other
    std::string user;               // "NAME:PASSWORD"
    std::optional<std::string> exceptions;
    bool tunnel = false;
    std::vector<std::string> headers; // "NAME: VALUE"
    TlsOptions tls;
};

// How its server is reached.
struct ConnectionOptions {
    TlsOptions tls;
    ProxyOptions proxy;
    std::vector<std::string> resolve;
    std::vector<ConnectTo> connect_to; // the first that matches goes
    int family = 0;                    // AF_INET, AF_INET6; 0: any
    std::string unix_socket;
    std::string interface;
    bool no_delay = true;
    std::optional<corduroy::Duration> keep_alive;
    std::optional<corduroy::Duration> attempt_delay; // of Happy Eyeballs
    std::optional<corduroy::Duration> connect_timeout;
    std::optional<corduroy::Duration> max_time;
};

// When it is tried again.
struct RetryOptions {
    unsigned count = 0;
    std::optional<corduroy::Duration> delay; // unset: 1 s, doubled each time
    std::optional<corduroy::Duration> max_time;
    bool refused = false;
    bool all_errors = false;
};

// Where what comes is put.
struct OutputOptions {
    std::vector<std::optional<std::string>> outputs; // -o, and -O as nothing, one for each URL in turn
    bool remote_names = false;                       // -O, also for those without
    bool header_names = false;                       // -J
    std::string output_dir;
    bool create_dirs = false;
    bool no_clobber = false;
    bool rename = false;           // where another URL has the name
    bool resume = false;           // -C -
    std::uint64_t resume_from = 0; // -C NUMBER
    bool remote_time = false;
    bool include_heads = false;
    std::string heads_file; // -D, "-" for standard output
    std::string write_out;  // -w
    bool fail = false;
    bool fail_with_body = false;
    std::uint64_t max_size = 0;   // 0: none
    std::uint64_t rate_limit = 0; // bytes a second; 0: none
    std::uint64_t least_rate = 0; // below it for `least_rate_time`, the transfer has failed
    std::optional<corduroy::Duration> least_rate_time;
};

// URLs, and all that holds for each of them: what stands on the command line between two --next.
struct Operation {
    struct Source {
        bool is_list;     // a file with URLs, "-" for standard input
        std::string text; // its path, or the URL
    };

    std::vector<Source> sources;      // in their order
    std::vector<std::string> uploads; // -T, one for each URL in turn
    std::vector<Checksum> checksums;  // --checksum, the same
    bool globs = true;
    RequestOptions request;
    CookieOptions cookies;
    ConditionOptions condition;
    ConnectionOptions connection;
    RetryOptions retry;
    OutputOptions output;

    // Whether -z names a file that this run is to write, and that need not be there the first time.
    bool condition_is_output() const;
};

// What the command line asks for.
struct Options {
    std::vector<Operation> operations;

    std::size_t parallel_max = 64;
    std::size_t parallel_max_host = 8;
    std::size_t connections_max = 100; // that an operation's client keeps, if not more are in use
    std::optional<Rate> rate;          // of all requests
    std::optional<Rate> rate_of_host;  // of those to one host
    bool fail_early = false;
    bool silent = false;
    bool verbose = false;
    bool no_progress_meter = false;
    std::string error_file; // --stderr
    std::string failed_file;
    // "true": to standard output, or the terminal; otherwise a file. Empty: none.
    std::string report;
    std::string waterfall;

    // Whether any URL was asked for.
    bool has_urls() const noexcept;
    // Whether it may ask for more URLs than a few, which lists and globs do.
    bool may_be_many() const noexcept;
};

} // namespace fetch
