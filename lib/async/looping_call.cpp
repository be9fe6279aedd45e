#include <corduroy/async/looping_call.hpp>

#include <corduroy/async/deferred/ensure_deferred.hpp>
#include <corduroy/async/interval.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy {

// What the handle and the loop share: the function, and the loop that runs.
struct LoopingCall::State {
    explicit State(Call function) noexcept : call(std::move(function)) {}

    Call call;
    std::shared_ptr<Loop> loop;
    bool calling = false; // a call is being awaited
};

struct LoopingCall::Loop {
    Loop(Duration interval, bool now) : ticks(interval, now) {}

    Interval ticks;
    bool stopped = false;
};

void LoopingCall::keep(Call call) { state_ = std::make_shared<State>(std::move(call)); }

Deferred<> LoopingCall::start(Duration interval, bool now, std::source_location site) {
    if (running()) throw Error("start of a looping call failed: it runs already");
    if (state_->calling)
        throw Error("start of a looping call failed: it was stopped, but its last call has not ended yet; await what "
                    "start gave before");
    auto loop = std::make_shared<Loop>(interval, now);
    Deferred<> ended = ensure_deferred(run(state_, loop), site);
    state_->loop = std::move(loop);
    return ended;
}

void LoopingCall::stop() noexcept {
    if (!running()) return;
    auto loop = std::move(state_->loop);
    loop->stopped = true;
    loop->ticks.wake();
}

void LoopingCall::reset() {
    if (running()) state_->loop->ticks.reset();
}

bool LoopingCall::running() const noexcept { return state_ != nullptr && state_->loop != nullptr; }

Task<> LoopingCall::run(std::shared_ptr<State> state, std::shared_ptr<Loop> loop) {
    struct Running {
        State& state;
        Loop& loop;
        ~Running() {
            if (!loop.stopped) state.loop = nullptr;
        }
    };
    struct Calling {
        State& state;
        ~Calling() { state.calling = false; }
    };
    Running running{*state, *loop};
    while (!loop->stopped) {
        std::int64_t count = co_await loop->ticks.next();
        if (loop->stopped) break;
        state->calling = true;
        Calling calling{*state};
        std::optional<Task<>> call = state->call(count);
        if (call) co_await std::move(*call);
    }
}

} // namespace corduroy
