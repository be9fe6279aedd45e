#include <corduroy/reactor/due_timers.hpp>

#include <algorithm>
#include <new>

namespace corduroy {

namespace {

// Vectors that a burst made larger than this give their memory back.
constexpr std::size_t entries_kept = 1 << 16;

// Consumed entries are dropped from the front of a run once there are so many, and they are half of it.
constexpr std::size_t consumed_entries_kept = 256;

} // namespace

void DueTimers::add(TimerNode& node) noexcept {
    Entry added = entry(node);
    bool behind_all = run_.empty() || !(added < run_.back());
    if (!push(behind_all ? run_ : heap_, added)) [[unlikely]]
        return line_up(node);
    if (behind_all) {
        node.place_ = TimerNode::in_run;
        node.index_ = run_index_ + static_cast<std::uint32_t>(run_.size() - 1);
    } else {
        node.place_ = TimerNode::in_heap;
        sift_up(heap_.size() - 1, added);
    }
}

void DueTimers::append(TimerNode& node) noexcept {
    if (push(run_, entry(node))) [[likely]]
        node.place_ = TimerNode::in_run;
    else
        line_up(node);
}

bool DueTimers::push(std::vector<Entry>& entries, const Entry& entry) noexcept {
    try {
        entries.push_back(entry);
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

void DueTimers::line_up(TimerNode& node) noexcept {
    TimerNode** place = &line_;
    while (*place != nullptr && entry(**place) < entry(node)) place = &(*place)->next_;
    node.next_ = *place;
    node.link_ = place;
    if (node.next_ != nullptr) node.next_->link_ = &node.next_;
    *place = &node;
    node.place_ = TimerNode::in_line;
}

void DueTimers::order() noexcept {
    if (!std::is_sorted(run_.begin(), run_.end())) std::sort(run_.begin(), run_.end());
    std::uint32_t index = run_index_;
    for (Entry& added : run_) added.node->index_ = index++;
}

void DueTimers::remove(TimerNode& node) noexcept {
    if (node.place_ == TimerNode::in_line) [[unlikely]] {
        *node.link_ = node.next_;
        if (node.next_ != nullptr) node.next_->link_ = node.link_;
    } else if (node.place_ == TimerNode::in_run) {
        run_[node.index_ - run_index_].node = nullptr;
        trim_run();
    } else {
        Entry last = heap_.back();
        heap_.pop_back();
        if (last.node != &node) {
            std::size_t index = node.index_;
            if (index > 0 && last < heap_[(index - 1) / 2]) {
                sift_up(index, last);
            } else {
                sift_down(index, last);
            }
        } else if (heap_.empty() && heap_.capacity() > entries_kept) {
            heap_ = {};
        }
    }
    node.place_ = TimerNode::nowhere;
}

TimerNode* DueTimers::first() noexcept {
    TimerNode* first = line_;
    auto compare = [&](const Entry& other) {
        if (first == nullptr || other < entry(*first)) first = other.node;
    };
    if (!run_.empty()) compare(run_[run_first_]);
    if (!heap_.empty()) compare(heap_.front());
    return first;
}

// Keeps timers at both ends of the run, and a run that is never empty from growing for ever.
void DueTimers::trim_run() noexcept {
    while (run_.size() > run_first_ && run_.back().node == nullptr) run_.pop_back();
    while (run_first_ < run_.size() && run_[run_first_].node == nullptr) ++run_first_;
    if (run_first_ == run_.size()) {
        run_.clear();
        if (run_.capacity() > entries_kept) run_ = {};
        run_first_ = 0;
    } else if (run_first_ >= consumed_entries_kept && run_first_ > run_.size() / 2) {
        run_.erase(run_.begin(), run_.begin() + static_cast<std::ptrdiff_t>(run_first_));
        run_index_ += static_cast<std::uint32_t>(run_first_);
        run_first_ = 0;
    }
}

void DueTimers::put(std::size_t index, const Entry& entry) noexcept {
    heap_[index] = entry;
    entry.node->index_ = static_cast<std::uint32_t>(index);
}

void DueTimers::sift_up(std::size_t index, const Entry& entry) noexcept {
    while (index > 0) {
        std::size_t parent = (index - 1) / 2;
        if (!(entry < heap_[parent])) break;
        put(index, heap_[parent]);
        index = parent;
    }
    put(index, entry);
}

void DueTimers::sift_down(std::size_t index, const Entry& entry) noexcept {
    for (std::size_t child; (child = 2 * index + 1) < heap_.size(); index = child) {
        if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
        if (!(heap_[child] < entry)) break;
        put(index, heap_[child]);
    }
    put(index, entry);
}

} // namespace corduroy
