#include <corduroy/async/run.hpp>
#include <corduroy/async/sleep.hpp>

#include <cstdio>

using namespace std::chrono_literals;

corduroy::Task<int> answer() {
    co_await corduroy::sleep(1ms);
    co_return 42;
}

int main() { return std::printf("%d\n", corduroy::run(answer())) < 0; }
