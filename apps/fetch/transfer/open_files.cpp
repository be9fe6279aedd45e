#include "transfer/open_files.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace fetch {

namespace {

// The standard ones, the ring and what wakes it, lists, reports, and the sockets that names are asked for on.
constexpr std::size_t needed_besides = 16;
// Of one that is fetched: the file that it is written to, one that is sent, and a second connection that is tried.
constexpr std::size_t needed_each = 3;

// How many there can be, each with a connection to keep in each operation's client.
std::size_t that_fit(std::size_t files, std::size_t clients) noexcept {
    if (files <= needed_besides) return 1;
    return std::max<std::size_t>((files - needed_besides) / (needed_each + clients), 1);
}

} // namespace

std::string fit_open_files(Options& options) {
    std::size_t clients = std::max<std::size_t>(options.operations.size(), 1);
    std::size_t wanted = needed_besides + options.parallel_max * needed_each +
                         clients * std::max(options.parallel_max, options.connections_max);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
    // All there can be: who knows how many bodies have to wait for their turn on standard output, each in a file.
    rlim_t granted = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = granted;
    if (limit.rlim_cur >= wanted) return {};
    std::size_t files = limit.rlim_cur;
    std::size_t most = that_fit(files, clients);
    bool fewer = most < options.parallel_max;
    options.parallel_max = std::min(options.parallel_max, most);
    std::size_t taken = needed_besides + options.parallel_max * needed_each;
    std::size_t left = files > taken ? (files - taken) / clients : 0;
    options.connections_max = std::min(options.connections_max, std::max(left, options.parallel_max));
    if (!fewer) return {};
    return "only " + std::to_string(most) + (most == 1 ? " URL is" : " URLs are") +
           " fetched at a time, for no more than " + std::to_string(files) + " files may be open (ulimit -n)";
}

} // namespace fetch
