#include "fetcher.hpp"

#include "client_settings.hpp"
#include "download.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/url.hpp>

#include <filesystem>
#include <system_error>

namespace fetch {

using corduroy::Task;
using corduroy::TaskGroup;
namespace http = corduroy::http;

namespace {

// The last part of the URL's path; empty where it has none, or is no URL.
std::string remote_name(const std::string& text) {
    try {
        http::Url url = http::Url::parse(text);
        std::string_view path = url.path();
        return std::string(path.substr(path.rfind('/') + 1));
    } catch (const corduroy::Error&) {
        return {};
    }
}

// Two ways to write the same path are the same file.
std::string identity_of(const std::string& path) {
    std::error_code error;
    auto canonical = std::filesystem::weakly_canonical(path, error);
    return error ? path : canonical.string();
}

bool is_special(const std::string& path) {
    std::error_code error;
    auto status = std::filesystem::status(path, error);
    return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

} // namespace

Fetcher::Fetcher(const Options& options, Console& console)
    : options_(options), console_(console), client_(client_settings(options)), urls_(options) {}

Task<std::size_t> Fetcher::run() {
    auto body = [this](TaskGroup& group) -> Task<> { return hand_out(group); };
    co_await corduroy::with_task_group(body);
    co_return failed_;
}

Task<> Fetcher::hand_out(TaskGroup& group) {
    group.spawn(output_.run());
    for (;;) {
        while (!may_start()) co_await changed_.wait();
        auto url = co_await urls_.next();
        if (!url) break;
        Job job;
        job.url = std::move(*url);
        std::string trouble = place(job);
        if (trouble.empty()) {
            ++running_;
            group.spawn(run_job(std::move(job)));
        } else {
            ++failed_;
            co_await console_.say(std::move(trouble));
        }
    }
    output_.finish();
}

bool Fetcher::may_start() const noexcept {
    // What is complete and waits for its turn takes no part in what is running, but it takes memory.
    return running_ < options_.parallel_max && output_.held() < options_.parallel_max * Spool::limit;
}

std::string Fetcher::place(Job& job) {
    std::size_t number = handed_out_++;
    bool named = number < options_.outputs.size();
    std::string name = named ? options_.outputs[number] : options_.remote_names ? remote_name(job.url) : std::string();
    bool to_file = named ? name != "-" : options_.remote_names;
    if (!to_file) {
        job.spool = output_.add();
        return {};
    }
    if (name.empty()) return shown_url(job.url) + " was not fetched: it gives no file a name (-O); name one by -o";
    job.file = (std::filesystem::path(options_.output_dir) / name).string();
    if (!is_special(job.file) && !files_.insert(identity_of(job.file)).second)
        return shown_url(job.url) + " was not fetched: another URL is written to " + job.file;
    return {};
}

Task<> Fetcher::run_job(Job job) {
    struct Place {
        ~Place() {
            --fetcher.running_;
            fetcher.changed_.ring();
        }
        Fetcher& fetcher;
    } place{*this};
    Download download(options_, client_, std::move(job));
    bool complete = co_await download.run();
    if (!complete) ++failed_;
    if (!complete || !options_.silent) co_await console_.say(download.summary());
}

} // namespace fetch
