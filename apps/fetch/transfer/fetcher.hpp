#pragma once

#include "bell.hpp"
#include "input/url_source.hpp"
#include "options/options.hpp"
#include "output/console.hpp"
#include "output/failed_list.hpp"
#include "output/file_names.hpp"
#include "output/line_file.hpp"
#include "output/ordered_output.hpp"
#include "output/progress.hpp"
#include "output/progress_meter.hpp"
#include "output/waterfall.hpp"
#include "transfer/pace.hpp"
#include "transfer/target.hpp"
#include "transfer/transfer_record.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/async/task_group.hpp>
#include <corduroy/http/client.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

namespace fetch {

class Sink;

// Fetches many URLs at a time: hands them out in order, as many at once as the options allow.
class Fetcher {
public:
    // Throws corduroy::Error where the options are not in order. Both must outlive it.
    Fetcher(const Options& options, Console& console);
    ~Fetcher();

    // Fetches what the options name, and gives the exit status: that of the first URL, in their order, that failed.
    // Throws IoError where standard output, or a list of URLs, fails.
    corduroy::Task<int> run();

private:
    // Where a body goes: to a file, or into a spool, or, with neither, nowhere.
    struct Place {
        std::string file;
        bool exists = false; // the file, when it was claimed
        std::shared_ptr<Spool> spool;
        std::string file_of_server; // by the name that the server gave (-J)
    };

    corduroy::Task<> list_ahead();
    // Finds out how many there are, where that can be done without taking any.
    corduroy::Task<> count_ahead();
    corduroy::Task<> fetch_all();
    corduroy::Task<> hand_out(corduroy::TaskGroup& group);
    // Fetches one; what happens to it is no failure of this Task, but is told and counted.
    corduroy::Task<> run_target(Target target, Place place, corduroy::TaskGroup& group);
    // Where the body of the URL goes. Throws FileError where it cannot go there.
    Place place_of(Target& target);
    // Claims the file that it is to be written to, and names the target anew where another has its name and the options
    // want that. Throws FileError where it cannot be written.
    static Place claim_file(Target& target, FileNames& names);
    // The file that it is to be written to, empty for standard output. Throws FileError where it has no name.
    static std::string file_of(const Target& target);
    std::unique_ptr<Sink> make_sink(const Target& target, Place& place, const corduroy::http::Response& response,
                                    std::uint64_t from);
    void note(const Target& target, const TransferRecord& record, corduroy::TaskGroup& group);
    // Says of a URL that is done what the options want said.
    corduroy::Task<> tell(const Target& target, const TransferRecord& record, Spool* spool);
    corduroy::Task<> draw();
    corduroy::Task<> open_heads_files();
    corduroy::Task<> tell_head(const Target& target, const TransferRecord& record, Spool* spool);
    corduroy::Task<> keep_cookies();
    bool may_start() const noexcept;
    const corduroy::http::Client& client_of(const Operation& operation);

    const Options& options_;
    Console& console_;
    std::unordered_map<const Operation*, corduroy::http::Client> clients_;
    Pace pace_;
    Bell changed_; // less is running, or less is held
    OrderedOutput output_{console_, changed_};
    FileNames files_;
    FailedList failed_list_;
    std::unique_ptr<LineFile> report_;
    std::unordered_map<std::string, LineFile> heads_files_; // by their paths
    corduroy::TimePoint start_;
    Waterfall waterfall_;
    Progress progress_;
    ProgressMeter meter_;
    std::size_t running_ = 0;
    std::size_t first_failed_ = static_cast<std::size_t>(-1); // the index of a URL
    int exit_status_ = 0;
    bool listed_ahead_ = false;
};

} // namespace fetch
