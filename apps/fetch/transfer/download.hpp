#pragma once

#include "output/part_of_file.hpp"
#include "output/progress.hpp"
#include "output/sink.hpp"
#include "transfer/checksum_check.hpp"
#include "transfer/heads.hpp"
#include "transfer/pace.hpp"
#include "transfer/target.hpp"
#include "transfer/transfer_record.hpp"

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/http/client.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace fetch {

// A URL as it may be shown, without a password.
std::string shown_url(const std::string& url);

// One URL on its way from the network to where its body goes, in as many tries as the options allow.
class Download {
public:
    // Makes the place where the body goes, for each try anew; it is called once its head has come. The body is what
    // follows the first `from` bytes of the file.
    using MakeSink = std::function<std::unique_ptr<Sink>(const corduroy::http::Response&, std::uint64_t from)>;

    // `file` is where the body goes, as far as that is known; empty where it goes to no file. The client, the pace,
    // the target and the progress must outlive it.
    Download(const corduroy::http::Client& client, Pace& pace, const Target& target, TransferProgress& progress,
             std::string file, MakeSink make_sink);

    // What became of it. It fails only by being cancelled.
    corduroy::Task<TransferRecord> run();

private:
    corduroy::Task<> try_once(TransferRecord& record);
    corduroy::Task<> transfer(TransferRecord& record, corduroy::CancelScope* least_rate_scope);
    // What is to be told of the way is noted in the record, which must outlive the answer.
    corduroy::http::RequestBuilder make_request(TransferRecord& record);
    // Sends the request, for the rest of the file where there is a part, whose size is then 0 if the whole is coming.
    corduroy::Task<corduroy::http::Response> ask(PartOfFile& part, TransferRecord& record);
    // Notes the head, and what of it goes where the body does not; gives what is to be written before the body.
    std::string place_heads(corduroy::http::Response& response, TransferRecord& record, bool bad) const;
    // The same of what comes behind the body.
    corduroy::Task<> place_trailers(const corduroy::http::Response& response, TransferRecord& record, Sink& sink) const;
    // Whether the heads are to be written, or counted.
    bool writes_heads() const noexcept;
    bool tells_of_heads() const noexcept;
    // Whether what happens on the way is to be noted.
    bool is_traced() const noexcept;
    void note_step(const corduroy::http::TraceEvent& event, TransferRecord& record);
    void note_size(const corduroy::http::Response& response, std::uint64_t from);
    corduroy::Task<> receive(corduroy::http::Response& response, Sink& sink, ChecksumCheck& checksum,
                             TransferRecord& record, corduroy::CancelScope* least_rate_scope);
    corduroy::Duration elapsed() const noexcept;
    const Operation& operation() const noexcept { return *target_.operation; }
    std::string told(const corduroy::Failure& failure) const;

    const corduroy::http::Client& client_;
    Pace& pace_;
    const Target& target_;
    TransferProgress& progress_;
    std::string file_;
    MakeSink make_sink_;
    corduroy::TimePoint begun_; // the first try
    Heads heads_;
};

} // namespace fetch
