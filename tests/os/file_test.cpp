// Files: what they have no room for. (How they are read and written is the kernels':
// testing/kernel_agreement_test.cpp.)

#include <corduroy/os/file.hpp>

#include <corduroy/async/attempt.hpp>
#include <corduroy/async/run.hpp>
#include <corduroy/base/error.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

using namespace corduroy;

namespace {

// No file of ours may be larger, as long as this lives; what is beyond is an error and no signal.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit now = before_;
        now.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    void (*handler_)(int);
    rlimit before_{};
};

} // namespace

TEST_CASE("a file that can take no more of what is written fails, with what went before in its place") {
    std::string path = "/tmp/corduroy-file-test-" + std::to_string(::getpid());
    std::string text(30'000, 'a');
    text.replace(10'000, 20'000, 20'000, 'b');
    auto write = [&]() -> Task<> {
        os::File file = co_await os::File::create(path);
        auto written = co_await attempt(file.write_all(text));
        REQUIRE_FALSE(written);
        CHECK(written.failure().message() == "write to " + path + " failed: File too large");
        auto again = co_await attempt(file.write_all(text));
        CHECK_FALSE(again);
        co_await file.close();
    };
    {
        FileSizeLimit limit(12'345);
        run(write());
    }
    std::ifstream in(path, std::ios::binary);
    std::string there{std::istreambuf_iterator<char>(in), {}};
    CHECK(there == text.substr(0, 12'345));
    ::unlink(path.c_str());
}
