// One URL, with a callback for the answer and an errback for the failure.
#include <corduroy/corduroy.hpp>

#include <iostream>

using namespace corduroy;

Deferred<> get_url(std::string url) {
    std::cout << "Getting URL " << url << std::endl;
    return ensure_deferred(http::get(url))
        .add_callback([url](http::Response response) {
            std::cout << "Got response code " << response.status() << " from " << url << std::endl;
        })
        .add_errback([](Failure failure) { std::cout << "Something failed: " << failure.message() << std::endl; });
}

Deferred<> run_lesson(std::vector<std::string> urls) { return get_url(urls.empty() ? "http://localhost/" : urls[0]); }

int main(int argc, char** argv) { return react(run_lesson, argc, argv); }
