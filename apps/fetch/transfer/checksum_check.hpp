#pragma once

#include "options/checksum.hpp"
#include "transfer/hash.hpp"

#include <corduroy/async/task.hpp>
#include <corduroy/http/error.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fetch {

// A body that is complete is not the one that --checksum asks for.
class WrongChecksum : public corduroy::http::Error {
public:
    using Error::Error;
};

// Compares a body with its checksum, piece after piece; without one it does nothing.
class ChecksumCheck {
public:
    // Throws corduroy::Error where the algorithm is not to be had.
    explicit ChecksumCheck(std::optional<Checksum> wanted);

    void add(std::string_view bytes) {
        if (hash_) hash_->add(bytes);
    }
    // Adds the first so many bytes of a file, or all of a shorter one. Throws IoError.
    corduroy::Task<> add_file(std::string path, std::uint64_t size);
    // To be called when all was added, once. Throws WrongChecksum.
    void finish(std::string_view method, std::string_view url);

private:
    std::optional<Checksum> wanted_;
    std::optional<Hash> hash_;
};

} // namespace fetch
