#include <corduroy/async/generator/async_generator.hpp>

#include <corduroy/async/generator/generator_stages.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include <string>

namespace corduroy {

void detail::AsyncGeneratorPromiseBase::refuse_second_await(const TaskPromiseBase& parent) const {
    throw Error("a generator was awaited at " + site_text(parent.site()) +
                ", while another await for it is under way; " + "it waits at " + site_text(site()));
}

void detail::AsyncGeneratorPromiseBase::destroyed_while_running() const noexcept {
    fatal("a generator was destroyed while an item of it was awaited; it waits at " + site_text(site()));
}

void detail::refuse_no_items(const char* function) {
    throw Error(std::string(function) + " was asked to handle 0 items at a time, which would never end");
}

namespace {

Task<> run_close(GeneratorClose close) { co_await std::move(close); }

} // namespace

Task<> GeneratorClose::into_task() && { return run_close(std::move(*this)); }

GeneratorCloseAwaiter::GeneratorCloseAwaiter(TaskPromiseBase& parent, const GeneratorClose& close)
    : parent_(parent), generator_(close.generator()), failure_(close.after()),
      scope_(&parent.scope(), CancelScope::Shield::no), closes_(false) {
    // What was caught here last comes with the places it came through.
    if (parent.failure().exception() == failure_.exception()) failure_ = parent.failure();
    if (generator_ == nullptr || generator_->over()) return;
    generator_->check_unawaited(parent);
    closes_ = generator_->paused();
    if (!closes_) generator_->close_unstarted();
}

bool GeneratorCloseAwaiter::await_suspend(std::coroutine_handle<>) noexcept {
    scope_.cancel();
    return generator_->close_under(parent_, scope_);
}

void GeneratorCloseAwaiter::await_resume() {
    if (closes_ && generator_->failure() && !generator_->failure().cancelled()) {
        if (failure_)
            failure_.add_suppressed(generator_->failure());
        else
            failure_ = generator_->failure();
    }
    if (failure_) parent_.rethrow(failure_);
}

} // namespace corduroy
