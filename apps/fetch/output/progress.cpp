#include "output/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace fetch {

using corduroy::Duration;
using corduroy::TimePoint;

namespace {

// After so many seconds a change of speed is seen for the most part.
constexpr double memory = 3;

// What takes longer than this does not fit into a Duration, if it is much longer, and nobody waits for it.
constexpr std::chrono::hours longest_told(24 * 9999);

// So many transfers are looked at to see how far the run is; the others count as not begun.
constexpr std::size_t most_looked_at = 100;

double seconds(Duration time) noexcept { return std::chrono::duration<double>(time).count(); }

} // namespace

double Speed::sample(TimePoint now, std::uint64_t bytes) noexcept {
    double passed = seconds(now - last_);
    if (passed <= 0) return rate_;
    double latest = static_cast<double>(bytes - std::min(bytes, bytes_)) / passed;
    double weight = sampled_ ? 1 - std::exp(-passed / memory) : 1;
    rate_ += weight * (latest - rate_);
    last_ = now;
    bytes_ = bytes;
    sampled_ = true;
    return rate_;
}

TransferProgress::TransferProgress(Progress& whole, std::string name) noexcept : whole_(whole), name_(std::move(name)) {
    ++whole_.running_;
}

TransferProgress::~TransferProgress() {
    begin();
    --whole_.running_;
}

void TransferProgress::begin() noexcept {
    if (speed_) whole_.coming_.erase(place_);
    speed_.reset();
    size_.reset();
    from_ = received_ = 0;
}

void TransferProgress::begin_body(TimePoint now, std::uint64_t from, std::optional<std::uint64_t> size) {
    from_ = from;
    size_ = size;
    if (!speed_) place_ = whole_.coming_.insert(whole_.coming_.end(), this);
    speed_.emplace(now);
}

void TransferProgress::add(std::uint64_t bytes) noexcept {
    received_ += bytes;
    whole_.bytes_ += bytes;
}

ProgressSnapshot Progress::snapshot(TimePoint now, std::size_t most_rows) {
    ProgressSnapshot shown;
    for (TransferProgress* one : coming_) {
        if (shown.rows.size() == most_rows) break;
        double rate = one->speed_->sample(now, one->received_);
        shown.rows.push_back({one->name_, one->from_ + one->received_, one->size_, rate});
    }
    shown.done = done_;
    shown.failed = failed_;
    shown.running = running_;
    std::size_t begun = done_ + failed_ + running_;
    if (expected_) shown.waiting = *expected_ - std::min(*expected_, begun);
    shown.bytes = bytes_;
    shown.rate = speed_.sample(now, bytes_);
    shown.left = left(now);
    // By the count, one that takes long is nothing beside many that are done.
    for (const ProgressSnapshot::Row& row : shown.rows) {
        if (!shown.left || row.rate < 1 || row.size.value_or(0) <= row.bytes) continue;
        std::chrono::duration<double> rest(static_cast<double>(*row.size - row.bytes) / row.rate);
        if (rest < longest_told) shown.left = std::max(*shown.left, std::chrono::duration_cast<Duration>(rest));
    }
    return shown;
}

// As if the rest went as what there was until now. URLs are counted, for of most of them nobody knows the size.
std::optional<Duration> Progress::left(TimePoint now) {
    if (!expected_) return std::nullopt;
    auto finished = static_cast<double>(done_ + failed_);
    std::size_t looked_at = 0;
    for (TransferProgress* one : coming_) {
        if (looked_at++ == most_looked_at) break;
        if (one->size_.value_or(0) == 0) continue;
        double there = static_cast<double>(one->from_ + one->received_);
        finished += std::min(1.0, there / static_cast<double>(*one->size_));
    }
    double rest = static_cast<double>(*expected_) - finished;
    if (finished <= 0 || rest < 0) return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds(now - start_) * rest / finished));
}

} // namespace fetch
