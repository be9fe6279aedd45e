#pragma once

#include <exception>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

namespace corduroy {

// An exception kept as a value, with the await sites it came through (Twisted's Failure). Copies share one record; a
// default-constructed one is empty and stands for "no failure".
class Failure {
public:
    Failure() noexcept = default;
    explicit Failure(std::exception_ptr exception) noexcept : exception_(std::move(exception)) {}

    // The exception being handled; for use in a catch block.
    static Failure current() noexcept { return Failure(std::current_exception()); }

    explicit operator bool() const noexcept { return exception_ != nullptr; }
    const std::exception_ptr& exception() const noexcept { return exception_; }

    // The words of the exception; "cancelled" for Cancelled; for what is no std::exception, the name of its type.
    std::string message() const;

    [[noreturn]] void rethrow() const { std::rethrow_exception(exception_); }

    // Whether the exception is an E, or one of several (Twisted's check).
    template <class... E>
    bool check() const {
        return exception_ != nullptr && (is<E>() || ...);
    }

    // Whether it is a scope's cancellation, `Cancelled`; cheaper than `check`.
    bool cancelled() const noexcept;

    // Throws the exception on unless it is an E, or one of several (Twisted's trap).
    template <class... E>
    void trap() const {
        if (!check<E...>()) rethrow();
    }

    // The type and message, then a line "  file:line function" for each await site, the innermost first, then what rode
    // along.
    std::string traceback() const;

    // The await sites, the innermost first. Sites added to one copy show in none made before.
    std::vector<std::source_location> sites() const;
    void add_site(std::source_location site);

    // Failures of others that ran beside the one that failed first.
    std::vector<Failure> suppressed() const;
    void add_suppressed(Failure failure);

private:
    struct Detail;

    template <class E>
    bool is() const;
    Detail& own_detail();

    std::exception_ptr exception_;
    std::shared_ptr<Detail> detail_;
};

template <class E>
bool Failure::is() const {
    try {
        std::rethrow_exception(exception_);
    } catch (const E&) {
        return true;
    } catch (...) {
        return false;
    }
}

} // namespace corduroy
