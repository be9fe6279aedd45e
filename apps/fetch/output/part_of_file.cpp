#include "output/part_of_file.hpp"

#include "output/descriptor.hpp"
#include "output/line_file.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/os/file.hpp>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <span>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fetch {

using corduroy::Task;
namespace os = corduroy::os;

namespace {

// ".part.tag", or the number that stands behind a part whose name is taken.
constexpr std::size_t room_for_ending = 10;

constexpr mode_t mark = S_ISVTX;

// False where another run has it. Where nothing can be locked, as on some network's disks, it is ours.
bool lock(int fd) noexcept { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

bool truncate(int fd) noexcept { return ::ftruncate(fd, 0) == 0; }

// Whether it still has the name: before it was locked another run may have made it whole.
bool is_named(int fd, const std::string& name) noexcept {
    struct stat opened{};
    struct stat named{};
    if (::fstat(fd, &opened) != 0 || ::lstat(name.c_str(), &named) != 0) return false;
    return opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// Whether it is a part that nobody writes any more; then it is locked. Where nothing can be locked nobody knows.
bool is_left(int fd, const std::string& name) noexcept {
    struct stat opened{};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0 || ::fstat(fd, &opened) != 0 || !is_named(fd, name)) return false;
    return S_ISREG(opened.st_mode) && (opened.st_mode & mark) != 0 && opened.st_uid == ::geteuid();
}

} // namespace

std::string part_name(const std::string& file) {
    std::size_t name = file.rfind('/') + 1;
    if (file.size() - name + room_for_ending <= NAME_MAX) {
        std::string part;
        part.reserve(file.size() + room_for_ending); // for a tag's name as well
        return part.append(file).append(".part");
    }
    char number[17];
    std::snprintf(number, sizeof number, "%016zx", std::hash<std::string_view>()(std::string_view(file).substr(name)));
    return file.substr(0, name + NAME_MAX - room_for_ending - sizeof number) + "." + number + ".part";
}

std::string tag_name(const std::string& file) { return part_name(file).append(".tag"); }

Task<PartOfFile> find_part(std::string file) {
    PartOfFile part;
    if (os::file_size(tag_name(file))) {
        part.size = os::file_size(part_name(file)).value_or(0);
        part.tag.resize(1024);
        os::File opened = co_await os::File::open(tag_name(file));
        std::size_t size = co_await opened.read_some(std::as_writable_bytes(std::span(part.tag)));
        part.tag.resize(size);
        part.tag.erase(part.tag.find_last_not_of('\n') + 1);
        if (part.tag.empty()) part.size = 0;
    } else {
        part.size = os::file_size(file).value_or(0);
    }
    co_return part;
}

Task<std::optional<int>> make_part(std::string name) {
    auto made = co_await corduroy::attempt(open_new(name, 0666 | mark));
    if (made) {
        OpenFile part(*made);
        if (lock(part.get()) && is_named(part.get(), name)) co_return part.release();
        co_return std::nullopt; // one that began at the same time has taken it over
    }
    const auto* error = made.failure().as<corduroy::IoError>();
    if (error == nullptr || error->code().value() != EEXIST) made.failure().rethrow();
    auto there = co_await corduroy::attempt(open_to_take_over(name));
    if (!there) co_return std::nullopt;
    OpenFile part(*there);
    if (is_left(part.get(), name) && truncate(part.get())) co_return part.release();
    co_return std::nullopt;
}

Task<std::optional<int>> open_tagged_part(std::string name, std::uint64_t from) {
    Task<int> opening = from == 0 ? open_as_it_is(name, 0666 | mark) : open_to_take_over(name);
    OpenFile part(co_await std::move(opening));
    bool ours = lock(part.get()) && is_named(part.get(), name);
    if (ours && from == 0) ours = truncate(part.get());
    // Another run may have gone on with it since it was looked at.
    if (ours && from != 0) ours = ::lseek(part.get(), 0, SEEK_END) == static_cast<off_t>(from);
    if (ours) co_return part.release();
    co_return std::nullopt;
}

void unmark_part(int fd) noexcept {
    struct stat status{};
    if (::fstat(fd, &status) == 0 && (status.st_mode & mark) != 0)
        static_cast<void>(::fchmod(fd, status.st_mode & 07777 & ~mark));
}

void set_part_permissions(int fd, mode_t permissions) noexcept {
    static_cast<void>(::fchmod(fd, (permissions & 0777) | mark));
}

Task<> write_tag(const std::string& file, const std::string& tag) {
    LineFile lines(tag_name(file));
    co_await lines.open();
    co_await lines.add(tag);
}

} // namespace fetch
