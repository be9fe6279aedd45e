#pragma once

#include "spool.hpp"

#include <memory>
#include <string>

namespace fetch {

// One URL to be fetched, and where its body goes: to a file, or into a spool, or, with neither, nowhere.
struct Job {
    std::string url;
    std::string file;
    std::shared_ptr<Spool> spool;
};

} // namespace fetch
