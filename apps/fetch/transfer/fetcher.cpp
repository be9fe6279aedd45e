#include "transfer/fetcher.hpp"

#include "file_error.hpp"
#include "options/time_condition.hpp"
#include "output/file_sink.hpp"
#include "output/run_report.hpp"
#include "output/write_out.hpp"
#include "transfer/client_settings.hpp"
#include "transfer/download.hpp"
#include "transfer/exit_status.hpp"
#include "transfer/verbose_transport.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/files/content_range.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fetch {

using corduroy::Task;
using corduroy::TaskGroup;
namespace http = corduroy::http;

namespace {

bool reads_standard_input(const Options& options) {
    auto is_standard_input = [](const Operation::Source& source) { return source.is_list && source.text == "-"; };
    return std::ranges::any_of(options.operations, [&](const Operation& operation) {
        return std::ranges::any_of(operation.sources, is_standard_input);
    });
}

// Whether the file of --failed is one of the lists that are read.
bool reads_failed_file(const Options& options) {
    auto is_the_file = [&](const Operation::Source& source) {
        std::error_code none;
        std::string_view list = source.text == "-" ? "/dev/stdin" : std::string_view(source.text);
        return source.is_list && std::filesystem::equivalent(list, options.failed_file, none);
    };
    return std::ranges::any_of(options.operations, [&](const Operation& operation) {
        return std::ranges::any_of(operation.sources, is_the_file);
    });
}

// What a --report or --waterfall without a file is given.
constexpr std::string_view here = "true";

std::size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
    return 80;
}

std::string refusal_of(const Target& target, const std::string& file, const std::string& taken) {
    std::string refusal = shown_url(target.url) + " was not fetched: another URL is written to " + taken;
    return taken == file ? refusal : refusal + ", of which " + file + " is the part, or the other way round";
}

} // namespace

Fetcher::Fetcher(const Options& options, Console& console)
    : options_(options), console_(console), pace_(options),
      failed_list_(options.failed_file, reads_failed_file(options)), start_(corduroy::Reactor::current().now()),
      waterfall_(start_), progress_(start_), meter_(console, progress_, !options.silent && !options.no_progress_meter) {
    std::shared_ptr<VerboseLog> log;
    if (options.verbose) log = std::make_shared<VerboseLog>(console);
    for (const Operation& operation : options.operations) {
        http::ClientSettings settings = client_settings(operation, options);
        if (log) {
            if (settings.transport == nullptr) settings.transport = http::socket_transport(settings);
            settings.transport = std::make_shared<VerboseTransport>(std::move(settings.transport), log);
        }
        clients_.try_emplace(&operation, std::move(settings));
    }
}

Fetcher::~Fetcher() = default;

Task<int> Fetcher::run() {
    if (!options_.report.empty() && options_.report != here) {
        report_ = std::make_unique<LineFile>(options_.report);
        co_await report_->open();
    }
    co_await open_heads_files();
    if (failed_list_.wanted() && !reads_standard_input(options_)) co_await list_ahead();
    auto body = [this](TaskGroup& around) -> Task<> {
        around.spawn(meter_.run());
        co_await fetch_all();
        meter_.finish();
    };
    co_await corduroy::with_task_group(body);
    failed_list_.finish();
    co_await keep_cookies();
    if (!options_.waterfall.empty()) co_await draw();
    co_return exit_status_;
}

// So that the list is whole before anything is fetched, and nothing that is refused is left in it for another run.
Task<> Fetcher::list_ahead() {
    UrlSource ahead(options_);
    FileNames names;
    std::size_t count = 0;
    for (;; ++count) {
        auto target = co_await ahead.next();
        if (!target) break;
        std::string refusal;
        try {
            claim_file(*target, names);
        } catch (const NameTaken& taken) {
            refusal = taken.what();
        } catch (const FileError&) { // told when it is its turn
        }
        failed_list_.add(*target); // under the name that it has now
        if (!refusal.empty()) failed_list_.refused(target->index, refusal);
    }
    progress_.expect(count);
    failed_list_.is_whole();
    listed_ahead_ = true;
}

Task<> Fetcher::count_ahead() {
    auto is_read_once = [](const Operation::Source& source) {
        std::error_code error;
        return source.is_list && !std::filesystem::is_regular_file(source.text, error);
    };
    for (const Operation& operation : options_.operations)
        if (std::ranges::any_of(operation.sources, is_read_once)) co_return;
    UrlSource ahead(options_);
    for (std::size_t count = 0;; ++count) {
        auto target = co_await attempt(ahead.next());
        if (!target) co_return; // told when it is its turn
        if (!target->has_value()) co_return progress_.expect(count);
    }
}

Task<> Fetcher::fetch_all() {
    auto body = [this](TaskGroup& group) -> Task<> { return hand_out(group); };
    co_await corduroy::with_task_group(body);
}

Task<> Fetcher::hand_out(TaskGroup& group) {
    group.spawn(output_.run());
    if (meter_.shows() && !listed_ahead_) group.spawn(count_ahead());
    UrlSource urls(options_);
    std::size_t begun = 0;
    for (;;) {
        while (!may_start()) co_await changed_.wait();
        auto target = co_await urls.next();
        if (!target) break;
        ++begun;
        TransferRecord refused;
        Place place;
        try {
            place = place_of(*target);
        } catch (const FileError& error) {
            refused.failure = corduroy::Failure::current();
            refused.message = error.what();
            refused.exit_status = exit_status_of(refused.failure.value());
        }
        if (!listed_ahead_) failed_list_.add(*target);
        if (place.spool && meter_.shows() && console_.output_is_terminal()) co_await meter_.give_up();
        if (refused.failed()) {
            note(*target, refused, group);
            co_await console_.say(refused.message);
            continue;
        }
        ++running_;
        group.spawn(run_target(std::move(*target), std::move(place), group));
    }
    progress_.expect(begun);
    failed_list_.is_whole();
    output_.finish();
}

bool Fetcher::may_start() const noexcept {
    // What is complete and waits for its turn takes no part in what is running, but it takes memory.
    return running_ < options_.parallel_max && output_.held() < options_.parallel_max * Spool::limit;
}

std::string Fetcher::file_of(const Target& target) {
    const OutputOptions& output = target.operation->output;
    if (target.named ? target.output == "-" : !output.remote_names) return {};
    std::string name = target.named ? target.output : remote_name(target.url);
    if (name.empty())
        throw FileError(FileError::Doing::writing,
                        shown_url(target.url) + " was not fetched: it gives no file a name (-O); name one by -o");
    return in_directory(output.output_dir, name);
}

Fetcher::Place Fetcher::claim_file(Target& target, FileNames& names) {
    Place place;
    place.file = file_of(target);
    if (place.file.empty()) return place;
    FileNames::Claim claim = names.claim(place.file);
    place.exists = claim.exists;
    if (claim.taken.empty()) return place;
    if (!target.operation->output.rename) throw NameTaken(refusal_of(target, place.file, claim.taken));
    std::string file = std::move(place.file);
    std::string name = target.named ? target.output : remote_name(target.url);
    target.named = true;
    for (;;) {
        target.output = name + "." + std::to_string(names.next_number(file));
        place.file = file_of(target);
        claim = names.claim(place.file);
        place.exists = claim.exists;
        if (claim.taken.empty()) return place;
    }
}

Fetcher::Place Fetcher::place_of(Target& target) {
    Place place = claim_file(target, files_);
    if (place.file.empty()) place.spool = output_.add();
    return place;
}

std::unique_ptr<Sink> Fetcher::make_sink(const Target& target, Place& place, const http::Response& response,
                                         std::uint64_t from) {
    if (place.spool) return std::make_unique<SpoolSink>(place.spool);
    const OutputOptions& output = target.operation->output;
    FileSink::Manner manner;
    manner.create_dirs = output.create_dirs;
    manner.no_clobber = output.no_clobber;
    manner.keep_part = output.resume;
    manner.size = http::content_length(response.headers());
    manner.from = from;
    manner.was_free = !place.exists;
    manner.append = output.resume_from != 0;
    if (output.resume) manner.tag = http::range_validator(response.headers());
    if (output.remote_time)
        manner.modified = parse_date(std::string(response.headers().get("last-modified").value_or(std::string_view())));
    std::string file = place.file;
    std::string given = output.header_names && !target.named ? name_in_headers(response.headers()) : std::string();
    if (!given.empty()) {
        std::string named = in_directory(output.output_dir, given);
        bool is_ours = named == file || named == place.file_of_server; // an earlier try has claimed it
        std::string taken = is_ours ? std::string() : files_.claim(named).taken;
        if (!taken.empty()) throw FileError(FileError::Doing::writing, "another URL is written to " + taken);
        file = place.file_of_server = named;
        manner.was_free = false; // as far as one knows
        manner.is_new = true;    // a server must not choose which file it replaces
    }
    return std::make_unique<FileSink>(file, manner);
}

Task<> Fetcher::run_target(Target target, Place place, TaskGroup& group) {
    // However it ends: its turn is over, and another one may begin.
    struct Over {
        ~Over() {
            if (spool) spool->close();
            --fetcher.running_;
            fetcher.changed_.ring();
        }
        Fetcher& fetcher;
        std::shared_ptr<Spool> spool;
    } over{*this, place.spool};
    auto make = [&](const http::Response& response, std::uint64_t from) {
        return make_sink(target, place, response, from);
    };
    std::string name;
    if (meter_.shows()) name = place.file.empty() ? shown_url(target.url) : place.file;
    TransferProgress progress(progress_, std::move(name));
    meter_.ring();
    Download download(client_of(*target.operation), pace_, target, progress, place.file, make);
    TransferRecord record = co_await download.run();
    note(target, record, group);
    co_await tell(target, record, place.spool.get());
}

Task<> Fetcher::tell(const Target& target, const TransferRecord& record, Spool* spool) {
    co_await tell_head(target, record, spool);
    if (!record.etag.empty()) co_await console_.write(record.etag);
    const std::string& format = target.operation->output.write_out;
    if (!format.empty()) {
        WriteOut text = write_out(format, record);
        if (spool != nullptr)
            co_await spool->put(text.to_output);
        else
            co_await console_.write(text.to_output);
        if (!text.to_errors.empty()) co_await console_.say_as_it_is(text.to_errors);
    }
    if (!options_.waterfall.empty()) waterfall_.add(record);
    if (report_) {
        co_await report_->add(report_line(record, start_));
    } else if (!options_.report.empty()) {
        std::string line = report_line(record, start_) + "\n";
        co_await console_.write(line);
    }
    if (record.failed() || !options_.silent) co_await console_.say(summary_of(record));
}

Task<> Fetcher::open_heads_files() {
    for (const Operation& operation : options_.operations) {
        const std::string& path = operation.output.heads_file;
        if (path.empty() || path == "-" || heads_files_.contains(path)) continue;
        LineFile& file = heads_files_.try_emplace(path, path).first->second;
        co_await file.open();
    }
}

Task<> Fetcher::tell_head(const Target& target, const TransferRecord& record, Spool* spool) {
    if (record.head.empty()) co_return;
    if (auto file = heads_files_.find(target.operation->output.heads_file); file != heads_files_.end()) {
        std::string head = record.head.substr(0, record.head.size() - 1); // the end of its last line
        co_await file->second.add(std::move(head));
    } else if (spool != nullptr) {
        co_await spool->put(record.head);
    } else {
        co_await console_.write(record.head);
    }
}

Task<> Fetcher::keep_cookies() {
    for (const Operation& operation : options_.operations) {
        const std::string& path = operation.cookies.kept_in;
        if (path.empty()) continue;
        std::string text = client_of(operation).cookie_jar().netscape_text(std::chrono::system_clock::now());
        if (path == "-") {
            co_await console_.write(text);
            continue;
        }
        LineFile file(path);
        co_await file.open();
        if (text.ends_with('\n')) text.pop_back();
        co_await file.add(std::move(text));
    }
}

Task<> Fetcher::draw() {
    const std::string& path = options_.waterfall;
    if (path == here) co_return co_await console_.say(waterfall_.text(terminal_columns()));
    std::string picture = path.ends_with(".svg")    ? waterfall_.svg()
                          : path.ends_with(".html") ? waterfall_.html()
                                                    : waterfall_.text(120, static_cast<std::size_t>(-1)) + "\n";
    LineFile file(path);
    co_await file.open();
    picture.pop_back(); // the end of its last line
    co_await file.add(std::move(picture));
}

void Fetcher::note(const Target& target, const TransferRecord& record, TaskGroup& group) {
    progress_.count(record.failed());
    if (!record.failed()) return failed_list_.done(target.index);
    if (record.failure->check<NameTaken>())
        failed_list_.refused(target.index, record.message);
    else
        failed_list_.failed(target.index, record.message);
    if (target.index < first_failed_) {
        first_failed_ = target.index;
        exit_status_ = record.exit_status;
    }
    if (options_.fail_early) group.cancel("another URL failed (--fail-early)");
}

const http::Client& Fetcher::client_of(const Operation& operation) { return clients_.at(&operation); }

} // namespace fetch
