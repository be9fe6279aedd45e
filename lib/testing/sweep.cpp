#include <corduroy/testing/sweep.hpp>

#include "testing/sweep_run.hpp"
#include "testing/sweep_watch.hpp"

#include <corduroy/base/names.hpp>

#include <cerrno>
#include <exception>
#include <initializer_list>
#include <unistd.h>
#include <utility>

namespace corduroy::sweep {

using kernel::Opcode;
using testing::Fault;
using namespace std::chrono_literals;

namespace {

std::vector<int> errors_of(const kernel::Description& what) {
    switch (what.opcode) {
    case Opcode::accept:
        return {EMFILE, ECONNABORTED, EINTR, EAGAIN, ENOBUFS, ECANCELED};
    case Opcode::socket:
        return {EMFILE, ENOBUFS, ECANCELED};
    case Opcode::connect:
        return {ECONNREFUSED, ETIMEDOUT, EINTR, ENOBUFS, ECANCELED};
    case Opcode::receive:
        if (what.provided_buffer) return {ECONNRESET, EINTR, EAGAIN, ENOBUFS, ECANCELED};
        return {ECONNRESET, EINTR, EAGAIN, ECANCELED};
    case Opcode::send:
        return {EPIPE, ECONNRESET, EINTR, EAGAIN, ENOBUFS, ECANCELED};
    case Opcode::read:
        return {EIO, EINTR};
    case Opcode::write:
        return {EIO, ENOSPC, EINTR};
    case Opcode::open:
        return {EMFILE, EACCES, EINTR};
    case Opcode::poll:
        return {EINTR, ECANCELED};
    case Opcode::shutdown:
        return {EINTR};
    default:
        return {};
    }
}

// All that can befall such an operation.
std::vector<Fault> faults_of(const kernel::Description& what) {
    std::vector<Fault> faults;
    for (int error : errors_of(what)) faults.push_back(Fault::error(error));
    for (const Fault& fault : {Fault::shorten(1), Fault::delay(10ms), Fault::hold(10ms)})
        if (fault.suits(what)) faults.push_back(fault);
    return faults;
}

// Says which point it was that ended the program by std::terminate, such as by an exception in a noexcept function.
class PointNamed {
public:
    PointNamed(const std::string& name, const std::string& place)
        : text_("corduroy: " + name + ", " + place + ", ended the program: {.only = \"" + name + "\"}\n") {
        latest_ = this;
        before_ = std::set_terminate([] {
            [[maybe_unused]] auto written = ::write(STDERR_FILENO, latest_->text_.data(), latest_->text_.size());
            latest_->before_();
        });
    }
    PointNamed(const PointNamed&) = delete;
    PointNamed& operator=(const PointNamed&) = delete;
    ~PointNamed() { std::set_terminate(before_); }

private:
    static inline PointNamed* latest_ = nullptr;

    std::string text_;
    std::terminate_handler before_;
};

// Runs points one by one and collects what came of them.
class Sweep {
public:
    Sweep(const Scenario& scenario, const Settings& settings) : scenario_(scenario), settings_(settings) {}

    // The undisturbed run, which counts; false where it goes wrong by itself.
    bool count(Run& run) {
        run.execute();
        if (run.faults().empty()) return true;
        convict_undisturbed(run.faults());
        return false;
    }
    Report refuse(std::string why) {
        convict_undisturbed({std::move(why)});
        return take();
    }

    // A point for each of these sites.
    template <class Disturb>
    void sites(const std::string& kind, std::string_view where, const Run::Sites& sites, Disturb disturb) {
        std::uint64_t n = 0;
        for (const std::source_location& site : sites) {
            ++n;
            std::string place = site.line() != 0 ? std::string(where) + site_text(site)
                                                 : "before the coroutine's first await, or outside of any";
            point(kind + " " + std::to_string(n), place, [&](Run& run) { disturb(run, n); });
        }
    }

    template <class Disturb>
    void point(const std::string& name, const std::string& place, Disturb disturb) {
        if (!settings_.only.empty() && settings_.only != name) return;
        Run run(scenario_, settings_);
        disturb(run);
        PointNamed named(name, place);
        run.execute();
        ++report_.points;
        if (!run.faults().empty()) report_.convictions.push_back({name, place, run.faults()});
    }

    Report take() { return std::move(report_); }

private:
    void convict_undisturbed(std::vector<std::string> faults) {
        report_.points = 1;
        report_.convictions.push_back({"undisturbed", "nowhere", std::move(faults)});
    }

    const Scenario& scenario_;
    const Settings& settings_;
    Report report_;
};

} // namespace

std::string Report::text() const {
    static constexpr std::size_t shown = 8;
    std::string text = std::to_string(points - convictions.size()) + " of " + std::to_string(points) + " points passed";
    for (std::size_t i = 0; i < convictions.size() && i < shown; ++i) {
        const Conviction& conviction = convictions[i];
        text += "\n" + conviction.point + ", " + conviction.place + ":";
        for (const std::string& fault : conviction.faults) text += "\n    " + fault;
        text += "\n    this one alone: {.only = \"" + conviction.point + "\"}";
    }
    if (convictions.size() > shown) text += "\nand " + std::to_string(convictions.size() - shown) + " more";
    return text;
}

Report& Report::operator+=(Report other) {
    points += other.points;
    for (Conviction& conviction : other.convictions) convictions.push_back(std::move(conviction));
    return *this;
}

Report cancel(const Scenario& scenario, const Settings& settings) {
    Sweep sweep(scenario, settings);
    Run counted(scenario, settings);
    if (!sweep.count(counted)) return sweep.take();
    sweep.sites("cancel-waiting", "at ", counted.suspensions(), [](Run& run, std::uint64_t n) { run.cancel_at(n); });
    std::uint64_t held = 0; // of those that can be, which the fault counts alone
    for (const kernel::Description& what : counted.operations()) {
        if (!Fault::hold(1ms).suits(what)) continue;
        std::uint64_t n = ++held;
        sweep.point("cancel-racing " + std::to_string(n), kernel::operation_text(what) + " has just ended",
                    [n](Run& run) { run.strike(n, Fault::hold(1ms), true); });
    }
    return sweep.take();
}

Report raise(const Scenario& scenario, const Settings& settings) {
    Sweep sweep(scenario, settings);
    Run counted(scenario, settings);
    if (!sweep.count(counted)) return sweep.take();
    std::exception_ptr raised = settings.raised ? settings.raised : std::make_exception_ptr(Raised());
    sweep.sites("raise", "at ", counted.waits(), [&](Run& run, std::uint64_t n) { run.raise_at(n, raised); });
    return sweep.take();
}

Report allocation(const Scenario& scenario, const Settings& settings) {
    Sweep sweep(scenario, settings);
    if (!memory_is_watched())
        return sweep.refuse("this program's operator new does not ask the sweep: write CORDUROY_SWEEP_MEMORY, of "
                            "corduroy/testing/sweep_memory.hpp, in one of its source files");
    Run first(scenario, settings); // allocates what is allocated once in a program
    first.execute();
    Run counted(scenario, settings);
    if (!sweep.count(counted)) return sweep.take();
    sweep.sites("allocation", "behind ", counted.allocations(), [](Run& run, std::uint64_t n) { run.refuse_at(n); });
    return sweep.take();
}

Report fault(const Scenario& scenario, const Settings& settings) {
    Sweep sweep(scenario, settings);
    Run counted(scenario, settings);
    if (!sweep.count(counted)) return sweep.take();
    const auto& operations = counted.operations();
    for (std::size_t i = 0; i < operations.size(); ++i) {
        std::size_t kind = 0;
        for (const Fault& fault : faults_of(operations[i])) {
            std::uint64_t n = 0; // its place among those that this fault suits
            for (std::size_t j = 0; j <= i; ++j) n += fault.suits(operations[j]) ? 1 : 0;
            std::string name = "fault " + std::to_string(i + 1) + "." + std::to_string(++kind);
            sweep.point(name, kernel::operation_text(operations[i]) + " " + fault.text(),
                        [&](Run& run) { run.strike(n, fault, false); });
        }
    }
    return sweep.take();
}

Report all(const Scenario& scenario, const Settings& settings) {
    Report report = cancel(scenario, settings);
    report += raise(scenario, settings);
    report += allocation(scenario, settings);
    report += fault(scenario, settings);
    return report;
}

} // namespace corduroy::sweep
