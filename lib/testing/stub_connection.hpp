#pragma once

#include "testing/memory_pipe.hpp"

#include <corduroy/async/deferred/deferred.hpp>
#include <corduroy/http/request_head.hpp>
#include <corduroy/http/request_parser.hpp>
#include <corduroy/reactor/delayed_call.hpp>
#include <corduroy/testing/stub_server.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace corduroy::testing {

// The server's end of one connection. It has no Task: it acts when the client has put bytes into the one pipe, and when
// a pause of its answer is over.
class StubConnection {
public:
    StubConnection(StubCore& core, std::string origin, const MemoryConnection& flow);
    StubConnection(const StubConnection&) = delete;
    StubConnection& operator=(const StubConnection&) = delete;
    ~StubConnection();

    // The client's end.
    std::unique_ptr<net::ByteStream> client_end(const MemoryConnection& flow) const;

    bool client_gone() const noexcept { return to_client_->reading_closed(); }

private:
    void take();
    void parse();
    void act();
    void append_answer(const StubAnswer& answer, const std::string& method, bool keep);
    void ask_handler(bool keep);
    void close(int error) noexcept;

    StubCore& core_;
    std::string origin_;
    std::shared_ptr<MemoryPipe> to_server_;
    std::shared_ptr<MemoryPipe> to_client_;
    http::RequestParser parser_;
    std::string input_;
    StubRequest request_;
    http::RequestHead head_;
    std::optional<Deferred<>> handling_;                                              // while a handler is at it
    std::shared_ptr<StubConnection*> self_ = std::make_shared<StubConnection*>(this); // for what outlives it
    std::deque<StubAnswer::Step> steps_;                                              // what is left of the answer
    DelayedCall pause_;
    bool closed_ = false;
};

} // namespace corduroy::testing
