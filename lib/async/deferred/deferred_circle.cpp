// Who waits for whom: circles, and descriptions.

#include <corduroy/async/deferred/deferred_core.hpp>

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/names.hpp>

#include "async/deferred/deferred_cancelled.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace corduroy::detail {

namespace {

using Core = const DeferredCore;

// What a message names of a long way.
constexpr std::size_t named = 8;

bool same(const std::source_location& a, const std::source_location& b) noexcept {
    return a.line() == b.line() && a.column() == b.column() && std::string_view(a.file_name()) == b.file_name();
}

// The Deferreds on a way, as their users know them: all states of a chain bear the name of its first.
class Way {
public:
    void add(Core& core) {
        if (sites_.empty() || !same(sites_.back(), core.created())) sites_.push_back(core.created());
    }
    void reverse() { std::reverse(sites_.begin(), sites_.end()); }

    // It begins and ends beside `first`.
    [[noreturn]] void raise(Core& first) {
        if (!sites_.empty() && same(sites_.back(), first.created())) sites_.pop_back();
        if (!sites_.empty() && same(sites_.front(), first.created())) sites_.erase(sites_.begin());
        std::string text = "circular waiting: " + created_at(first.created()) + " would wait for ";
        if (sites_.empty()) throw Error(text + "itself");
        for (std::size_t at = 0; at < sites_.size(); ++at) {
            if (at == named && sites_.size() > named + 1) {
                text += std::to_string(sites_.size() - at - 1) + " more, the last of them for ";
                at = sites_.size() - 1;
            }
            text += (at == 0 ? created_at(sites_[at]) : "the one created at " + site_text(sites_[at])) + ", that for ";
        }
        throw Error(text + "the first");
    }

private:
    std::vector<std::source_location> sites_;
};

} // namespace

// Searches from both ends, step by step in turn, for either way may be long where the other is short: a chain whose
// every callback waits for something new, or a Deferred that waits for another a million deep.
void DeferredCore::check_no_circle(DeferredCore& inner) {
    Core* back = &inner; // what inner waits for, and so on
    Core* forth = this;  // what waits for this one, and so on
    while (back != this && forth != &inner) {
        if (back != nullptr) {
            bool certain = back->called() || !back->forwarded_;
            back = back->called() ? nullptr : back->waits_for();
            if (back == nullptr && certain) return;
        }
        if (forth != nullptr) {
            bool certain = forth->kind_ != Kind::shared;
            forth = forth->leads_to();
            if (forth == nullptr && certain) return;
        }
        if (back == nullptr && forth == nullptr) return;
    }
    Way way;
    if (back == this) {
        for (Core* core = &inner; core != this; core = core->waits_for()) way.add(*core);
    } else {
        for (Core* core = this; core != &inner; core = core->leads_to()) way.add(*core);
        way.add(inner);
        way.reverse();
    }
    way.raise(*this);
}

void DeferredCore::check_no_self_await(const CancelScope& scope) const {
    Core* root = this;
    while (!root->called() && root->waits_for() != nullptr) root = root->waits_for();
    const CancelScope* task_scope = root->task_scope();
    if (task_scope != nullptr && task_scope->encloses(scope))
        throw Error("circular waiting: the Task behind " + created_at(root->created_) + " would wait for itself");
}

std::string DeferredCore::describe(std::string_view value_text) const {
    std::string text = "a Deferred created at " + site_text(created_) + ", ";
    switch (status_) {
    case Status::value:
        text += "current result: " + std::string(value_text);
        break;
    case Status::failure:
    case Status::unwound:
        text += "current result: " + failure_.type() + ": " + failure_.message();
        break;
    case Status::taken:
        text += "whose result was taken";
        break;
    case Status::pending:
        text += waiting_text();
        break;
    }
    return paused_ == 0 ? text : text + ", paused";
}

std::string DeferredCore::waiting_text() const {
    Core* core = this;
    while (same(core->created_, created_)) {
        Core* other = core->waits_for();
        if (other == nullptr || other->called()) break;
        core = other;
    }
    bool own = same(core->created_, created_);
    if (core->kind_ == Kind::task)
        return own ? "waiting for its Task" : "waiting for the Task of " + created_at(core->created_);
    if (!own) return "waiting on " + created_at(core->created_);
    return core->kind_ == Kind::plain ? "waiting to be fired" : "in a callback";
}

} // namespace corduroy::detail
