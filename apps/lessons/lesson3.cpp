// The same as a coroutine: it reads like sequential code, and try and catch stand where the errback stood.
#include <corduroy/corduroy.hpp>

#include <iostream>
#include <ranges>

using namespace corduroy;

Task<> get_url(std::string url) {
    std::cout << "Getting URL " << url << std::endl;
    try {
        http::Response response = co_await http::get(url);
        std::cout << "Got response code " << response.status() << " from " << url << std::endl;
    } catch (const std::exception& error) {
        std::cout << "Something failed: " << error.what() << std::endl;
    }
}

Task<> run(std::vector<std::string> urls) { co_await gather(urls | std::views::transform(get_url)); }

int main(int argc, char** argv) { return react(run, argc, argv); }
