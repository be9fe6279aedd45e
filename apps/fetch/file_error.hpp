#pragma once

#include <corduroy/base/error.hpp>

#include <string>

namespace fetch {

// What came could not be put where it was to go, or what was to be sent could not be read: no fault of the server's.
class FileError : public corduroy::Error {
public:
    enum class Doing { writing, reading };

    FileError(Doing doing, std::string message) : Error(std::move(message)), doing_(doing) {}

    Doing doing() const noexcept { return doing_; }

private:
    Doing doing_;
};

// Another URL of the run is written to the same file.
class NameTaken : public FileError {
public:
    explicit NameTaken(std::string message) : FileError(Doing::writing, std::move(message)) {}
};

} // namespace fetch
