// One request per line of its input, for tests/apps/three_clients.py, which does the same requests with curl and with
// treq. A line is fields with tabs between them: a method, a URL, and options, "form name value", with spaces in
// between. For each it writes the status, the URL that it ended at, how many redirects there were, the size of the
// body, the body itself and a line end.

#include <corduroy/corduroy.hpp>
#include <corduroy/http.hpp>

#include <iostream>
#include <string>
#include <string_view>
#include <vector>

using namespace corduroy;

namespace {

std::vector<std::string> split(const std::string& text, char separator, std::size_t most) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (parts.size() + 1 < most) {
        std::size_t end = text.find(separator, at);
        if (end == std::string::npos) break;
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    parts.push_back(text.substr(at));
    return parts;
}

void add(http::RequestBuilder& request, const std::string& option) {
    std::vector<std::string> word = split(option, ' ', 3);
    word.resize(3);
    const auto& [kind, name, value] = std::tie(word[0], word[1], word[2]);
    if (kind == "query") static_cast<void>(std::move(request).query(name, value));
    if (kind == "header") static_cast<void>(std::move(request).header(name, value));
    if (kind == "form") static_cast<void>(std::move(request).form(name, value));
    if (kind == "body") static_cast<void>(std::move(request).body(value, name));
    if (kind == "part") static_cast<void>(std::move(request).part(name, value));
    if (kind == "file") static_cast<void>(std::move(request).part_from_file(name, value));
    if (kind == "basic") static_cast<void>(std::move(request).auth_basic(name, value));
    if (kind == "bearer") static_cast<void>(std::move(request).bearer(name));
    if (kind == "digest") static_cast<void>(std::move(request).auth_digest(name, value));
    if (kind == "cookie") static_cast<void>(std::move(request).cookie(name, value));
    if (kind == "proxy") static_cast<void>(std::move(request).proxy(name));
    if (kind == "upload") static_cast<void>(std::move(request).body_file(name));
}

Task<> ask(std::string line) {
    std::vector<std::string> fields = split(line, '\t', 100);
    http::Client client; // with cookies of its own
    http::RequestBuilder request = client.request(fields.at(0), fields.at(1));
    for (std::size_t i = 2; i < fields.size(); ++i) add(request, fields[i]);
    http::Response answer = co_await std::move(request);
    std::cout << answer.status() << ' ' << answer.url().href() << ' ' << answer.history().size() << ' '
              << answer.bytes().size() << '\n'
              << answer.bytes() << std::endl;
}

Task<int> ask_all() {
    std::string line;
    while (std::getline(std::cin, line)) co_await ask(line);
    co_return 0;
}

} // namespace

int main(int argc, char** argv) {
    return react([](std::vector<std::string>) { return ask_all(); }, argc, argv);
}
