#include <corduroy/async/sync/capacity_limiter.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include <string>
#include <utility>

namespace corduroy {

using Entry = detail::BorrowerTable::Entry;

CapacityLimiter::~CapacityLimiter() {
    if (borrowed_ != 0)
        fatal("a CapacityLimiter was destroyed while tokens of it are held, " + std::to_string(borrowed_) + " of " +
              std::to_string(total_));
}

CapacityLimiter::Token CapacityLimiter::try_acquire(std::source_location site) {
    return try_acquire_on_behalf_of(nullptr, site);
}

CapacityLimiter::Token CapacityLimiter::try_acquire_on_behalf_of(const void* borrower, std::source_location site) {
    Entry entry = entry_of(borrower, site);
    enter(entry, borrower == nullptr);
    if (!take()) return Token();
    return Token(*this, std::move(entry), borrower == nullptr);
}

void CapacityLimiter::set_total_tokens(std::size_t total_tokens) noexcept {
    total_ = total_tokens;
    serve();
}

std::vector<std::source_location> CapacityLimiter::borrowers() const {
    std::vector<std::source_location> sites;
    borrowers_.for_each([&](const Entry& entry) { sites.push_back(entry.site()); });
    return sites;
}

void CapacityLimiter::enter(Entry& entry, bool of_task) {
    waits_.check_thread();
    if (const Entry* first = borrowers_.find(entry.borrower())) refuse(*first, entry.site());
    if (of_task && current_step.task != nullptr && !borrowers_.empty()) {
        const TaskPromiseBase* at = current_step.task;
        while ((at = at->parent()) != nullptr)
            if (const Entry* first = borrowers_.find(at)) refuse(*first, entry.site());
    }
    borrowers_.insert(entry);
}

void CapacityLimiter::refuse(const Entry& first, const std::source_location& site) {
    throw Error("acquire of a CapacityLimiter's token at " + site_text(site) +
                " by a borrower that has one, or waits for it, since " + site_text(first.site()));
}

bool CapacityLimiter::take() noexcept {
    if (available_tokens() == 0) return false;
    ++borrowed_;
    return true;
}

void CapacityLimiter::give_back() noexcept {
    --borrowed_;
    serve();
}

void CapacityLimiter::serve() noexcept {
    waits_.check_thread();
    while (available_tokens() > 0 && !waits_.empty()) {
        ++borrowed_;
        waits_.take_first().resume();
    }
}

CapacityLimiter::Token::Token(Token&& other) noexcept
    : held_(std::move(other.held_)), entry_(std::move(other.entry_)), of_task_(other.of_task_) {
    if (of_task_) entry_.leave();
}

CapacityLimiter::Token& CapacityLimiter::Token::operator=(Token&& other) noexcept {
    Token moved(std::move(other));
    std::swap(held_, moved.held_);
    std::swap(entry_, moved.entry_);
    std::swap(of_task_, moved.of_task_);
    return *this;
}

void CapacityLimiter::Token::release() {
    entry_.leave();
    held_.release();
}

std::string CapacityLimiter::Acquiring::waits_for() const {
    return "a token of a CapacityLimiter, " + std::to_string(limiter_.borrowed_tokens()) + " of " +
           std::to_string(limiter_.total_tokens()) + " are held";
}

void CapacityLimiter::Acquiring::cancel(Waiter& waiter) noexcept {
    auto& self = static_cast<Acquiring&>(waiter);
    self.entry_.leave();
    self.leave_queue();
    self.cancelled();
}

} // namespace corduroy
