#pragma once

#include "http/answer_head.hpp"
#include "http/client_watch.hpp"
#include "http/server_core.hpp"

#include <corduroy/async/cancel_scope.hpp>
#include <corduroy/async/task.hpp>
#include <corduroy/base/failure.hpp>
#include <corduroy/base/intrusive_list.hpp>
#include <corduroy/base/time.hpp>
#include <corduroy/http/body_reader.hpp>
#include <corduroy/http/request.hpp>
#include <corduroy/http/request_parser.hpp>
#include <corduroy/http/response.hpp>
#include <corduroy/net/byte_stream.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace corduroy::http {

// One connection of a server: reads requests, has them answered one after the other, and sends the answers.
//
// The reading of requests stands in a scope of its own, whose deadline is the head's or the silence's; handlers, and
// what is sent, in another one, whose deadline is set for each write that must wait, and which is cancelled when the
// client goes. Each of the two is cancelled at most once, for then the connection ends. Both lie in the scope of all
// clients.
//
// A small answer is queued, so that it leaves with the receive that waits for the next request; only larger ones, and
// many that a client does not take, are waited for.
class ServerConnection final : public BodyReader, public ListNode<> {
public:
    // Serves a connection to its end. Never fails: what goes wrong is the client's loss, or is reported.
    static Task<> serve(ServerCore& core, ServerCore::Place place, std::unique_ptr<net::ByteStream> stream);

    // Whether a request is being read or answered.
    bool busy() const noexcept { return stage_ != Stage::idle; }
    // The server stops: ends a connection that is idle.
    void stop_if_idle() noexcept;

    // The next piece of the body of the request that is being handled, where bodies are streamed.
    Task<std::string_view> read() override;

private:
    enum class Stage : unsigned char { idle, head, body, answer };
    // How the connection ends: at once; when all is sent; or then only after the client was given time to read it.
    enum class Ending : unsigned char { drop, close, linger };
    // A request that the server turns down by itself.
    struct Refusal {
        int status;
        std::string reason;
    };

    ServerConnection(ServerCore& core, std::unique_ptr<net::ByteStream> stream);
    ~ServerConnection() override { unlink(); }

    Task<> run();
    Task<> exchange_watched();
    Task<> exchange_all(ClientWatch& watch);
    Task<> leave();

    // ---- requests ----
    void prepare_request();
    void finish_request() noexcept;
    // Takes what there is of a body that is read whole; true when it is complete.
    bool take_body();
    Task<> read_rest_of_body();
    Task<> drain_body();
    ParseEvent next_of_streamed_body();
    Task<> fill_streamed();
    // Reads more into `input_`, in the middle of a body of which so much is to come.
    Task<> fill(std::size_t expected);
    void keep_input();
    void let_client_continue();
    std::optional<std::size_t> body_to_come() const;
    bool can_drain() const;
    [[noreturn]] void refuse_large_body(std::size_t limit) const;

    // ---- answers (server_answer.cpp) ----
    // The response to a handler's failure; nothing where the connection is to be dropped.
    std::optional<Response> answer_to(const Failure& failure);
    // Decides how the answer is sent, and appends its head. An answer that cannot be sent becomes one of 500.
    AnswerPlan compose(Response& answer, std::string& out);
    void append_head(std::string& out, const Response& answer, const AnswerPlan& how);
    static bool travels_with_head(const Response& answer) noexcept;
    void queue(std::string bytes);
    // Each gives false where it failed, and the connection is to be dropped.
    Task<bool> send_body(Response& answer, AnswerPlan how, ClientWatch& watch);
    Task<bool> flush();
    Task<bool> run_writing(Task<> writing);
    Task<> send_large(std::string_view body);
    Task<> send_streamed(Response& answer, AnswerPlan how);
    Task<> write(std::string_view bytes);
    void refuse(int status, std::string_view reason);
    void report(const Failure& failure) const;
    // For the log: "client 192.0.2.1:5000: ".
    std::string client() const { return "client " + stream_->peer_address().to_string() + ": "; }
    // "GET /path", as far as a handler has left it here.
    std::string request_line() const;

    // ---- the end ----
    void judge(const Failure& failure);
    static void set_deadline(CancelScope& scope, Duration from_now);

    ServerCore& core_;
    std::unique_ptr<net::ByteStream> stream_;
    RequestParser parser_;
    Request request_;
    CancelScope reading_;
    CancelScope writing_;

    // What was received and not parsed: `input_` lies in one of the three.
    net::ReceivedBytes lent_;
    std::string kept_;
    std::unique_ptr<std::byte[]> large_;
    std::string_view input_;
    bool input_ended_ = false;

    Stage stage_ = Stage::idle;
    Ending ending_ = Ending::drop;
    bool began_ = false;                  // a request has come on this connection
    Version version_ = Version::http_1_1; // of the request being handled
    bool to_head_ = false;                // ... it is HEAD
    bool body_complete_ = false;          // ... its body has been read
    bool may_continue_ = false;           // ... the client was told to go on, or does not wait for that
    bool body_failed_ = false;            // ... reading its body failed
    bool keep_alive_ = false;             // the connection goes on after the answer
    bool in_source_ = false;              // the streamed body of the answer is being read
    std::size_t unflushed_ = 0;           // bytes queued since all was known to be sent
};

} // namespace corduroy::http
