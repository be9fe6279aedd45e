#include "transfer/download.hpp"

#include "file_error.hpp"
#include "options/time_condition.hpp"
#include "transfer/etag.hpp"
#include "transfer/exit_status.hpp"
#include "transfer/request.hpp"
#include "transfer/rest.hpp"
#include "transfer/retry.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/async/timeout.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/http/body_framing.hpp>
#include <corduroy/http/error.hpp>
#include <corduroy/http/files/content_range.hpp>
#include <corduroy/http/status.hpp>
#include <corduroy/net/byte_stream.hpp>
#include <corduroy/reactor/reactor.hpp>

#include <chrono>
#include <limits>
#include <span>

namespace fetch {

using corduroy::CancelScope;
using corduroy::Duration;
using corduroy::Reactor;
using corduroy::Task;
using corduroy::TimePoint;
namespace http = corduroy::http;
using namespace std::chrono_literals;

namespace {

// Where the answer sends one; empty for those that do not.
std::string place_of_redirect(const http::Response& response) {
    auto location = response.headers().get("location");
    if (!location || location->empty() || !http::is_redirect_status(response.status())) return {};
    try {
        return response.url().join(*location).redacted();
    } catch (const http::UnsupportedUrl&) {
        return std::string(*location);
    }
}

// The time in which so much must come; nothing where there is no such bound.
std::optional<Duration> least_rate_window(const OutputOptions& output) {
    if (!output.least_rate_time && output.least_rate != 0) return 30s;
    return output.least_rate_time;
}

std::string phase_of(const corduroy::Failure& failure) {
    try {
        failure.rethrow();
    } catch (const http::Error& error) {
        return std::string(http::to_string(error.phase()));
    } catch (...) {
    }
    return {};
}

void note_head(TransferRecord& record, const http::Response& response) {
    record.status = response.status();
    record.version = response.version();
    record.reason = response.reason();
    record.headers = response.headers();
    record.redirects = response.history().size();
    record.effective_url = response.url().redacted();
    record.redirect_url = place_of_redirect(response);
}

// Whether -z has nothing against the answer, which servers without conditions leave to the client.
bool is_wanted(const Operation& operation, const http::Response& response) {
    if (operation.condition.time.empty() || operation.request.head_only) return true;
    auto condition = TimeCondition::parse(operation.condition.time);
    auto changed = parse_date(std::string(response.headers().get("last-modified").value_or(std::string_view())));
    return !condition || !changed || condition->holds_for(*changed);
}

} // namespace

std::string shown_url(const std::string& url) {
    if (url.find('@') == std::string::npos) return url;
    try {
        http::Url parsed = http::Url::parse(url);
        return parsed.has_userinfo() ? parsed.redacted() : url;
    } catch (const corduroy::Error&) {
        return "a URL";
    }
}

Download::Download(const http::Client& client, Pace& pace, const Target& target, TransferProgress& progress,
                   std::string file, MakeSink make_sink)
    : client_(client), pace_(pace), target_(target), progress_(progress), file_(std::move(file)),
      make_sink_(std::move(make_sink)) {}

Task<TransferRecord> Download::run() {
    TransferRecord record;
    for (unsigned tries = 1;; ++tries) {
        co_await pace_.turn(target_.url);
        if (tries == 1) begun_ = Reactor::current().now();
        record = TransferRecord();
        record.number = target_.index;
        record.url = record.effective_url = shown_url(target_.url);
        record.method = method_of(target_);
        record.referer = operation().request.referer;
        record.tries = tries;
        progress_.begin();
        Task<> trying = try_once(record);
        auto outcome = co_await attempt(std::move(trying));
        if (!outcome) {
            record.failure = outcome.failure();
            record.exit_status = exit_status_of(outcome.failure());
            record.message = told(outcome.failure());
            record.phase = phase_of(outcome.failure());
            if (record.repeatable) record.retry_after = delay_before_retry(operation().retry, record, elapsed());
        }
        record.took = elapsed();
        if (!record.retry_after) co_return record;
        co_await corduroy::sleep(*record.retry_after);
    }
}

Duration Download::elapsed() const noexcept { return Reactor::current().now() - begun_; }

Task<> Download::try_once(TransferRecord& record) {
    std::optional<Duration> window = least_rate_window(operation().output);
    if (!window) co_return co_await transfer(record, nullptr);
    auto body = [this, &record](CancelScope& scope) { return transfer(record, &scope); };
    co_await corduroy::timeout(*window, body);
}

Task<> Download::transfer(TransferRecord& record, CancelScope* least_rate_scope) {
    const OutputOptions& output = operation().output;
    PartOfFile part;
    part.size = output.resume_from;
    if (output.resume && !file_.empty()) part = co_await find_part(file_);
    std::uint64_t there = output.resume ? part.size : 0;
    http::Response response = co_await ask(part, record);
    note_head(record, response);
    record.timings = response.timings();
    const RequestOptions& options = operation().request;
    if ((options.follow || options.trust_redirects) && options.max_redirects == 0 && !record.redirect_url.empty())
        throw http::RedirectError({.method = record.method, .url = record.url, .phase = http::Phase::head},
                                  "it redirects to " + record.redirect_url + ", and --max-redirs 0 allows none");
    bool whole_already = response.status() == 416 && part.size != 0;
    bool bad = response.status() >= 400 && !whole_already;
    // An answer that only says when to come again goes nowhere.
    record.retry_after = delay_before_retry(operation().retry, record, elapsed());
    if (record.retry_after) co_return;
    std::string before_body = place_heads(response, record, bad);
    if (bad && output.fail) {
        if (file_.empty()) {
            std::unique_ptr<Sink> sink = make_sink_(response, 0);
            co_await sink->write(before_body);
        }
        response.raise_for_status();
    }
    if (output.resume_from != 0 && !options.head_only) whole_already = !has_rest(response, output.resume_from);
    bool heads = output.include_heads || options.head_only;
    bool asked_for_part = there != 0 || output.resume_from != 0 || !options.range.empty();
    bool wanted = asked_for_part || is_wanted(operation(), response);
    if (!wanted) record.status = 304; // what the server should have said
    // What has not changed has no body, and leaves the file as it is.
    bool unchanged = record.status == 304 && !heads;
    if (there != 0 && !whole_already && !unchanged) check_goes_on(response, there);
    ChecksumCheck checksum(unchanged ? std::nullopt : target_.checksum);
    if (part.size != 0) {
        bool all_of_it = output.resume_from != 0; // what comes is appended to all that is there
        std::string path = part.tag.empty() ? file_ : part_name(file_);
        co_await checksum.add_file(std::move(path), all_of_it ? std::numeric_limits<std::uint64_t>::max() : part.size);
    }
    std::unique_ptr<Sink> sink =
        unchanged && before_body.empty() ? std::make_unique<NoSink>() : make_sink_(response, part.size);
    co_await sink->open();
    if (!before_body.empty()) {
        co_await sink->write(before_body);
        record.repeatable = sink->withdraws();
    }
    note_size(response, part.size);
    if (!whole_already && wanted) co_await receive(response, *sink, checksum, record, least_rate_scope);
    if (writes_heads() && !response.trailers().empty()) co_await place_trailers(response, record, *sink);
    if (output.resume && part.size != 0) check_is_rest(response, part.size + record.size);
    record.timings = response.timings();
    if (record.timings.done == TimePoint{}) record.timings.done = Reactor::current().now();
    try {
        checksum.finish(record.method, record.url);
    } catch (const WrongChecksum&) {
        sink->discard();
        throw;
    }
    co_await sink->complete();
    record.file = sink->file();
    record.repeatable = sink->withdraws();
    const std::string& etag_file = operation().condition.etag_save;
    if (!etag_file.empty() && etag_file != "-" && !bad) co_await save_etag(etag_file, response);
    if (bad && output.fail_with_body) response.raise_for_status();
}

std::string Download::place_heads(http::Response& response, TransferRecord& record, bool bad) const {
    const OutputOptions& output = operation().output;
    bool to_output = file_.empty();
    std::string before_body;
    auto etag = response.headers().get("etag");
    if (etag && operation().condition.etag_save == "-" && !bad)
        (to_output ? before_body : record.etag).append(*etag).append("\n");
    bool in_body = output.include_heads || operation().request.head_only;
    if (!tells_of_heads()) return before_body;
    std::string head = heads_.text(response);
    record.head_size = head.size();
    if (output.heads_file == "-" && to_output)
        before_body += head;
    else if (!output.heads_file.empty())
        record.head = head;
    if (in_body) before_body += head;
    return before_body;
}

http::RequestBuilder Download::make_request(TransferRecord& record) {
    http::RequestBuilder request = fetch::make_request(client_, target_);
    heads_.clear();
    record.local = record.peer = corduroy::net::Address();
    record.connects = 0;
    if (tells_of_heads()) {
        auto keep = [this](const http::ResponseHead& head) { heads_.interim(head); };
        request = std::move(request).on_interim(keep);
    }
    if (!is_traced()) return request;
    auto note = [this, &record](const http::TraceEvent& event) { note_step(event, record); };
    return std::move(request).trace(note);
}

bool Download::writes_heads() const noexcept {
    const OutputOptions& output = operation().output;
    return output.include_heads || operation().request.head_only || !output.heads_file.empty();
}

bool Download::tells_of_heads() const noexcept {
    return writes_heads() || operation().output.write_out.find("{size_header}") != std::string::npos ||
           operation().output.write_out.find("{json}") != std::string::npos;
}

bool Download::is_traced() const noexcept {
    return tells_of_heads() || has_body(target_) || !operation().output.write_out.empty() ||
           !operation().request.protocols.allow_all() || !operation().request.redirect_protocols.allow_all();
}

void Download::note_step(const http::TraceEvent& event, TransferRecord& record) {
    const RequestOptions& options = operation().request;
    switch (event.step) {
    case http::TraceStep::queued:
        record.uploaded = 0;
        break;
    case http::TraceStep::connect:
        ++record.connects;
        break;
    case http::TraceStep::sent:
        record.uploaded = event.bytes;
        if (operation().output.write_out.empty()) break;
        record.local = event.connection->local_address();
        record.peer = event.connection->peer_address();
        break;
    case http::TraceStep::redirect:
        heads_.redirected();
        if (!options.protocols.allow(event.detail) || !options.redirect_protocols.allow(event.detail))
            throw http::UnsupportedUrl(event.detail, "its scheme is none of those that are allowed for redirects");
        break;
    default:
        break;
    }
}

Task<> Download::place_trailers(const http::Response& response, TransferRecord& record, Sink& sink) const {
    const OutputOptions& output = operation().output;
    std::string text = text_of_trailers(response.trailers());
    bool to_output = output.heads_file == "-" && file_.empty();
    if (!output.heads_file.empty() && !to_output) record.head += text;
    if (to_output || output.include_heads) co_await sink.write(text);
}

Task<http::Response> Download::ask(PartOfFile& part, TransferRecord& record) {
    http::RequestBuilder request = make_request(record);
    if (part.size != 0) {
        request = std::move(request).set_header("range", "bytes=" + std::to_string(part.size) + "-");
        if (!part.tag.empty()) request = std::move(request).set_header("if-range", part.tag);
    }
    http::Response response = co_await std::move(request);
    if (part.size == 0 || operation().output.resume_from != 0) co_return response;
    auto range = http::ContentRange::of(response.headers()).value_or(http::ContentRange());
    bool useless = response.status() == 416 && range.size != part.size; // what is there is no part of this
    bool another = response.status() == 206 && !part.tag.empty() && !http::is_of_version(response.headers(), part.tag);
    if (useless || another) {
        part = PartOfFile();
        response = http::Response(); // gives its place in the pool back, which may be the only one
        http::RequestBuilder anew = make_request(record);
        co_return co_await std::move(anew);
    }
    if (response.status() == 206 && range.first != part.size)
        throw http::ProtocolError(
            {.method = method_of(target_), .url = response.url().redacted(), .phase = http::Phase::head},
            "the server gives another part than the one from byte " + std::to_string(part.size) +
                " on that was asked for");
    if (response.status() != 206 && response.status() != 416) part = PartOfFile();
    co_return response;
}

void Download::note_size(const http::Response& response, std::uint64_t from) {
    bool decoded = operation().request.compressed && response.headers().get("content-encoding");
    std::optional<std::uint64_t> size = http::content_length(response.headers());
    if (decoded) size.reset();
    if (size) *size += from;
    progress_.begin_body(Reactor::current().now(), from, size);
}

Task<> Download::receive(http::Response& response, Sink& sink, ChecksumCheck& checksum, TransferRecord& record,
                         CancelScope* least_rate_scope) {
    const OutputOptions& output = operation().output;
    bool unwanted = operation().request.head_only && record.method != "HEAD"; // -I -X GET
    if (unwanted) co_return;
    auto check_size = [&](std::uint64_t bytes) {
        if (output.max_size == 0 || bytes <= output.max_size) return;
        throw http::TooLarge({.method = record.method, .url = record.url, .phase = http::Phase::body},
                             "the body is larger than " + std::to_string(output.max_size) + " bytes (--max-filesize)",
                             output.max_size);
    };
    if (auto size = http::content_length(response.headers())) check_size(*size);
    TimePoint start = Reactor::current().now();
    std::uint64_t in_window = 0;
    for (;;) {
        // What comes slowly is written as it comes.
        std::span<std::byte> room = output.rate_limit == 0 ? sink.room() : std::span<std::byte>();
        std::string_view piece = co_await response.read_into(room);
        if (piece.empty()) co_return;
        record.size += piece.size();
        progress_.add(piece.size());
        check_size(record.size);
        checksum.add(piece);
        co_await sink.write(piece);
        record.repeatable = sink.withdraws();
        TimePoint now = Reactor::current().now();
        if (least_rate_scope != nullptr) {
            in_window += piece.size();
            Duration window = least_rate_window(output).value();
            double wanted = static_cast<double>(std::max<std::uint64_t>(output.least_rate, 1)) *
                            std::chrono::duration<double>(window).count();
            if (static_cast<double>(in_window) >= wanted) {
                in_window = 0;
                least_rate_scope->set_deadline(now + window);
            }
        }
        if (output.rate_limit != 0) {
            std::chrono::duration<double> due(static_cast<double>(record.size) /
                                              static_cast<double>(output.rate_limit));
            Duration early = std::chrono::duration_cast<Duration>(due) - (now - start);
            if (early > Duration::zero()) co_await corduroy::sleep(early);
        }
    }
}

std::string Download::told(const corduroy::Failure& failure) const {
    // The client's failures name the URL; those of the files do not.
    if (!failure.check<corduroy::IoError, FileError>()) return failure.message();
    const FileError* error = failure.as<FileError>();
    bool sending = error != nullptr && error->doing() == FileError::Doing::reading;
    return method_of(target_) + " " + shown_url(target_.url) + " failed while " +
           (sending ? "reading what is to be sent" : "saving the body") + ": " + failure.message();
}

} // namespace fetch
