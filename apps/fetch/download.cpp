#include "download.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/response_head.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>

namespace fetch {

using corduroy::Task;
namespace http = corduroy::http;

namespace {

// Where the answer sends one; empty for those that do not.
std::string place_of_redirect(const http::Response& response) {
    if (!http::is_redirect_status(response.status())) return {};
    return std::string(response.headers().get("location").value_or(std::string_view()));
}

std::string milliseconds(corduroy::Duration time) {
    return std::to_string(std::chrono::round<std::chrono::milliseconds>(time).count()) + " ms";
}

std::string notes_on(const http::Response& response, const Options& options) {
    if (std::size_t hops = response.history().size(); hops != 0)
        return " (" + std::to_string(hops) + (hops == 1 ? " redirect" : " redirects") + ", to " +
               response.url().redacted() + ")";
    std::string elsewhere = place_of_redirect(response);
    if (elsewhere.empty() || options.follow) return {};
    return " (redirects to " + elsewhere + ", which -L follows)";
}

} // namespace

std::string shown_url(const std::string& url) {
    try {
        http::Url parsed = http::Url::parse(url);
        return parsed.has_userinfo() ? parsed.redacted() : url;
    } catch (const corduroy::Error&) {
        return url.find('@') == std::string::npos ? url : "a URL";
    }
}

Download::Download(const Options& options, const http::Client& client, Job job)
    : options_(options), client_(client), job_(std::move(job)) {
    if (job_.spool) sink_ = std::make_unique<SpoolSink>(job_.spool);
}

Task<bool> Download::run() {
    corduroy::TimePoint start = corduroy::Reactor::current().now();
    auto outcome = co_await attempt(transfer());
    sink_.reset();
    if (!outcome) {
        summary_ = told(outcome.failure());
        co_return false;
    }
    summary_ = std::to_string(status_) + " " + std::to_string(size_) + (size_ == 1 ? " byte" : " bytes") + " in " +
               milliseconds(corduroy::Reactor::current().now() - start) + " " + shown_url(job_.url) + notes_;
    co_return true;
}

std::string Download::summary() const { return summary_; }

Task<> Download::transfer() {
    http::RequestBuilder request = client_.get(job_.url).streamed();
    for (const std::string& line : options_.headers) {
        std::size_t colon = line.find_first_of(":;"); // there is one: see options.cpp
        request = std::move(request).header(std::string_view(line).substr(0, colon),
                                            std::string_view(line).substr(colon + 1));
    }
    http::Response response = co_await std::move(request);
    status_ = response.status();
    notes_ = notes_on(response, options_);
    if (std::string elsewhere = place_of_redirect(response);
        options_.follow && options_.max_redirects == 0 && !elsewhere.empty())
        throw http::RedirectError({.method = "GET", .url = shown_url(job_.url), .phase = http::Phase::head},
                                  "it redirects to " + elsewhere + ", and --max-redirs 0 allows none");
    co_await open_sink();
    if (options_.include_heads) {
        std::string head;
        append_head(head, response.head());
        co_await sink_->write(head);
    }
    for (;;) {
        std::string_view piece = co_await response.read();
        if (piece.empty()) break;
        size_ += piece.size();
        co_await sink_->write(piece);
    }
    co_await sink_->complete();
}

Task<> Download::open_sink() {
    if (sink_) co_return;
    if (job_.file.empty()) {
        sink_ = std::make_unique<NoSink>();
        co_return;
    }
    auto file = std::make_unique<FileSink>(job_.file);
    co_await file->open();
    sink_ = std::move(file);
}

std::string Download::told(const corduroy::Failure& failure) const {
    // The client's failures name the URL; those of the file do not.
    bool of_the_file = failure.check<corduroy::IoError>();
    if (of_the_file) return "GET " + shown_url(job_.url) + " failed while saving the body: " + failure.message();
    return failure.message();
}

} // namespace fetch
