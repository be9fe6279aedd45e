#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>
#include <corduroy/http/client.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

corduroy::Task<int> answer() {
    co_await corduroy::sleep(1ms);
    co_return 42;
}

// Never run here; it is there to be linked, with TLS and all that the library rests on.
corduroy::Task<int> fetch(std::string url) {
    auto response = co_await corduroy::http::get(url);
    co_return response.status();
}

int main(int argc, char** argv) {
    return std::printf("%d\n", corduroy::run(argc == 1 ? answer() : fetch(argv[1]))) < 0;
}
