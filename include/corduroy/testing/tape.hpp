#pragma once

#include <corduroy/http/headers.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace corduroy::testing {

// One request and its answer, as a Recorder heard them or as they stand on a Tape.
struct TapedExchange {
    // How the connection was after the answer: whether it can have ended there, as after a whole answer, or broke.
    enum class Ending : unsigned char { whole, closed, reset };

    StubRequest request;
    int status = 0; // 0: not even the head of an answer came
    std::string reason;
    http::Headers headers;
    std::string body; // without chunk framing; as much of it as came
    Ending ending = Ending::whole;
};

// Requests and their answers, in the order in which the requests were sent: what a Recorder writes and a replay reads.
// As text it is for people to read, to keep beside a test and to change by hand:
//
//     # corduroy tape 1
//     > GET http://shop.test/items?n=2
//     > accept: */*
//     < 200 OK
//     < content-type: application/json
//     | [1, 2]\        (a lone backslash: no line end there)
//                       (an empty line between exchanges)
//
// Behind the lines of a head come those of the body, if any; one that ends in a lone backslash has no line end behind
// it. A backslash of the body's is "\\", and what is not printable ASCII is "\xHH". "! closed" or "! reset" says that
// the connection broke there. Lines that begin with '#' are left out.
class Tape {
public:
    std::vector<TapedExchange> exchanges;

    std::string text() const;
    // Throws Error, which names the line, where it is no tape.
    static Tape parse(std::string_view text);

    // The same with a file; both throw IoError.
    void save(const std::string& path) const;
    static Tape load(const std::string& path);

    // Without a network: a StubServer whose table is the tape. A request is the one on the tape where method, URL and
    // body are the same, and the headers of these names; the server's `verify` says what was missing and what came
    // unasked.
    StubServer replay(StubServer::Order order = StubServer::Order::strict,
                      const std::vector<std::string>& headers_that_count = {}) const;
};

} // namespace corduroy::testing
