#include "output/ordered_output.hpp"

namespace fetch {

using corduroy::Task;

std::shared_ptr<Spool> OrderedOutput::add() {
    spools_.push_back(std::make_shared<Spool>(held_, changed_));
    bell_.ring();
    return spools_.back();
}

void OrderedOutput::finish() noexcept {
    finished_ = true;
    bell_.ring();
}

Task<> OrderedOutput::run() {
    std::string bytes;
    for (;;) {
        while (spools_.empty() && !finished_) co_await bell_.wait();
        if (spools_.empty()) co_return;
        for (;;) {
            bool more = co_await spools_.front()->take(bytes);
            if (!more) break;
            co_await console_.write(bytes);
        }
        spools_.pop_front();
    }
}

} // namespace fetch
