#include <corduroy/async/join_set.hpp>

#include <corduroy/base/fatal.hpp>

namespace corduroy {

JoinSet::~JoinSet() {
    if (running_ != 0)
        fatal("a JoinSet was destroyed before its Tasks were joined: by an exception, or in a generator that was "
              "dropped at a co_yield in between");
}

namespace {

const char* reason(JoinSet::Until until) noexcept {
    switch (until) {
    case JoinSet::Until::first_failure:
        return "another Task failed that was awaited together with it";
    case JoinSet::Until::first_success:
        return "another Task succeeded first";
    case JoinSet::Until::first_end:
        return "another Task ended first";
    case JoinSet::Until::all_ended:
        break;
    }
    return "";
}

} // namespace

void JoinSet::task_ended(TaskPromiseBase& task) noexcept {
    bool failed = task.failure() && failures_.add(task.failure());
    bool succeeded = !task.failure();
    bool decides = (failed && until_ == Until::first_failure) || (succeeded && until_ == Until::first_success) ||
                   ((failed || succeeded) && until_ == Until::first_end);
    if (decides && winner_ == nullptr) {
        winner_ = &task;
        scope_.cancel(reason(until_));
    }
    if (--running_ == 0 && joined_ != nullptr) joined_->resume();
}

} // namespace corduroy
