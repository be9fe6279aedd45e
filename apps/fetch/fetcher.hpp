#pragma once

#include "bell.hpp"
#include "console.hpp"
#include "job.hpp"
#include "options.hpp"
#include "ordered_output.hpp"
#include "url_source.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/client.hpp>

#include <cstddef>
#include <string>
#include <unordered_set>

namespace fetch {

// Fetches many URLs at a time: hands them out in order, as many at once as the options allow.
class Fetcher {
public:
    // Throws corduroy::Error where the options are not in order. Both must outlive it.
    Fetcher(const Options& options, Console& console);

    // Fetches what the options name; how many of them failed. Throws IoError where standard output, or a file with
    // URLs, fails.
    corduroy::Task<std::size_t> run();

private:
    corduroy::Task<> hand_out(corduroy::TaskGroup& group);
    // Fetches one; what happens to it is no failure of this Task, but is told and counted.
    corduroy::Task<> run_job(Job job);
    // Where the body of the next URL goes; a sentence about why it cannot go there, if so.
    std::string place(Job& job);
    bool may_start() const noexcept;

    const Options& options_;
    Console& console_;
    corduroy::http::Client client_;
    Bell changed_; // less is running, or less is held
    OrderedOutput output_{console_, changed_};
    UrlSource urls_;
    std::size_t handed_out_ = 0;
    std::size_t running_ = 0;
    std::size_t failed_ = 0;
    std::unordered_set<std::string> files_; // that this run writes
};

} // namespace fetch
