#include <corduroy/async/deferred/deferred_error.hpp>

#include <corduroy/base/names.hpp>

#include "async/deferred/deferred_cancelled.hpp"

namespace corduroy {

std::string detail::created_at(const std::source_location& created) {
    return "the Deferred created at " + site_text(created);
}

AlreadyCalledError::AlreadyCalledError(const std::source_location& created, const std::source_location& first_fired,
                                       const std::source_location& fired_again)
    : Error(detail::created_at(created) + " was fired twice: first at " + site_text(first_fired) + ", again at " +
            site_text(fired_again)),
      created_(created), first_fired_(first_fired) {}

AbandonedError::AbandonedError(const std::source_location& created)
    : Error(detail::created_at(created) + " was abandoned: nobody is left who could fire it") {}

} // namespace corduroy
