// expect: a reactor was run inside one of its own turns
// Twisted's ReactorAlreadyRunning.

#include <corduroy/reactor/reactor.hpp>

#include <chrono>

int main() {
    corduroy::Reactor reactor;
    reactor.call_later(std::chrono::seconds(0), [&] { reactor.run(); });
    reactor.run();
}
