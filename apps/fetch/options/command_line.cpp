#include "options/command_line.hpp"

#include "file_error.hpp"
#include "options/arguments.hpp"
#include "options/contradiction.hpp"
#include "options/option_groups.hpp"
#include "options/option_table.hpp"
#include "transfer/exit_status.hpp"

#include <corduroy/base/error.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>

namespace fetch {

namespace {

constexpr const char* about = R"(Fetches URLs over HTTP, all at once.

Bodies go to standard output in the order of the URLs, or to files (-o, -O). One line about each URL goes to
standard error: its status, how much came and how long that took, or the sentence that says why it failed.
Options have curl's names and meanings. Without any URL, fetch shows itself at work on a server of its own.)";

constexpr const char* notes =
    R"(A URL without a scheme is taken for http://. {a,b} and [1-20] in one stand for several, and #1 in the name of
its file for what the first of them gave. Lists hold a URL a line; empty lines and those that begin with '#'
are passed over, and fetching begins while the list is still being read.

A body that has to wait for its turn on standard output is held to 1 MiB; then reading it pauses. A file is
written as FILE.part and renamed when it is complete; of a download that failed no file stays.

Exit status: 0 if every URL gave an answer, completely, whatever its status (404 is an answer, too);
otherwise what curl would end with for the first of the URLs that failed; 120 where its body has another
checksum than --checksum says; 2 if the command line is wrong, 26 if a file that it names cannot be read.
Interrupted, fetch dies of the signal.)";

void group(CLI::App& app, const char* name, const std::function<void()>& add) {
    app.option_defaults()->group(name);
    add();
}

void add_all(CLI::App& app, InOrder& in_order, Options& options, Operation& operation) {
    group(app, "URLs", [&] { add_url_options(app, in_order, operation); });
    group(app, "What is sent", [&] { add_request_options(app, in_order, operation); });
    group(app, "Cookies", [&] { add_cookie_options(app, operation.cookies); });
    group(app, "Only what is new", [&] { add_condition_options(app, operation.condition); });
    group(app, "Connections", [&] { add_connection_options(app, in_order, operation); });
    group(app, "TLS", [&] { add_tls_options(app, operation.connection.tls); });
    group(app, "Proxies", [&] { add_proxy_options(app, in_order, operation.connection.proxy); });
    group(app, "Another try", [&] { add_retry_options(app, operation.retry); });
    group(app, "What comes", [&] { add_output_options(app, in_order, operation.output); });
    group(app, "The whole run", [&] {
        add_run_options(app, options);
        app.add_option("-K,--config", "Read options from FILE, one a line (- for standard input)")->type_name("FILE");
        app.add_flag("-:,--next")->description("What follows is about other URLs, and begins with no options");
    });
}

// The options of one operation: to be asked which of them take a value, and to be read from its words, once.
class OperationReader {
public:
    explicit OperationReader(Options& options)
        : operation_(options.operations.emplace_back()), app_(about, "fetch"), in_order_(app_) {
        app_.footer(notes);
        app_.get_formatter()->column_width(34);
        app_.set_version_flag("-V,--version", "fetch (Corduroy) " CORDUROY_VERSION, "Say the version and end");
        add_all(app_, in_order_, options, operation_);
        print_options_ = app_.add_flag("--print-options")->group(""); // what apps/fetch/pages takes
    }

    bool takes_value(const std::string& name) const {
        const CLI::Option* option = app_.get_option_no_throw(name);
        return option != nullptr && option->get_items_expected_min() > 0;
    }

    // Something where that is all there is to do.
    std::optional<int> read(Arguments words) {
        std::reverse(words.begin(), words.end()); // as CLI11 wants them
        try {
            app_.parse(std::move(words));
            in_order_.handle();
        } catch (const CLI::Success& wanted) {
            return app_.exit(wanted);
        }
        if (print_options_->count() != 0) {
            std::fputs(option_table(app_, about, notes).c_str(), stdout);
            return 0;
        }
        read_netrc(operation_.request.netrc);
        if (std::string wrong = contradiction(operation_); !wrong.empty()) throw corduroy::Error(wrong);
        return std::nullopt;
    }

private:
    Operation& operation_;
    CLI::App app_;
    InOrder in_order_;
    const CLI::Option* print_options_ = nullptr;
};

} // namespace

bool Operation::condition_is_output() const {
    std::filesystem::path file(condition.time);
    return std::ranges::any_of(output.outputs, [&](const std::optional<std::string>& name) {
        return name && (file == *name || file == std::filesystem::path(output.output_dir) / *name);
    });
}

bool Options::has_urls() const noexcept {
    return std::ranges::any_of(operations, [](const Operation& each) { return !each.sources.empty(); });
}

bool Options::may_be_many() const noexcept {
    constexpr std::size_t few = 8;
    std::size_t urls = 0;
    for (const Operation& each : operations) {
        urls += each.sources.size();
        for (const Operation::Source& source : each.sources)
            if (source.is_list || (each.globs && source.text.find_first_of("{[") != std::string::npos)) return true;
    }
    return urls > few;
}

CommandLine read_command_line(int argc, char** argv) {
    CommandLine line;
    try {
        // To make them takes a program's start a third of its time: the first operation's are asked for all.
        std::optional<OperationReader> reader(std::in_place, line.options);
        auto takes_value = [&](const std::string& name) { return reader->takes_value(name); };
        for (Arguments& words : operations_of(Arguments(argv + 1, argv + argc), takes_value)) {
            if (!reader) reader.emplace(line.options);
            line.status = reader->read(std::move(words));
            if (line.status) return line;
            reader.reset();
        }
        // None at all asks for the show; curl takes one that is before others for none.
        if (line.options.operations.size() > 1 && line.options.operations.back().sources.empty())
            throw corduroy::Error("there is no URL behind the last --next");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fetch: %s\nfetch --help tells what there is.\n", error.what());
        line.status = dynamic_cast<const FileError*>(&error) == nullptr ? 2 : read_error;
    }
    return line;
}

} // namespace fetch
