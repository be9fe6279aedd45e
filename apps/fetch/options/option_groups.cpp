#include "options/option_groups.hpp"

#include "blanks.hpp"
#include "file_error.hpp"
#include "options/arguments.hpp"
#include "options/request_data.hpp"
#include "options/time_condition.hpp"
#include "transfer/hash.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/headers.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <sys/socket.h>

namespace fetch {

namespace {

// Seconds, whole or not; 0 means no bound, as it does to curl.
void add_seconds(CLI::App& app, const char* names, std::optional<corduroy::Duration>& bound, const char* help) {
    auto set = [&bound](const double& seconds) {
        bound.reset();
        if (seconds > 0) bound = std::chrono::duration_cast<corduroy::Duration>(std::chrono::duration<double>(seconds));
    };
    app.add_option_function<double>(names, set, help)
        ->check(CLI::Range(0.0, 1e8))
        ->type_name("SECONDS")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

std::uint64_t size_of(const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, number);
    std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    unsigned shift = 0;
    if (unit == "k" || unit == "K")
        shift = 10;
    else if (unit == "m" || unit == "M")
        shift = 20;
    else if (unit == "g" || unit == "G")
        shift = 30;
    else if (unit == "t" || unit == "T")
        shift = 40;
    else if (!unit.empty() && unit != "b" && unit != "B")
        error = std::errc::invalid_argument;
    if (error != std::errc() || number > (std::uint64_t{1} << 62 >> shift))
        throw CLI::ValidationError("'" + text + "' is no number of bytes, such as 4096, 100k or 2M");
    return number << shift;
}

std::uint64_t offset_of(const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || rest != end || number > std::uint64_t{1} << 62)
        throw CLI::ValidationError("--continue-at '" + text + "' is no number of bytes, and not '-'");
    return number;
}

template <class Size>
void add_size(CLI::App& app, const char* names, Size& size, const char* help) {
    auto set = [&size](const std::string& text) { size = size_of(text); };
    app.add_option_function<std::string>(names, set, help)
        ->type_name("BYTES")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

template <class Text>
CLI::Option* add_text(CLI::App& app, std::string names, Text& text, const char* placeholder, std::string help) {
    return app.add_option(std::move(names), text, std::move(help))
        ->type_name(placeholder)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// Each takes one value, so that a URL may follow, and can be given again.
void add_each(CLI::App& app, const char* names, std::vector<std::string>& values, const char* placeholder,
              const char* help) {
    app.add_option(names, values, help)->allow_extra_args(false)->type_name(placeholder);
}

// A switch that --no-NAME takes back, as all of curl's do.
CLI::Option* add_switch(CLI::App& app, const std::string& names, bool& on, const char* help) {
    std::string name = names.substr(names.rfind("--") + 2);
    return app.add_flag(names + ",!--no-" + name, on, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_rate(CLI::App& app, const std::string& name, std::optional<Rate>& rate, const char* help) {
    auto set = [name, &rate](const std::string& text) {
        rate = Rate::parse(text);
        if (!rate) throw CLI::ValidationError(name + " '" + text + "' is no rate, such as 2/s, 30/m, 100/h or 1000/d");
    };
    app.add_option_function<std::string>(name, set, help)
        ->type_name("N/UNIT")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// "NAME: VALUE", "NAME;" or "NAME:", or "@PATH" for a file of such lines.
void add_headers(std::vector<std::string>& headers, const std::string& text) {
    if (!text.starts_with('@')) return headers.push_back(text);
    std::string lines = content_of(text.substr(1));
    std::size_t begin = 0;
    while (begin < lines.size()) {
        std::size_t end = std::min(lines.find('\n', begin), lines.size());
        std::string line = lines.substr(begin, end - begin);
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty() && line.front() != '#') headers.push_back(line);
        begin = end + 1;
    }
}

// What has been fetched is worth more than what is said of it: as curl has it, a file that cannot be read says nothing.
std::string write_out_format(const std::string& text) {
    if (!text.starts_with('@')) return text;
    try {
        std::string format = content_of(text.substr(1));
        std::erase_if(format, [](char c) { return c == '\r' || c == '\n'; });
        return format;
    } catch (const FileError& error) {
        std::fprintf(stderr, "fetch: --write-out %s is passed over: %s\n", text.c_str(), error.what());
        return {};
    }
}

} // namespace

CLI::Option* InOrder::add(const char* names, const char* placeholder, const char* help, Handler handler) {
    CLI::callback_t kept = [](const CLI::results_t&) { return true; }; // handled when all are known
    CLI::Option* option = app_.add_option(names, kept, help)->type_name(placeholder)->allow_extra_args(false);
    option->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    handlers_.emplace(option, std::move(handler));
    return option;
}

void InOrder::add_flag(const char* names, const char* help, Handler handler) {
    CLI::Option* option = app_.add_flag(names)->description(help);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    handlers_.emplace(option, std::move(handler));
}

void InOrder::handle() const {
    std::unordered_map<const CLI::Option*, std::size_t> used;
    for (const CLI::Option* option : app_.parse_order())
        if (auto handler = handlers_.find(option); handler != handlers_.end())
            handler->second(option->results().at(used[option]++));
}

void add_url_options(CLI::App& app, InOrder& in_order, Operation& operation) {
    auto& sources = operation.sources;
    auto add_url = [&sources](const std::string& url) {
        // CLI11 takes it for no option where a digit follows the dash.
        if (url.size() > 1 && url.front() == '-') throw CLI::ValidationError("there is no option " + url);
        sources.push_back({url == "-", url});
    };
    auto add_url_or_list = [&sources](const std::string& url) {
        bool list = url.starts_with('@');
        sources.push_back({list, list ? url.substr(1) : url});
    };
    auto add_list = [&sources](const std::string& path) { sources.push_back({true, path}); };
    in_order.add("URL", "", "What to fetch; - for a list on standard input", add_url)->expected(-1);
    in_order.add("--url", "URL", "The same; @FILE for a list", add_url_or_list);
    in_order.add("--input,--url-file", "FILE",
                 "Fetch the URLs listed in FILE, one a line, each with the name of its file behind it, if wanted",
                 add_list);
    auto add_checksum = [&operation](const std::string& text) {
        auto checksum = Checksum::parse(text);
        if (!checksum)
            throw CLI::ValidationError("--checksum '" + text + "' is no sha256, sha512, sha1 or md5 in hex digits");
        if (!can_hash()) throw CLI::ValidationError("--checksum cannot be had: this build has no hashes");
        operation.checksums.push_back(std::move(*checksum));
    };
    in_order.add("--checksum", "[ALGORITHM=]HEX",
                 "Take only what has this sha256, sha512, sha1 or md5; the n-th for the n-th URL", add_checksum);
    app.add_flag("!-g,!--globoff", operation.globs, "Take {}[] in URLs as they are");
}

void add_request_options(CLI::App& app, InOrder& in_order, Operation& operation) {
    RequestOptions& request = operation.request;
    add_text(app, "-X,--request", request.method, "METHOD", "Use this method");
    add_switch(app, "-I,--head", request.head_only, "Ask for the head alone, and write it");
    in_order.add("-H,--header", "'NAME: VALUE'", "Send this header, too, or instead; @FILE for a file of them",
                 [&request](const std::string& text) { add_headers(request.headers, text); });
    auto data = [&](const char* names, const char* help, void (*handler)(RequestOptions&, std::string_view)) {
        in_order.add(names, "DATA", help, [&request, handler](const std::string& text) { handler(request, text); });
    };
    data("-d,--data,--data-ascii", "POST this, several joined by '&'; @FILE for a file's content, without line ends",
         add_data);
    data("--data-raw", "The same, and '@' is nothing special", add_data_raw);
    data("--data-binary", "The same, and a file is sent as it is", add_data_binary);
    data("--data-urlencode", "The same, percent-encoded; [NAME]=CONTENT, [NAME]@FILE", add_data_urlencoded);
    data("--json", "POST this as JSON", add_json);
    data("--url-query", "Add this to the URL's query, as --data-urlencode has it", add_query);
    add_switch(app, "-G,--get", request.data_in_query, "Add the data to the URL's query and GET it");
    in_order.add("-F,--form", "NAME=CONTENT", "POST a form with this field; =@FILE for a file, =<FILE for its text",
                 [&request](const std::string& text) { request.form.push_back(FormField::parse(text)); });
    in_order.add("--form-string", "NAME=TEXT", "The same, and '@', '<' and ';' are nothing special",
                 [&request](const std::string& text) { request.form.push_back(FormField::parse_text(text)); });
    add_each(app, "-T,--upload-file", operation.uploads, "FILE",
             "PUT this file (- or . for standard input); the n-th for the n-th URL");
    add_text(app, "-A,--user-agent", request.user_agent, "NAME", "Send this User-Agent");
    add_text(app, "-e,--referer", request.referer, "URL", "Send this Referer");
    add_text(app, "-u,--user", request.user, "NAME:PASSWORD", "Log in with these");
    add_switch(app, "--digest", request.digest, "Log in by digest authentication, where the server asks for it");
    add_text(app, "--oauth2-bearer", request.bearer, "TOKEN", "Log in with this token");
    add_switch(app, "-n,--netrc", request.netrc.wanted,
               "Log in as ~/.netrc says for the URL's host, whatever login the URL names");
    add_switch(app, "--netrc-optional", request.netrc.optional,
               "The same where the file is there, and the URL names no login");
    add_text(app, "--netrc-file", request.netrc.file, "FILE", "The same as --netrc, of this file");
    app.add_flag("--http1.1,--basic")->description("Always done; taken for curl's sake");
    add_text(app, "--request-target", request.target, "TARGET", "Ask for this in place of the URL's path and query");
    add_switch(app, "--path-as-is", request.path_as_is, "Leave /../ and /./ in URLs as they are");
    in_order.add("--proto", "LIST", "Use these schemes alone: =https, -http and the like",
                 [&request](const std::string& list) { request.protocols = Protocols::parse(list); });
    in_order.add("--proto-redir", "LIST", "The same for redirects",
                 [&request](const std::string& list) { request.redirect_protocols = Protocols::parse(list); });
    add_text(app, "--proto-default", request.default_scheme, "SCHEME", "Take URLs without a scheme for this (http)");
    add_text(app, "-r,--range", request.range, "RANGE", "Ask for these bytes alone, such as 0-499");
    add_switch(app, "--compressed", request.compressed, "Ask for compressed answers, and write them decompressed");
    add_switch(app, "-L,--location", request.follow, "Follow redirects");
    add_switch(app, "--location-trusted", request.trust_redirects, "The same, and log in wherever they lead");
    add_switch(app, "--post301", request.post_301, "POST again after a redirect by 301");
    add_switch(app, "--post302", request.post_302, "POST again after a redirect by 302");
    add_switch(app, "--post303", request.post_303, "POST again after a redirect by 303");
    add_text(app, "--max-redirs", request.max_redirects, "NUMBER", "Follow so many at most (50; -1: any number)")
        ->check(CLI::Range(-1, 1'000'000));
}

void add_cookie_options(CLI::App& app, CookieOptions& cookies) {
    add_each(app, "-b,--cookie", cookies.given, "DATA",
             "Send these cookies, NAME=VALUE; ..., or those of a FILE, and what answers set on the way");
    add_text(app, "-c,--cookie-jar", cookies.kept_in, "FILE",
             "Write all cookies to FILE in the end (- for standard output)");
    add_switch(app, "-j,--junk-session-cookies", cookies.without_session_ones, "Of a file's, leave out the session's");
}

void add_condition_options(CLI::App& app, ConditionOptions& condition) {
    add_text(app, "-z,--time-cond", condition.time, "TIME",
             "Fetch what has changed since this date, or this file; with '-' before it, what has not");
    add_text(app, "--etag-compare", condition.etag_compare, "FILE", "Fetch what has another ETag than FILE holds");
    add_text(app, "--etag-save", condition.etag_save, "FILE",
             "Write the answer's ETag to FILE (- for standard output)");
}

void add_connection_options(CLI::App& app, InOrder& in_order, Operation& operation) {
    ConnectionOptions& connection = operation.connection;
    add_each(app, "--resolve", connection.resolve, "HOST:PORT:ADDRESS",
             "Connect to ADDRESS (or several, after commas) for HOST at PORT (* for any)");
    auto add_route = [&connection](const std::string& text) {
        auto route = ConnectTo::parse(text);
        if (!route)
            throw CLI::ValidationError("--connect-to '" + text + "' is not of the form HOST1:PORT1:HOST2:PORT2");
        connection.connect_to.push_back(std::move(*route));
    };
    in_order.add("--connect-to", "HOST1:PORT1:HOST2:PORT2",
                 "Connect to HOST2 at PORT2 for HOST1 at PORT1; where one is empty, for any, or to the same",
                 add_route);
    // The last one given goes.
    auto add_family = [&](const char* names, int family, const char* help) {
        app.add_flag_callback(names, [&connection, family] { connection.family = family; })
            ->description(help)
            ->trigger_on_parse();
    };
    add_family("-4,--ipv4", AF_INET, "Use IPv4 addresses alone");
    add_family("-6,--ipv6", AF_INET6, "Use IPv6 addresses alone");
    add_text(app, "--unix-socket", connection.unix_socket, "PATH", "Connect to this socket, whatever the URL's host");
    in_order.add("--abstract-unix-socket", "NAME", "The same, of a name in the abstract namespace",
                 [&connection](const std::string& name) { connection.unix_socket = "@" + name; });
    add_switch(app, "--tcp-nodelay", connection.no_delay, "Send small pieces at once (always, unless taken back)");
    add_seconds(app, "--keepalive-time", connection.keep_alive, "Have the system ask a silent server if it is there");
    auto set_delay = [&connection](const std::size_t& ms) { connection.attempt_delay = std::chrono::milliseconds(ms); };
    app.add_option_function<std::size_t>("--happy-eyeballs-timeout-ms", set_delay,
                                         "Try a name's next address after so long (250)")
        ->check(CLI::Range(0, 1'000'000))
        ->type_name("MS")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_text(app, "--interface", connection.interface, "NAME", "Connect from this interface or address");
    add_seconds(app, "--max-time,-m", connection.max_time,
                "How long a URL may take in all, waiting for those before it to be written included");
    add_seconds(app, "--connect-timeout", connection.connect_timeout,
                "How long looking up the name, connecting and TLS may take (30)");
}

namespace {

void add_details(CLI::App& app, TlsOptions& tls, const std::string& prefix, const std::string& of) {
    auto add = [&](const char* name, std::string& text, const char* placeholder, const char* help) {
        add_text(app, prefix + name, text, placeholder, help + of);
    };
    add("capath", tls.ca_directory, "DIR",
        "Trust the certificates in DIR (see openssl-rehash) instead of the system's");
    add("crlfile", tls.revocation_file, "FILE", "Refuse certificates that the lists in FILE (PEM) revoke");
    add("ciphers", tls.ciphers, "LIST", "Use these ciphers of TLS 1.2, by OpenSSL's names with ':' between");
    add("tls13-ciphers", tls.ciphers_1_3, "LIST", "The same of TLS 1.3");
}

} // namespace

void add_tls_options(CLI::App& app, TlsOptions& tls) {
    add_text(app, "--cacert", tls.ca_file, "FILE", "Trust the certificates in FILE (PEM) instead of the system's");
    add_switch(app, "-k,--insecure", tls.insecure, "Trust any certificate");
    add_text(app, "-E,--cert", tls.certificate, "FILE[:PASSWORD]", "Show this certificate (PEM) to who asks for one");
    add_text(app, "--key", tls.key_file, "FILE", "Its private key (PEM), where it is not in the same file");
    add_text(app, "--pass", tls.key_password, "PASSWORD", "The key's password");
    add_text(app, "--pinnedpubkey", tls.pinned_keys, "HASHES",
             "Take only this public key from the server: sha256//BASE64, several with ';' between");
    app.add_flag("--tlsv1,--tlsv1.0,--tlsv1.1,--tlsv1.2")
        ->description("Speak TLS 1.2 or newer, as is always done (-1 is --tlsv1)");
    app.add_flag("--tlsv1.3", tls.only_1_3, "Speak TLS 1.3 or newer");
    auto set_newest = [&tls](const std::string& version) {
        if (version != "default" && version != "1.2" && version != "1.3")
            throw CLI::ValidationError("--tls-max '" + version + "' is none of default, 1.2 and 1.3");
        tls.up_to_1_2 = version == "1.2";
    };
    app.add_option_function<std::string>("--tls-max", set_newest, "Speak no newer TLS than this: 1.2, 1.3")
        ->type_name("VERSION")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_text(app, "--curves", tls.groups, "LIST", "Exchange keys by one of these groups, with ':' between");
    add_switch(app, "--alpn", tls.alpn, "Tell the server that HTTP/1.1 is wanted (always, unless taken back)");
    add_details(app, tls, "--", "");
}

void add_proxy_options(CLI::App& app, InOrder& in_order, ProxyOptions& proxy) {
    in_order.add(
        "-x,--proxy", "[SCHEME://]HOST[:PORT]",
        "Go by this proxy (http, https, socks4, socks4a, socks5, socks5h; port 1080), in place of the environment's; "
        "'' for none",
        [&proxy](const std::string& url) { proxy.url = url; });
    auto add_socks = [&](const char* option, std::string scheme, const char* help) {
        in_order.add(option, "HOST[:PORT]", help,
                     [&proxy, scheme](const std::string& host) { proxy.url = scheme + "://" + host; });
    };
    add_socks("--socks4", "socks4", "The same as --proxy socks4://");
    add_socks("--socks4a", "socks4a", "The same as --proxy socks4a://: it looks the name up");
    add_socks("--socks5", "socks5", "The same as --proxy socks5://");
    add_socks("--socks5-hostname", "socks5h", "The same as --proxy socks5h://: it looks the name up");
    add_text(app, "--preproxy", proxy.before, "[SCHEME://]HOST[:PORT]",
             "Go to the proxy by this SOCKS proxy; without another one, to the server");
    add_text(app, "-U,--proxy-user", proxy.user, "NAME:PASSWORD", "Log in to the proxy with these");
    in_order.add("--noproxy", "HOSTS",
                 "Go to these without a proxy, in place of the environment's no_proxy; '*' for all",
                 [&proxy](const std::string& hosts) { proxy.exceptions = hosts; });
    add_switch(app, "-p,--proxytunnel", proxy.tunnel, "Have a proxy open a tunnel (CONNECT) for http, too");
    in_order.add("--proxy-header", "'NAME: VALUE'", "Send this header to the proxy; @FILE for a file of them",
                 [&proxy](const std::string& text) { add_headers(proxy.headers, text); });
    app.add_flag("--proxy-basic,--socks5-basic")->description("Always done; taken for curl's sake");
    TlsOptions& tls = proxy.tls;
    add_text(app, "--proxy-cacert", tls.ca_file, "FILE", "As --cacert, for an https proxy");
    add_switch(app, "--proxy-insecure", tls.insecure, "As --insecure, for an https proxy");
    add_text(app, "--proxy-cert", tls.certificate, "FILE[:PASSWORD]", "As --cert, for an https proxy");
    add_text(app, "--proxy-key", tls.key_file, "FILE", "As --key, for an https proxy");
    add_text(app, "--proxy-pass", tls.key_password, "PASSWORD", "As --pass, for an https proxy");
    add_details(app, tls, "--proxy-", ", for an https proxy");
    add_text(app, "--proxy-pinnedpubkey", tls.pinned_keys, "HASHES", "As --pinnedpubkey, for an https proxy");
}

void add_retry_options(CLI::App& app, RetryOptions& retry) {
    add_text(app, "--retry", retry.count, "NUMBER",
             "Try again so often after what may pass: a time-out, 408, 429, 5xx");
    add_seconds(app, "--retry-delay", retry.delay,
                "Wait so long before (1, doubled each time; or what Retry-After says)");
    add_seconds(app, "--retry-max-time", retry.max_time, "Begin no other try after so long");
    add_switch(app, "--retry-connrefused", retry.refused, "Try again when the connection is refused, too");
    add_switch(app, "--retry-all-errors", retry.all_errors, "Try again whatever went wrong");
}

void add_output_options(CLI::App& app, InOrder& in_order, OutputOptions& output) {
    in_order.add("-o,--output", "FILE", "Write to FILE (- for standard output); the n-th is for the n-th URL",
                 [&output](const std::string& file) { output.outputs.emplace_back(file); });
    auto add_remote_name = [&output](const std::string&) {
        output.remote_names = true;
        output.outputs.emplace_back();
    };
    in_order.add_flag("-O,--remote-name",
                      "Write the URL, and each that has no -o, to a file named as the last part of its path",
                      add_remote_name);
    app.add_flag("--remote-name-all", output.remote_names, "The same, for those that have no -o alone");
    app.add_flag("--remove-on-error")->description("Always done; taken for curl's sake");
    add_switch(app, "-J,--remote-header-name", output.header_names, "With -O, use the name that the server gives");
    add_text(app, "--output-dir", output.output_dir, "DIR", "Where those files go");
    add_switch(app, "--create-dirs", output.create_dirs, "Make the directories that they need");
    add_switch(app, "--no-clobber", output.no_clobber,
               "Leave a file that is there alone and write to NAME.1, NAME.2, ...");
    add_switch(app, "--rename", output.rename,
               "Where another URL is written to the same file, write to NAME.1, NAME.2, ... instead of refusing it");
    auto set_resume = [&output](const std::string& from) {
        output.resume = from == "-";
        output.resume_from = output.resume ? 0 : offset_of(from);
    };
    app.add_option_function<std::string>(
           "-C,--continue-at", set_resume,
           "Go on with what an earlier run left of a file, and leave parts when interrupted (-); or ask for what "
           "comes after so many bytes, and append it")
        ->type_name("-|OFFSET")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    add_switch(app, "-R,--remote-time", output.remote_time, "Give files the time that the server gives");
    add_switch(app, "-i,--include", output.include_heads, "Write the answer's head before its body");
    add_text(app, "-D,--dump-header", output.heads_file, "FILE",
             "Write the answers' heads to FILE (- for standard output)");
    in_order.add("-w,--write-out", "FORMAT",
                 "Say this of each URL when it is done: %{http_code} ...; @FILE for a file's",
                 [&output](const std::string& text) { output.write_out = write_out_format(text); });
    add_switch(app, "-f,--fail", output.fail, "Take a status of 400 and above for a failure");
    add_switch(app, "--fail-with-body", output.fail_with_body, "The same, and write the body nevertheless");
    add_size(app, "--max-filesize", output.max_size, "Take no more than this");
    add_size(app, "--limit-rate", output.rate_limit, "Take no more than this a second");
    add_size(app, "-Y,--speed-limit", output.least_rate, "Give up what brings less than this a second ...");
    add_seconds(app, "-y,--speed-time", output.least_rate_time, "... for so long (30)");
}

void add_run_options(CLI::App& app, Options& options) {
    app.add_flag("-q,--disable,-N,--no-buffer,-#,--progress-bar,--no-keepalive,--suppress-connect-headers,"
                 "--no-styled-output,--parallel-immediate")
        ->description("Always so; taken for curl's sake");
    app.add_flag("-Z,--parallel")->description("Always done; taken for curl's sake");
    add_text(app, "--parallel-max", options.parallel_max, "NUMBER", "Fetch so many at a time at most (64)")
        ->check(CLI::Range(1, 65'535));
    add_text(app, "--parallel-max-host", options.parallel_max_host, "NUMBER",
             "The same for each host (8; 0: as many as there may be in all)")
        ->check(CLI::Range(0, 65'535));
    add_rate(app, "--rate", options.rate,
             "Begin no more than N requests in each s, m, h or d (h where it is not said)");
    add_rate(app, "--rate-host", options.rate_of_host, "The same for each host");
    add_text(app, "--failed", options.failed_file, "FILE",
             "List in FILE what was not fetched, with the reason; --input takes such a list");
    app.add_flag("--report", options.report,
                 "Write a line of JSON about each URL to standard output, or to FILE: --report=FILE");
    app.add_flag("--waterfall", options.waterfall,
                 "Draw the run as a picture at its end, or into FILE: --waterfall=FILE.svg, FILE.html or other text");
    add_switch(app, "--fail-early", options.fail_early, "End at the first failure");
    add_switch(app, "-s,--silent", options.silent, "Say nothing about URLs that did well");
    add_switch(app, "-v,--verbose", options.verbose, "Show what heads are sent (>) and received (<)");
    app.add_flag("--no-progress-meter,!--progress-meter", options.no_progress_meter,
                 "Show on a terminal what is done, and not what is being done");
    app.add_flag("-S,--show-error")->description("Errors are always shown; taken for curl's sake");
    add_text(app, "--stderr", options.error_file, "FILE", "Say what there is to say into FILE (- for standard output)");
}

} // namespace fetch
