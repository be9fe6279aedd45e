#pragma once

#include <corduroy/base/frame_pool.hpp>

#include <cstddef>
#include <utility>

namespace corduroy::detail {

class LocalBinding;

// A counted reference to the innermost of the bindings that hold somewhere, or to none. Bindings never change, so that
// those who see some of the same share them. On the reactor's thread only.
class LocalReference {
public:
    LocalReference() noexcept = default;
    explicit LocalReference(const LocalBinding* binding) noexcept;
    LocalReference(LocalReference&& other) noexcept : binding_(std::exchange(other.binding_, nullptr)) {}
    LocalReference& operator=(LocalReference&& other) noexcept {
        std::swap(binding_, other.binding_);
        return *this;
    }
    ~LocalReference();

    // What holds where this is called.
    static const LocalBinding* current() noexcept;

    const LocalBinding* get() const noexcept { return binding_; }

private:
    const LocalBinding* binding_ = nullptr;
};

// A value bound to a TaskLocal, and the bindings around it.
class LocalBinding : public FromFramePool {
public:
    LocalBinding(const void* key, LocalReference around) noexcept : key_(key), around_(std::move(around)) {}
    LocalBinding(const LocalBinding&) = delete;
    LocalBinding& operator=(const LocalBinding&) = delete;
    virtual ~LocalBinding() = default;

    // The binding of `key` among these, the innermost; null where there is none.
    static const LocalBinding* find(const LocalBinding* among, const void* key) noexcept;

private:
    friend class LocalReference;

    const void* key_;
    mutable LocalReference around_;
    mutable std::size_t references_ = 0;
};

} // namespace corduroy::detail
