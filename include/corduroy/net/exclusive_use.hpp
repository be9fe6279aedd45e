#pragma once

#include <source_location>
#include <string>
#include <utility>

namespace corduroy::net {

// One direction of a stream, which one coroutine uses at a time; for those who write a ByteStream of their own. A use
// lasts as long as the Hold; a second one meanwhile throws an Error that names the places of both.
class ExclusiveUse {
public:
    class [[nodiscard("the use ends with it")]] Hold {
    public:
        Hold(Hold&& other) noexcept : use_(std::exchange(other.use_, nullptr)) {}
        Hold& operator=(Hold&&) = delete;
        ~Hold() {
            if (use_ != nullptr) use_->held_ = false;
        }

    private:
        friend class ExclusiveUse;
        explicit Hold(ExclusiveUse& use) noexcept : use_(&use) { use.held_ = true; }

        ExclusiveUse* use_;
    };

    ExclusiveUse() = default;
    ExclusiveUse(const ExclusiveUse&) = delete;
    ExclusiveUse& operator=(const ExclusiveUse&) = delete;

    // Begins a use. `what` says what it is, for the message: "read from 127.0.0.1:80"; it is called on conflict alone.
    template <class What>
    Hold hold(const std::source_location& site, What&& what) {
        if (held_) [[unlikely]]
            refuse(what(), site);
        site_ = site;
        return Hold(*this);
    }

    bool held() const noexcept { return held_; }
    // Where the use began that lasts, or was the last.
    const std::source_location& site() const noexcept { return site_; }

private:
    [[noreturn]] void refuse(const std::string& what, const std::source_location& site) const;

    std::source_location site_{};
    bool held_ = false;
};

} // namespace corduroy::net
