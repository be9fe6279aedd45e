#include <corduroy/base/failure.hpp>

#include <corduroy/base/cancelled.hpp>
#include <corduroy/base/fatal.hpp>
#include <corduroy/base/names.hpp>

#include <algorithm>
#include <atomic>
#include <cxxabi.h>
#include <new>
#include <typeinfo>

namespace corduroy {

// Either a site or a suppressed failure. A list of them, shared by all Failures whose notes begin the same way: a
// failure that comes up a deep chain of Tasks, each of which keeps it, thus costs one note a level.
struct detail::FailureNote {
    std::atomic<unsigned> holders = 1;
    FailureNote* earlier;
    std::source_location site;
    Failure suppressed;
};

void Failure::retain(detail::FailureNote* notes) noexcept { notes->holders.fetch_add(1, std::memory_order_relaxed); }

void Failure::release(detail::FailureNote* notes) noexcept {
    // A loop, as the list may be as long as a chain of Tasks is deep. Suppressed failures hold no others, so this nests
    // once.
    while (notes != nullptr && notes->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        detail::FailureNote* earlier = notes->earlier;
        delete notes;
        notes = earlier;
    }
}

void Failure::add_note(const std::source_location& site, Failure suppressed) noexcept {
    if (auto* note = new (std::nothrow) detail::FailureNote{.earlier = notes_, .site = site, .suppressed = {}}) {
        note->suppressed = std::move(suppressed);
        notes_ = note;
    }
}

std::string Failure::message() const {
    if (!exception_) return "no failure";
    try {
        std::rethrow_exception(exception_);
    } catch (const std::exception& error) {
        return error.what();
    } catch (const Cancelled& cancelled) {
        std::string text = cancelled.phase().empty() ? "cancelled" : cancelled.phase() + " was cancelled";
        return cancelled.reason().empty() ? text : text + ": " + cancelled.reason();
    } catch (...) {
        return "unknown exception " + type();
    }
}

std::string Failure::type() const {
    if (!exception_) return {};
    try {
        std::rethrow_exception(exception_);
    } catch (...) {
        const std::type_info* type = abi::__cxa_current_exception_type();
        return type ? readable_type(*type) : "of another language";
    }
}

bool Failure::cancelled() const noexcept {
#ifdef __GLIBCXX__
    return exception_ && *exception_.__cxa_exception_type() == typeid(Cancelled);
#else
    return check<Cancelled>();
#endif
}

void Failure::rethrow() const {
    if (!exception_) fatal("an empty Failure was asked to throw its exception");
    std::rethrow_exception(exception_);
}

void Failure::add_site(const std::source_location& site) noexcept { add_note(site, {}); }

std::vector<std::source_location> Failure::sites() const {
    std::vector<std::source_location> sites;
    for (const auto* note = notes_; note != nullptr; note = note->earlier) {
        if (!note->suppressed) sites.push_back(note->site);
    }
    std::reverse(sites.begin(), sites.end());
    return sites;
}

void Failure::add_suppressed(Failure failure) noexcept {
    if (!failure) return;
    std::vector<Failure> along;
    try {
        along = failure.suppressed();
    } catch (const std::bad_alloc&) {
        return add_note({}, Failure(failure.exception_));
    }
    add_note({}, along.empty() ? std::move(failure) : failure.alone());
    for (Failure& other : along) add_note({}, std::move(other));
}

std::vector<Failure> Failure::suppressed() const {
    std::vector<Failure> failures;
    for (const auto* note = notes_; note != nullptr; note = note->earlier) {
        if (note->suppressed) failures.push_back(note->suppressed);
    }
    std::reverse(failures.begin(), failures.end());
    return failures;
}

Failure Failure::retold(std::exception_ptr exception) const {
    Failure told(std::move(exception));
    if (notes_) retain(notes_);
    told.notes_ = notes_;
    return told;
}

Failure Failure::alone() const noexcept {
    Failure told(exception_);
    try {
        for (const std::source_location& site : sites()) told.add_site(site);
    } catch (const std::bad_alloc&) {
        // Then without its way.
    }
    return told;
}

std::string Failure::traceback() const {
    if (!exception_) return message();
    std::string text = type() + ": " + message();
    for (const std::string& line : site_lines(sites())) text += "\n  " + line;
    for (const Failure& other : suppressed()) {
        text += "\n  suppressed: ";
        for (char character : other.traceback()) {
            text += character;
            if (character == '\n') text += "  ";
        }
    }
    return text;
}

} // namespace corduroy
