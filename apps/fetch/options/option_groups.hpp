#pragma once

#include "options/options.hpp"

#include <CLI/App.hpp>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace fetch {

// The options of the command line, as CLI11 is told of them, group by group. Each function adds one group's to `app`;
// what they are given is stored in the operation, or in what holds for the whole run.

// Options whose order among each other counts, such as -d and --json: each is handled in turn, after all were parsed.
class InOrder {
public:
    using Handler = std::function<void(const std::string&)>;

    explicit InOrder(CLI::App& app) : app_(app) {}

    CLI::Option* add(const char* names, const char* placeholder, const char* help, Handler handler);
    void add_flag(const char* names, const char* help, Handler handler);
    // Calls the handlers. Throws what they throw.
    void handle() const;

private:
    CLI::App& app_;
    std::unordered_map<const CLI::Option*, Handler> handlers_;
};

void add_url_options(CLI::App& app, InOrder& in_order, Operation& operation);
void add_request_options(CLI::App& app, InOrder& in_order, Operation& operation);
void add_cookie_options(CLI::App& app, CookieOptions& cookies);
void add_condition_options(CLI::App& app, ConditionOptions& condition);
void add_connection_options(CLI::App& app, InOrder& in_order, Operation& operation);
void add_tls_options(CLI::App& app, TlsOptions& tls);
void add_proxy_options(CLI::App& app, InOrder& in_order, ProxyOptions& proxy);
void add_retry_options(CLI::App& app, RetryOptions& retry);
void add_output_options(CLI::App& app, InOrder& in_order, OutputOptions& output);
void add_run_options(CLI::App& app, Options& options);

} // namespace fetch
