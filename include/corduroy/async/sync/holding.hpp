#pragma once

#include <corduroy/base/error.hpp>

#include <string>
#include <utility>

namespace corduroy {

// What one has of a `Source` that is to be given back: a Lock, or a token of a Semaphore. It is given back when this is
// destroyed, on every way out of the scope, or earlier by `release`. It can be moved, and only by that does it change
// hands. The Source must outlive it.
template <class Source>
class [[nodiscard("it is given back at once when nothing holds it")]] Holding {
public:
    // Holds nothing.
    Holding() noexcept = default;
    Holding(Holding&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {
        if (source_ != nullptr) source_->handed_on();
    }
    Holding& operator=(Holding&& other) noexcept {
        Holding previous(std::move(*this));
        source_ = std::exchange(other.source_, nullptr);
        if (source_ != nullptr) source_->handed_on();
        return *this;
    }
    ~Holding() {
        if (source_ != nullptr) source_->give_back();
    }

    // Whether it holds anything: not once it was released or moved from.
    explicit operator bool() const noexcept { return source_ != nullptr; }

    // Gives it back now. Throws an Error where it holds nothing: only who holds something can give it back.
    void release() {
        if (source_ == nullptr) [[unlikely]]
            throw Error(std::string("release of ") + Source::held_thing + " that is not held");
        std::exchange(source_, nullptr)->give_back();
    }

private:
    friend Source;
    explicit Holding(Source& source) noexcept : source_(&source) {}

    Source* source_ = nullptr;
};

} // namespace corduroy
