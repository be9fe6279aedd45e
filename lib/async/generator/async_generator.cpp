#include <corduroy/async/generator/async_generator.hpp>

#include <corduroy/base/error.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

namespace corduroy {

void detail::AsyncGeneratorPromiseBase::refuse_second_await(const TaskPromiseBase& parent) const {
    throw Error("a generator was awaited at " + site_text(parent.site()) +
                ", while another await for it is under way; " + "it waits at " + site_text(site()));
}

void detail::AsyncGeneratorPromiseBase::destroyed_while_running() const noexcept {
    fatal("a generator was destroyed while an item of it was awaited; it waits at " + site_text(site()));
}

namespace {

Task<> run_close(GeneratorClose close) { co_await std::move(close); }

} // namespace

Task<> GeneratorClose::into_task() && { return run_close(*this); }

GeneratorCloseAwaiter::GeneratorCloseAwaiter(TaskPromiseBase& parent, detail::AsyncGeneratorPromiseBase* generator)
    : parent_(parent), generator_(generator), scope_(&parent.scope(), CancelScope::Shield::no), closes_(false) {
    if (generator == nullptr || generator->over()) return;
    generator->check_unawaited(parent);
    closes_ = generator->paused();
    if (!closes_) generator->close_unstarted();
}

bool GeneratorCloseAwaiter::await_suspend(std::coroutine_handle<>) noexcept {
    scope_.cancel();
    return generator_->close_under(parent_, scope_);
}

void GeneratorCloseAwaiter::await_resume() const {
    if (closes_ && generator_->failure() && !generator_->failure().cancelled()) parent_.rethrow(generator_->failure());
}

} // namespace corduroy
