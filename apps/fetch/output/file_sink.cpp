#include "output/file_sink.hpp"

#include "file_error.hpp"
#include "output/descriptor.hpp"
#include "output/part_of_file.hpp"

#include <corduroy/async/attempt.hpp>
#include <corduroy/base/error.hpp>
#include <corduroy/os/file.hpp>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace fetch {

using corduroy::IoError;
using corduroy::Task;
namespace fs = std::filesystem;
namespace os = corduroy::os;

namespace {

// Names that are tried where the one that was wanted is taken; curl tries as many.
constexpr int most_names = 100;

std::string numbered(const std::string& name, int number) {
    return number == 0 ? name : name + "." + std::to_string(number);
}

// The first of the numbered names that `take` can take; it says false, with EEXIST, where another file has it. `doing`
// stands before the name where something else is wrong.
template <class Take>
std::string take_free_name(const std::string& wanted, const std::string& doing, Take take) {
    for (int number = 0;; ++number) {
        std::string name = numbered(wanted, number);
        if (take(name)) return name;
        if (errno != EEXIST || number == most_names) throw IoError(doing + name, errno);
    }
}

// Gives the file a name that no other has; false, with the reason in errno, where that cannot be.
bool move_to_free(const std::string& from, const std::string& to) noexcept {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

// Where a symbolic link leads, whether there is a file or not: that is what gets the name, and the link stays.
std::string end_of_links(const std::string& path) {
    constexpr int most_links = 40; // as Linux has it
    std::error_code error;
    fs::path end = path;
    for (int links = 0; fs::is_symlink(fs::symlink_status(end, error)); ++links) {
        if (links == most_links) throw IoError("open " + path, ELOOP);
        fs::path target = fs::read_symlink(end, error);
        if (error) throw IoError("open " + path, error.value());
        end = end.parent_path() / target;
    }
    return end.string();
}

[[noreturn]] void raise_written(const std::string& part) {
    throw FileError(FileError::Doing::writing, part + " is being written by another run");
}

} // namespace

FileSink::~FileSink() { give_up(); }

void FileSink::give_up() noexcept {
    if (appends_ && fd_ >= 0) {
        // What cannot be taken back stays, as it does with curl.
        if (size_before_)
            static_cast<void>(!::ftruncate(fd_, static_cast<off_t>(*size_before_)));
        else
            ::unlink(path_.c_str());
    }
    if (manner_.keep_part && has_tag_) save_block();
    // Only then, for it is locked so long: another run must not take over what is going to be removed.
    OpenFile closing(std::exchange(fd_, -1));
    if (written_path_.empty() && has_tag_ && manner_.from == 0) ::unlink(tag_name(path_).c_str());
    if (written_path_.empty() || nameless_ || written_path_ == path_ || (manner_.keep_part && has_tag_)) return;
    if (was_file_)
        static_cast<void>(::rename(written_path_.c_str(), path_.c_str()));
    else
        ::unlink(written_path_.c_str());
}

void FileSink::discard() noexcept {
    if (has_tag_) ::unlink(tag_name(path_).c_str());
    has_tag_ = was_file_ = false;
}

Task<> FileSink::open() {
    // What is small gets its name so soon that one look is enough, and something that came in between is seen then.
    unseen_ = manner_.was_free && may_be_small() && !manner_.create_dirs && !manner_.append;
    if (unseen_) co_return;
    struct stat status{};
    bool exists = ::lstat(path_.c_str(), &status) == 0;
    if (manner_.is_new && !manner_.no_clobber && exists) throw IoError("create " + path_, EEXIST);
    if (exists && S_ISLNK(status.st_mode)) {
        path_ = end_of_links(path_);
        exists = ::stat(path_.c_str(), &status) == 0;
    }
    if (manner_.create_dirs) make_directories();
    bool special = exists && !S_ISREG(status.st_mode);
    if (manner_.append && !special) co_return co_await open_behind();
    if (special) {
        fd_ = co_await open_to_write(path_);
        written_path_ = path_;
        co_return;
    }
    // Nobody shall read what comes who could not read what was there.
    if (exists && replaces()) permissions_ = status.st_mode & 0777;
    if (!may_be_small()) co_await open_part();
}

void FileSink::make_directories() const {
    fs::path directory = fs::path(path_).parent_path();
    if (directory.empty()) return;
    std::error_code error;
    fs::create_directories(directory, error);
    if (error) throw IoError("make the directory " + directory.string(), error.value());
}

Task<> FileSink::open_part() {
    co_await open_marked();
    marked_ = true;
    if (permissions_ && !was_file_) set_part_permissions(fd_, *permissions_);
}

Task<> FileSink::open_marked() {
    std::string part = part_name(path_);
    std::error_code error;
    has_tag_ = os::file_size(tag_name(path_)).has_value();
    if (manner_.from == 0) {
        // Whoever kills us leaves no part without its tag, which the next run would take for somebody else's, nor an
        // old part with a new tag.
        bool part_is_ours = std::exchange(has_tag_, false);
        bool tag_goes_first = !part_is_ours && !manner_.tag.empty() && !fs::exists(part, error);
        if (tag_goes_first) {
            co_await write_tag(path_, manner_.tag);
            has_tag_ = true;
        }
        co_await open_new(part_is_ours || tag_goes_first);
        if (tag_goes_first) co_return;
        if (part_is_ours && manner_.tag.empty() && written_path_ == part) ::unlink(tag_name(path_).c_str());
    } else {
        // Without a tag it is the file itself that is gone on with (see find_part), and not a part that lies beside it.
        // It is locked before it has the name of a part, which another run could take over.
        const std::string& there = has_tag_ ? part : path_;
        auto opened = co_await open_tagged_part(there, manner_.from);
        if (!opened) raise_written(there);
        fd_ = *opened;
        if (has_tag_)
            written_path_ = part;
        else
            take_file();
    }
    if (manner_.tag.empty() || written_path_ != part) co_return;
    co_await write_tag(path_, manner_.tag);
    has_tag_ = true;
}

Task<> FileSink::open_new(bool part_is_ours) {
    std::string part = part_name(path_);
    if (part_is_ours) {
        auto opened = co_await open_tagged_part(part, 0);
        if (opened) {
            fd_ = *opened;
            written_path_ = part;
            co_return;
        }
        if (manner_.keep_part) raise_written(part);
    }
    for (int number = 0;; ++number) {
        std::string name = numbered(part, number);
        auto made = co_await make_part(name);
        if (made) {
            fd_ = *made;
            written_path_ = std::move(name);
            co_return;
        }
        if (number == most_names) throw IoError("make " + name, EEXIST);
    }
}

void FileSink::take_file() {
    auto move = [this](const std::string& name) { return move_to_free(path_, name); };
    written_path_ = take_free_name(part_name(path_), "rename " + path_ + " to ", move);
    was_file_ = true;
}

Task<> FileSink::open_behind() {
    size_before_ = os::file_size(path_);
    fd_ = co_await open_to_append(path_);
    written_path_ = path_;
    appends_ = true;
}

Task<> FileSink::write(std::string_view bytes) {
    if (fd_ < 0) {
        if (gathered_.empty() && bytes.size() == manner_.size) co_return co_await write_small(bytes);
        if (gathered_.size() + bytes.size() <= small_size) {
            gathered_.reserve(static_cast<std::size_t>(*manner_.size));
            gathered_.append(bytes);
            co_return;
        }
        co_await open_part();
        co_await write_all(fd_, gathered_, written_path_);
        gathered_ = {};
    }
    if (block_.add(bytes)) {
        if (bytes.size() < large_piece || block_.nearly_full()) co_await write_block();
        co_return;
    }
    if (!block_.holds_nothing()) co_await write_block();
    co_await write_all(fd_, bytes, written_path_);
}

std::span<std::byte> FileSink::room() {
    if (!block_ && is_large() && fd_ >= 0) block_ = Block::take();
    return block_.room();
}

Task<> FileSink::write_block() { return write_all(fd_, block_.take_held(), written_path_); }

void FileSink::save_block() noexcept {
    std::string_view held = block_.take_held();
    while (!held.empty()) {
        ssize_t written = ::write(fd_, held.data(), held.size());
        if (written <= 0) return; // another run has the rest to fetch
        held.remove_prefix(static_cast<std::size_t>(written));
    }
}

Task<> FileSink::write_small(std::string_view bytes) {
    std::string part = part_name(path_);
    if (unseen_ && replaces() && can_link_nameless()) {
        auto nameless = co_await corduroy::attempt(open_nameless(path_, 0666));
        if (nameless) {
            fd_ = *nameless;
            nameless_ = true;
            written_path_ = std::move(part); // as it is called where something goes wrong
            co_return co_await write_all(fd_, bytes, written_path_);
        }
    }
    auto made = co_await corduroy::attempt(fetch::open_new(part, 0666));
    if (made) {
        fd_ = *made;
        written_path_ = std::move(part);
        if (permissions_) ::fchmod(fd_, *permissions_);
    } else {
        const auto* error = made.failure().as<IoError>();
        if (error == nullptr || error->code().value() != EEXIST) made.failure().rethrow();
        co_await open_part();
    }
    co_await write_all(fd_, bytes, written_path_);
}

Task<> FileSink::complete() {
    if (fd_ < 0) co_await write_small(gathered_);
    if (!block_.holds_nothing()) co_await write_block();
    if (manner_.modified) {
        const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_NOW}, {.tv_sec = *manner_.modified, .tv_nsec = 0}};
        ::futimens(fd_, times); // what has no time of its own is none the worse
    }
    if (nameless_) {
        if (link_nameless(fd_, path_)) co_return co_await close_named();
        name_part();
    }
    // It stays locked until it has its name: a part is whoever's can lock it.
    OpenFile locked(marked_ ? ::fcntl(fd_, F_DUPFD_CLOEXEC, 0) : -1);
    if (marked_ && locked.get() < 0) throw IoError("keep " + written_path_ + " open", errno);
    int fd = std::exchange(fd_, -1);
    co_await close(fd, written_path_);
    std::string tag = has_tag_ ? tag_name(path_) : std::string(); // of the name that was wanted
    if (written_path_ != path_) give_name();
    if (marked_) unmark_part(locked.get()); // whoever kills us before leaves a part that is known, or a whole file
    if (has_tag_) ::unlink(tag.c_str());
    written_path_.clear();
}

// What could not be kept after all, or was not waited for, loses its name again.
Task<> FileSink::close_named() {
    nameless_ = false;
    written_path_ = path_;
    struct Kept {
        explicit Kept(const std::string& p) noexcept : path(&p) {}
        Kept(const Kept&) = delete;
        ~Kept() {
            if (path != nullptr) ::unlink(path->c_str());
        }
        const std::string* path;
    } kept(path_);
    co_await close(std::exchange(fd_, -1), path_);
    kept.path = nullptr;
    written_path_.clear();
}

void FileSink::name_part() {
    auto link = [this](const std::string& name) { return link_nameless(fd_, name); };
    written_path_ = take_free_name(written_path_, "make ", link);
    nameless_ = false;
}

void FileSink::replace() {
    if (unseen_) {
        if (move_to_free(written_path_, path_)) return;
        struct stat status{};
        if (errno == EEXIST && ::stat(path_.c_str(), &status) == 0) // nobody shall read it who could not read that
            static_cast<void>(::chmod(written_path_.c_str(), status.st_mode & 0777));
    }
    if (std::rename(written_path_.c_str(), path_.c_str()) == 0) return;
    throw IoError("rename " + written_path_ + " to " + path_, errno);
}

void FileSink::give_name() {
    if (replaces()) return replace();
    std::string wanted = path_;
    for (int number = 0;; ++number) {
        path_ = numbered(wanted, number);
        if (move_to_free(written_path_, path_)) return;
        if (errno != EEXIST || !manner_.no_clobber) throw IoError("rename " + written_path_ + " to " + path_, errno);
        if (number == most_names) break;
    }
    throw IoError("rename " + written_path_ + " to " + wanted + ", or to " + wanted + ".1 and so on", EEXIST);
}

} // namespace fetch
