#include <corduroy/async/shutdown_trigger.hpp>

#include <corduroy/async/root_task.hpp>
#include <corduroy/base/error.hpp>

namespace corduroy {

void ShutdownTrigger::set_bound(Duration bound) { entry_->bound = bound; }

void ShutdownTrigger::remove() { entry_->call = {}; }

ShutdownTrigger ShutdownTrigger::add(ShutdownPhase phase, std::shared_ptr<Entry> entry) {
    RootTask* root = RootTask::current();
    if (root == nullptr)
        throw Error("add_shutdown_trigger was called where no program runs that run or react would bring to its end");
    root->add_trigger(phase, entry);
    return ShutdownTrigger(std::move(entry));
}

} // namespace corduroy
