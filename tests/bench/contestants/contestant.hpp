#pragma once

namespace bench {

// What concurrency_bench measures, done by one library in the way that suits it best. Each function does its thing
// `count` times and returns when all of that is done; null where the library has no such thing.
struct Contestant {
    const char* name = nullptr;
    void (*call)(long count) = nullptr;       // a coroutine is made, awaited, and returns
    void (*yield)(long count) = nullptr;      // a coroutine goes to the back of the queue
    void (*spawn)(long count) = nullptr;      // tasks are spawned 1,000 at a time, and joined
    void (*spawn_all)(long count) = nullptr;  // all are spawned before the first one ends
    void (*gather)(long count) = nullptr;     // the values of 10,000 at a time are gathered, in order
    void (*lock)(long count) = nullptr;       // a lock is handed from one task to another that waits for it
    void (*queue)(long count) = nullptr;      // an item goes through a queue with room for one
    void (*step)(long count) = nullptr;       // callbacks of a chain, 1,000 each, built and then fired
    void (*inner_step)(long count) = nullptr; // callbacks that each return a result of the chain's kind, which is there
    void (*round_trip)(long count) = nullptr; // a call goes to the loop of another thread, and one comes back
    void (*post_one)(long count) = nullptr;   // calls posted from one other thread
    void (*post_four)(long count) = nullptr;  // calls posted from four other threads
};

constexpr long spawned_at_a_time = 1'000;
constexpr long gathered = 10'000;
constexpr long chain_length = 1'000;

// Ends the program: what was measured did not do its work.
[[noreturn]] void wrong(const char* what);

extern const Contestant corduroy;
extern const Contestant asio;
extern const Contestant kj;

} // namespace bench
