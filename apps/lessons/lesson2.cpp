// Many URLs at the same time: gather waits for all of them.
#include <corduroy/corduroy.hpp>

#include <iostream>
#include <ranges>

using namespace corduroy;

Deferred<> get_url(std::string url) {
    std::cout << "Getting URL " << url << std::endl;
    return ensure_deferred(http::get(url))
        .add_callback([url](http::Response response) {
            std::cout << "Got response code " << response.status() << " from " << url << std::endl;
        })
        .add_errback([](Failure failure) { std::cout << "Something failed: " << failure.message() << std::endl; });
}

Task<> run(std::vector<std::string> urls) { co_await gather(urls | std::views::transform(get_url)); }

int main(int argc, char** argv) { return react(run, argc, argv); }
