#include "output/console.hpp"

#include "output/descriptor.hpp"

#include <corduroy/async/attempt.hpp>

#include <sys/stat.h>

namespace fetch {

using corduroy::Task;

namespace {

bool same_file(int left, int right) noexcept {
    struct stat l{};
    struct stat r{};
    return left == right ||
           (fstat(left, &l) == 0 && fstat(right, &r) == 0 && l.st_dev == r.st_dev && l.st_ino == r.st_ino);
}

} // namespace

Console::Console(int lines) : lines_lane_(same_file(1, lines) ? &output_lane_ : &own_lines_lane_), lines_(lines) {}

Task<> Console::write(std::string_view bytes) { return write_alone(output_lane_, 1, bytes, "standard output"); }

Task<> Console::say(std::string line) { return say_as_it_is(std::move(line) + '\n'); }

Task<> Console::say_as_it_is(std::string text) {
    auto written = co_await attempt(write_alone(*lines_lane_, lines_, text, "standard error"));
    static_cast<void>(written);
}

Task<> Console::write_alone(Lane& lane, int fd, std::string_view bytes, std::string_view name) {
    while (lane.taken) co_await lane.free.wait();
    struct Hold {
        explicit Hold(Lane& l) noexcept : lane(l) { lane.taken = true; }
        Hold(const Hold&) = delete;
        ~Hold() {
            lane.taken = false;
            lane.free.ring();
        }
        Lane& lane;
    } hold(lane);
    co_await write_all(fd, bytes, name);
}

} // namespace fetch
