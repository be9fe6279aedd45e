#pragma once

#include "testing/sim_object.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace corduroy::sim {

// The files of a SimKernel: contents by path. An open file keeps its contents though the path is removed.
class FileStore {
public:
    using Contents = std::shared_ptr<std::string>;

    explicit FileStore(ReadyQueue& ready) : ready_(ready) {}

    // open(2), without access modes: `file` on success, which gives 0; else -errno.
    std::int32_t open(const char* path, int flags, std::shared_ptr<Object>& file);

    void put(std::string_view path, std::string_view contents);
    std::optional<std::string> get(std::string_view path) const;
    // False where there is none.
    bool remove(std::string_view path);
    // rename(2) and the size in stat(2); what they give, or -errno.
    int rename(std::string_view from, std::string_view to);
    std::int64_t size(std::string_view path) const;

private:
    ReadyQueue& ready_;
    std::map<std::string, Contents, std::less<>> files_;
};

} // namespace corduroy::sim
