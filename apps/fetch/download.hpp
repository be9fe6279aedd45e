#pragma once

#include "job.hpp"
#include "options.hpp"
#include "sink.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/http/client.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace fetch {

// A URL as it may be shown, without a password.
std::string shown_url(const std::string& url);

// One URL on its way from the network to where its body goes.
class Download {
public:
    Download(const Options& options, const corduroy::http::Client& client, Job job);

    // Whether all of the answer came, and went where it was to go.
    corduroy::Task<bool> run();

    // A line for people: "200 1234 bytes in 12 ms http://h/", or the sentence that says why it failed.
    std::string summary() const;

private:
    corduroy::Task<> transfer();
    corduroy::Task<> open_sink();
    std::string told(const corduroy::Failure& failure) const;

    const Options& options_;
    const corduroy::http::Client& client_;
    Job job_;
    std::unique_ptr<Sink> sink_;
    std::string summary_;
    std::string notes_;
    std::uint64_t size_ = 0;
    int status_ = 0;
};

} // namespace fetch
