#include <corduroy/reactor/timer_queue.hpp>

#include <corduroy/base/fatal.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace corduroy {

void TimerNode::destroyed_while_armed() noexcept { fatal("a timer was destroyed while it was armed; cancel it first"); }

TimerQueue::~TimerQueue() {
    if (size_ != 0) [[unlikely]]
        disarm_all();
}

void TimerQueue::disarm_all() noexcept {
    auto disarm = [this](TimerNode& node) {
        if (node.outlasting_ == TimerNode::Outlasting::fault)
            fatal("a TimerQueue was destroyed while timers were armed; cancel them first");
        cancel(node);
    };
    for (TimerNode*& slot : slots_)
        while (slot != nullptr) disarm(*slot);
    while (TimerNode* node = due_.first()) disarm(*node);
    while (late_ != nullptr) disarm(*late_);
}

void TimerQueue::set(TimerNode& node, TimePoint deadline) noexcept {
    std::int64_t tick = tick_of(deadline);
    bool late = firing_ && deadline <= firing_until_;
    if (tick > current_tick_ && !late) [[likely]] {
        std::uint16_t slot = slot_for(tick);
        if (node.place_ == slot) {
            // Moved within its slot, as a time-out that is put off again and again is: the lists stay as they are.
            if (node.deadline_ <= bound_) bound_known_ = false;
            --size_;
        } else {
            cancel(node);
            link(node, slot);
        }
        node.deadline_ = deadline;
        node.sequence_ = next_sequence_++;
    } else {
        cancel(node);
        node.deadline_ = deadline;
        node.sequence_ = next_sequence_++;
        if (late) {
            node.next_ = nullptr;
            node.link_ = std::exchange(late_end_, &node.next_);
            *node.link_ = &node;
            node.place_ = TimerNode::in_late_list;
        } else {
            due_.add(node);
        }
    }
    if (size_++ == 0) {
        bound_ = deadline;
        bound_slot_ = TimerNode::nowhere;
        bound_known_ = true;
    } else if (deadline < bound_) {
        bound_ = deadline;
        bound_slot_ = TimerNode::nowhere;
    }
}

void TimerQueue::cancel(TimerNode& node) noexcept {
    if (!node.armed()) return;
    if (node.deadline_ <= bound_) bound_known_ = false;
    if (node.place_ == TimerNode::in_run || node.place_ == TimerNode::in_heap || node.place_ == TimerNode::in_line) {
        due_.remove(node);
    } else {
        unlink(node);
    }
    --size_;
}

std::optional<TimePoint> TimerQueue::next_deadline() noexcept {
    if (size_ == 0) return std::nullopt;
    if (!bound_known_) find_bound();
    return bound_;
}

std::size_t TimerQueue::fire_due(TimePoint now) noexcept {
    if (firing_) fatal("TimerQueue::fire_due was called by the handler of a timer");
    firing_ = true;
    firing_until_ = now;
    std::size_t fired = 0;
    do {
        for (TimerNode* node; (node = due_.first()) != nullptr && node->deadline_ <= now; ++fired) {
            due_.remove(*node);
            --size_;
            node->fire_(*node);
        }
    } while (advance(tick_of(now)));
    firing_ = false;

    late_end_ = &late_;
    for (TimerNode* node = std::exchange(late_, nullptr); node != nullptr;) due_.add(*std::exchange(node, node->next_));
    if (bound_ <= now) bound_known_ = false;
    return fired;
}

// The slot of a tick to come: on the level of the highest six bits in which it differs from the present tick. So all
// that stands on one level is due before what stands on the next, and the slots of a level are never passed by.
std::uint16_t TimerQueue::slot_for(std::int64_t tick) const noexcept {
    int level = (std::bit_width(static_cast<std::uint64_t>(tick ^ current_tick_)) - 1) / slot_bits;
    return static_cast<std::uint16_t>(level * slots + (tick >> (level * slot_bits)) % slots);
}

// The tick with which the first slot that has timers begins, and its number. There must be one.
std::int64_t TimerQueue::first_slot(std::uint16_t& slot) const noexcept {
    int level = std::countr_zero(occupied_levels_);
    int place = std::countr_zero(occupied_slots_[level]);
    slot = static_cast<std::uint16_t>(level * slots + place);
    int shift = level * slot_bits;
    return ((current_tick_ >> shift >> slot_bits << slot_bits) | place) << shift;
}

void TimerQueue::link(TimerNode& node, std::uint16_t slot) noexcept {
    TimerNode*& head = slots_[slot];
    node.next_ = head;
    node.link_ = &head;
    node.place_ = slot;
    if (head != nullptr) {
        head->link_ = &node.next_;
    } else {
        occupied_slots_[slot / slots] |= std::uint64_t{1} << slot % slots;
        occupied_levels_ |= 1u << slot / slots;
    }
    head = &node;
}

void TimerQueue::unlink(TimerNode& node) noexcept {
    *node.link_ = node.next_;
    if (node.next_ != nullptr) node.next_->link_ = node.link_;
    std::uint16_t place = std::exchange(node.place_, TimerNode::nowhere);
    if (place == TimerNode::in_late_list) {
        if (node.next_ == nullptr) late_end_ = node.link_;
    } else if (slots_[place] == nullptr) {
        std::uint64_t& occupied = occupied_slots_[place / slots];
        occupied &= ~(std::uint64_t{1} << place % slots);
        if (occupied == 0) occupied_levels_ &= ~(1u << place / slots);
        if (place == bound_slot_) bound_known_ = false;
    }
}

// Moves the present tick towards `target`, from one slot with timers to the next, which distributes its timers to lower
// levels and to due_; stops, true, when there are some in due_. When this is called due_ holds nothing of earlier
// ticks.
bool TimerQueue::advance(std::int64_t target) noexcept {
    while (occupied_levels_ != 0) {
        std::uint16_t slot;
        std::int64_t start = first_slot(slot);
        if (start > target) break;
        current_tick_ = start;
        occupied_slots_[slot / slots] &= ~(std::uint64_t{1} << slot % slots);
        if (occupied_slots_[slot / slots] == 0) occupied_levels_ &= ~(1u << slot / slots);
        bool some_due = false;
        for (TimerNode* node = std::exchange(slots_[slot], nullptr); node != nullptr;) {
            TimerNode& moved = *std::exchange(node, node->next_);
            std::int64_t tick = tick_of(moved.deadline_);
            if (tick > start) {
                link(moved, slot_for(tick));
            } else {
                due_.append(moved);
                some_due = true;
            }
        }
        if (some_due) {
            due_.order();
            return true;
        }
    }
    current_tick_ = std::max(current_tick_, target);
    return false;
}

void TimerQueue::find_bound() noexcept {
    bound_known_ = true;
    bound_slot_ = TimerNode::nowhere;
    bound_ = TimePoint::max();
    for (TimerNode* node = late_; node != nullptr; node = node->next_) bound_ = std::min(bound_, node->deadline_);
    if (TimerNode* node = due_.first()) {
        bound_ = std::min(bound_, node->deadline_);
    } else if (occupied_levels_ != 0) {
        std::uint16_t slot;
        std::int64_t start = first_slot(slot);
        int examined = 0;
        for (TimerNode* node = slots_[slot]; node != nullptr; node = node->next_) {
            if (++examined > timers_examined) {
                bound_ = std::min(bound_, start_of(start));
                bound_slot_ = slot;
                return;
            }
            bound_ = std::min(bound_, node->deadline_);
        }
    }
}

} // namespace corduroy
