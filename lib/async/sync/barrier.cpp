#include <corduroy/async/sync/barrier.hpp>

#include <corduroy/async/sync/sync_error.hpp>

namespace corduroy {

Barrier::Barrier(std::size_t parties) : parties_(parties) {
    if (parties == 0) throw Error("a Barrier was made for no parties");
}

bool Barrier::arrive() {
    waits_.check_thread();
    if (broken_) throw BrokenBarrierError("wait at a Barrier that is broken");
    if (waiting() + 1 < parties_) return false;
    for (std::size_t place = 0; !waits_.empty(); ++place) {
        Waiting& wait = waits_.take_first();
        wait.place_ = place;
        wait.resume();
    }
    return true;
}

void Barrier::abort() noexcept {
    fail_all();
    broken_ = true;
}

void Barrier::reset() noexcept {
    fail_all();
    broken_ = false;
}

void Barrier::fail_all() noexcept {
    waits_.check_thread();
    while (!waits_.empty()) {
        Waiting& wait = waits_.take_first();
        wait.failed_ = true;
        wait.resume();
    }
}

std::size_t Barrier::Waiting::await_resume() const {
    raise_if_cancelled();
    if (failed_) throw BrokenBarrierError("the Barrier was aborted or reset before all had come");
    return place_;
}

std::string Barrier::Waiting::waits_for() const {
    return "a Barrier, " + std::to_string(barrier_.waiting()) + " of " + std::to_string(barrier_.parties()) +
           " have come";
}

} // namespace corduroy
