#include <corduroy/async/local_binding.hpp>

#include <corduroy/async/cancel_scope.hpp>

namespace corduroy::detail {

LocalReference::LocalReference(const LocalBinding* binding) noexcept : binding_(binding) {
    if (binding_ != nullptr) ++binding_->references_;
}

LocalReference::~LocalReference() {
    // A binding that goes lets go of the one around it: a loop, for the row may be long.
    while (binding_ != nullptr && --binding_->references_ == 0) {
        const LocalBinding* gone = binding_;
        binding_ = std::exchange(gone->around_.binding_, nullptr);
        delete gone;
    }
}

const LocalBinding* LocalReference::current() noexcept {
    const CancelScope* scope = CancelScope::current();
    return scope != nullptr ? scope->locals() : nullptr;
}

const LocalBinding* LocalBinding::find(const LocalBinding* among, const void* key) noexcept {
    while (among != nullptr && among->key_ != key) among = among->around_.get();
    return among;
}

} // namespace corduroy::detail
