#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace corduroy {

namespace detail {
struct FailureNote;
}

// An exception that is kept, with the places it came through and the failures that rode along with it (Twisted's
// Failure). A value: copies are cheap and know nothing of each other's later additions, and the exception itself is
// shared. A default-constructed or moved-from Failure is empty, which `operator bool` tells.
//
// Different threads may use different copies at the same time; the exception object is then shared between them, as
// with any std::exception_ptr.
class [[nodiscard]] Failure {
public:
    Failure() noexcept = default;

    // A null pointer makes an empty Failure.
    explicit Failure(std::exception_ptr exception) noexcept : exception_(std::move(exception)) {}

    // The exception that is being handled; to be called in a catch block. Empty elsewhere.
    static Failure current() noexcept { return Failure(std::current_exception()); }

    // A Failure of an exception that was never thrown.
    template <class E>
    static Failure of(E error) noexcept {
        return Failure(std::make_exception_ptr(std::move(error)));
    }

    // The same of the exception that `make` returns; where making it fails, for want of memory above all, of what that
    // throws. For places that must not throw.
    template <class Make>
    static Failure made_by(Make&& make) noexcept {
        try {
            return of(make());
        } catch (...) {
            return current();
        }
    }

    Failure(const Failure& other) noexcept : exception_(other.exception_), notes_(other.notes_) {
        if (notes_) retain(notes_);
    }
    Failure(Failure&& other) noexcept
        : exception_(std::move(other.exception_)), notes_(std::exchange(other.notes_, nullptr)) {}
    Failure& operator=(Failure other) noexcept {
        std::swap(exception_, other.exception_);
        std::swap(notes_, other.notes_);
        return *this;
    }
    ~Failure() {
        if (notes_) release(notes_);
    }

    explicit operator bool() const noexcept { return exception_ != nullptr; }

    const std::exception_ptr& exception() const noexcept { return exception_; }

    // what() of a std::exception; "cancelled", or "<phase> was cancelled", with ": <reason>" where there is one, for
    // Cancelled; "unknown exception <type>" for anything else.
    std::string message() const;

    // The type of the exception, by its name in the source: "corduroy::IoError".
    std::string type() const;

    // Throws the exception.
    [[noreturn]] void rethrow() const;

    // True if the exception is one of E, or of a class derived from one.
    template <class... E>
    bool check() const {
        return (is<E>() || ...);
    }

    // True if it is the cancellation of a scope, `Cancelled`: check<Cancelled>(), without the cost of throwing.
    bool cancelled() const noexcept;

    // The exception as an E, or null where it is none: `if (auto* error = failure.as<IoError>()) … error->code()`. It
    // lives as long as a copy of this Failure.
    template <class E>
    const E* as() const noexcept {
        static_assert(!std::is_pointer_v<E>, "a pointer that was thrown is caught by rethrow alone");
        if (!exception_) return nullptr;
        try {
            std::rethrow_exception(exception_); // the exception itself and no copy, by the Itanium C++ ABI
        } catch (const E& error) {
            return std::addressof(error);
        } catch (...) {
            return nullptr;
        }
    }

    // Throws the exception unless it is an E: what is not trapped goes on. Gives the exception; of several types, the
    // index of the first that it is. (Twisted's trap.)
    template <class E>
    const E& trap() const {
        if (const E* error = as<E>()) return *error;
        rethrow();
    }
    template <class... E>
        requires(sizeof...(E) != 1)
    std::size_t trap() const {
        std::size_t index = 0;
        if ((... || (is<E>() || (++index, false)))) return index;
        rethrow();
    }

    // Notes a place that the exception came through, each further out than those noted before. Where there is no memory
    // for this or any other note it is left out: the exception is what counts.
    void add_site(const std::source_location& site) noexcept;
    // The places, from the innermost out.
    std::vector<std::source_location> sites() const;

    // Notes a failure that happened beside this one and cannot be thrown as well, with those that rode along with it.
    void add_suppressed(Failure failure) noexcept;
    // The failures that rode along, in the order in which they were added.
    std::vector<Failure> suppressed() const;

    // The same failure told by another exception, which has come the same way and keeps what rode along.
    Failure retold(std::exception_ptr exception) const;
    // The failure and its way, without what rode along.
    Failure alone() const noexcept;

    // For people, several lines, without an end of line after the last: type and message, a line "  file:line function"
    // for each site, and the same of each suppressed failure, indented. It leaves out the sites in Corduroy's own
    // machinery (namespace corduroy::detail), and of very many it shows the first and the last.
    std::string traceback() const;

private:
    template <class E>
    bool is() const {
        if (!exception_) return false;
        try {
            std::rethrow_exception(exception_);
        } catch (const E&) {
            return true;
        } catch (...) {
            return false;
        }
    }

    static void retain(detail::FailureNote* notes) noexcept;
    static void release(detail::FailureNote* notes) noexcept;
    void add_note(const std::source_location& site, Failure suppressed) noexcept;

    std::exception_ptr exception_;
    // The latest note; each knows the one before it and never changes, so that copies share what they have in common.
    detail::FailureNote* notes_ = nullptr;
};

} // namespace corduroy
