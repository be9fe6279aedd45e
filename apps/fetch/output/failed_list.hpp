#pragma once

#include "transfer/target.hpp"

#include <cstddef>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

namespace fetch {

// The file of --failed: the URLs that are not fetched, as --input takes them. A URL stands in it from before it is
// begun until it is done, so that the list holds what is left however the run ends; at the end it is written anew, with
// the reason above each.
class FailedList {
public:
    // Nothing is written where `path` is empty. What `is_read` is a list of URLs of the same run, which must stay until
    // they are known: what is left then stands in PATH.part. Throws corduroy::IoError, like all of these.
    FailedList(std::string path, bool is_read);
    FailedList(const FailedList&) = delete;
    ~FailedList();

    bool wanted() const noexcept { return !path_.empty(); }
    void add(const Target& target);
    // All have been added: from now on it holds what is left, also if it is destroyed before `finish`.
    void is_whole() noexcept { whole_ = true; }
    // That one needs no other run.
    void done(std::size_t index);
    void failed(std::size_t index, const std::string& reason);
    // That one must not be fetched, in another run neither: it stands in the list as a comment.
    void refused(std::size_t index, const std::string& reason);
    // All has been tried.
    void finish();

private:
    struct Entry {
        off_t place; // of the blank before it, which becomes a '#'
        std::string line;
        std::string reason;
        bool refused = false;
    };

    bool is_beside() const noexcept { return written_path_ != path_; }

    std::string path_;
    std::string written_path_;
    int fd_ = -1;
    bool whole_ = false;
    off_t end_ = 0;
    std::unordered_map<std::size_t, Entry> entries_; // not yet done, or failed
    std::vector<std::size_t> order_;
};

} // namespace fetch
