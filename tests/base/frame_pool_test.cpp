#include <corduroy/base/frame_pool.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

using namespace corduroy;

namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

// A thread of its own has a pool of its own, empty at first.
template <class F>
void on_a_fresh_thread(F f) {
    std::thread(f).join();
}

// Holds a frame until the thread-local objects are destroyed.
struct LateRelease {
    ~LateRelease() {
        if (frame) release_frame(frame, size);
    }
    void* frame = nullptr;
    std::size_t size = 0;
};

} // namespace

TEST_CASE("blocks of every size are writable to the end, aligned, and distinct") {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t size = 0; size <= 70'000; size = size < 2'200 ? size + 1 : size + 61) {
        for (int round = 0; round < 2; ++round) {
            auto* block = static_cast<unsigned char*>(allocate_frame(size));
            CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
            std::memset(block, static_cast<int>(blocks.size() % 251), size);
            blocks.emplace_back(block, size);
        }
    }
    std::size_t damaged = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        auto [block, size] = blocks[i];
        for (std::size_t at = 0; at < size; ++at) damaged += block[at] != i % 251;
    }
    CHECK(damaged == 0);
    for (auto [block, size] : blocks) release_frame(block, size);
}

TEST_CASE("a released block is the next one handed out for its size class, and for no other") {
    if (!frames_are_pooled) return;
    on_a_fresh_thread([] {
        for (auto [size, same_class, other_class] : {std::array<std::size_t, 3>{1, 64, 65},
                                                     {65, 128, 129},
                                                     {2'000, 2'048, 2'049},
                                                     {2'049, 4'096, 4'097},
                                                     {4'097, 8'192, 8'193},
                                                     {8'193, 16'384, 16'385},
                                                     {32'769, 65'536, 65'537}}) {
            void* block = allocate_frame(size);
            release_frame(block, size);
            void* other = allocate_frame(other_class);
            CHECK(other != block);
            CHECK(allocate_frame(same_class) == block);
            release_frame(block, same_class);
            release_frame(other, other_class);
        }
    });
}

TEST_CASE("a burst of a million frames is served, and at most 1 MiB of it is kept") {
    on_a_fresh_thread([] {
        CHECK(pooled_frame_bytes() == 0);
        std::vector<void*> frames(1'000'000);
        for (void*& frame : frames) frame = allocate_frame(100);
        for (void* frame : frames) release_frame(frame, 100);
        CHECK(pooled_frame_bytes() == (frames_are_pooled ? mebibyte : 0));
        for (int i = 0; i < 3; ++i) frames[i] = allocate_frame(100);
        CHECK(pooled_frame_bytes() == (frames_are_pooled ? mebibyte - 3 * 128 : 0));
        for (int i = 0; i < 3; ++i) release_frame(frames[i], 100);
    });
}

TEST_CASE("blocks of more than 64 KiB are not kept") {
    on_a_fresh_thread([] {
        release_frame(allocate_frame(65'537), 65'537);
        CHECK(pooled_frame_bytes() == 0);
        release_frame(allocate_frame(65'536), 65'536);
        CHECK(pooled_frame_bytes() == (frames_are_pooled ? 65'536 : 0));
    });
}

TEST_CASE("a frame may be released on another thread, which then keeps it") {
    void* frame = allocate_frame(200);
    std::memset(frame, 1, 200);
    on_a_fresh_thread([frame] {
        release_frame(frame, 200);
        CHECK(pooled_frame_bytes() == (frames_are_pooled ? 256 : 0));
        void* again = allocate_frame(250);
        if (frames_are_pooled) CHECK(again == frame);
        release_frame(again, 250);
    });
}

TEST_CASE("a frame released after the thread's lists are gone goes to the allocator") {
    on_a_fresh_thread([] {
        // Made before the pool's own clean-up is registered, hence destroyed after it has run.
        thread_local LateRelease late;
        late.size = 300;
        late.frame = allocate_frame(late.size);
        release_frame(allocate_frame(300), 300);
    });
    on_a_fresh_thread([] {
        // The first release of the thread happens here while its thread-local objects are being destroyed.
        thread_local LateRelease late;
        late.size = 300;
        late.frame = allocate_frame(late.size);
    });
}

TEST_CASE("objects come from the pool with their alignment, and go back with their own size") {
    struct Base : FromFramePool {
        virtual ~Base() = default;
    };
    struct Large final : Base {
        std::array<char, 300> bytes{};
    };
    struct alignas(256) Aligned final : Base {
        char byte = 0;
    };
    if (frames_are_pooled) {
        on_a_fresh_thread([] {
            Base* large = new Large;
            delete large;
            CHECK(pooled_frame_bytes() >= sizeof(Large)); // the size of what it really was
            CHECK(pooled_frame_bytes() < sizeof(Large) + 64);
        });
    }
    Base* aligned = new Aligned;
    CHECK(reinterpret_cast<std::uintptr_t>(dynamic_cast<Aligned*>(aligned)) % 256 == 0);
    delete aligned;
}
