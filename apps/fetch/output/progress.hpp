#pragma once

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace fetch {

class Progress;

// How many bytes a second come, the last seconds counting more than what was before.
class Speed {
public:
    explicit Speed(corduroy::TimePoint start) noexcept : last_(start) {}

    // Takes note of how many bytes have come until now, and gives the speed.
    double sample(corduroy::TimePoint now, std::uint64_t bytes) noexcept;

private:
    corduroy::TimePoint last_;
    std::uint64_t bytes_ = 0;
    double rate_ = 0;
    bool sampled_ = false;
};

// How one URL comes along, from when it is begun until this is destroyed. `whole` must outlive it.
class TransferProgress {
public:
    TransferProgress(Progress& whole, std::string name) noexcept;
    TransferProgress(const TransferProgress&) = delete;
    ~TransferProgress();

    // A try begins, with nothing.
    void begin() noexcept;
    // The body begins, behind `from` bytes that are there already; with them there will be `size`, where that is known.
    void begin_body(corduroy::TimePoint now, std::uint64_t from, std::optional<std::uint64_t> size);
    // So much more has come.
    void add(std::uint64_t bytes) noexcept;

private:
    friend class Progress;

    Progress& whole_;
    std::string name_;
    std::uint64_t from_ = 0;
    std::uint64_t received_ = 0;
    std::optional<std::uint64_t> size_;
    std::optional<Speed> speed_;                   // set while its body comes,
    std::list<TransferProgress*>::iterator place_; // and where it then stands in the whole
};

// What there is to show of a run at some moment.
struct ProgressSnapshot {
    struct Row {
        std::string name;
        std::uint64_t bytes = 0; // that are there
        std::optional<std::uint64_t> size;
        double rate = 0; // bytes a second
    };

    std::vector<Row> rows; // of those whose bodies come, the oldest; not all where there are many
    std::size_t done = 0;
    std::size_t failed = 0;
    std::size_t running = 0;
    std::optional<std::size_t> waiting; // unset as long as it is not known how many there are
    std::uint64_t bytes = 0;            // that have come
    double rate = 0;
    std::optional<corduroy::Duration> left;
};

// How a run comes along.
class Progress {
public:
    explicit Progress(corduroy::TimePoint start) noexcept : start_(start), speed_(start) {}

    // So many URLs there are.
    void expect(std::size_t urls) noexcept { expected_ = urls; }
    // One of them is done, or failed.
    void count(bool failed) noexcept { ++(failed ? failed_ : done_); }

    bool idle() const noexcept { return running_ == 0; }
    corduroy::TimePoint start() const noexcept { return start_; }

    // Costs time by `most_rows`, not by how much there is.
    ProgressSnapshot snapshot(corduroy::TimePoint now, std::size_t most_rows);

private:
    friend class TransferProgress;

    std::optional<corduroy::Duration> left(corduroy::TimePoint now);

    corduroy::TimePoint start_;
    std::list<TransferProgress*> coming_; // those whose bodies come
    std::size_t running_ = 0;
    std::size_t done_ = 0;
    std::size_t failed_ = 0;
    std::optional<std::size_t> expected_;
    std::uint64_t bytes_ = 0;
    Speed speed_;
};

} // namespace fetch
