// What a coroutine frame's memory costs, beside plain new and delete. Each line: what was done, then ns a pair.

#include <corduroy/base/frame_pool.hpp>

#include <chrono>
#include <cstdio>

using namespace corduroy;

namespace {

constexpr int pairs = 50'000'000;

template <class F>
void measure(const char* what, F f) {
    double best = 1e18;
    for (int round = 0; round < 5; ++round) {
        auto from = std::chrono::steady_clock::now();
        for (int i = 0; i < pairs; ++i) f();
        std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - from;
        if (took.count() < best) best = took.count();
    }
    std::printf("%-64s %8.1f ns\n", what, best / pairs);
}

// Keeps the compiler from seeing that the memory is not used.
void use(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

} // namespace

int main() {
    for (std::size_t size : {200u, 3'000u, 20'000u}) {
        std::printf("%zu bytes\n", size);
        measure("  allocate_frame and release_frame", [size] {
            void* frame = allocate_frame(size);
            use(frame);
            release_frame(frame, size);
        });
        measure("  new and delete", [size] {
            void* memory = ::operator new(size);
            use(memory);
            ::operator delete(memory);
        });
    }
}
