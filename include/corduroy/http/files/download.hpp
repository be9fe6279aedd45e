#pragma once

#include <corduroy/async/task.hpp>
#include <corduroy/http/request_builder.hpp>
#include <corduroy/http/response.hpp>

#include <string>

namespace corduroy::http {

// Fetches into a file, and goes on with what a former call has left there:
// `co_await http::download(http::get(url), "big.iso");`
//
// The body is written to `path` with ".part" behind it, which is given its name when all is there. Where it ends early,
// by a failure, a time-out or a cancellation, the part stays, and beside it, with ".part.tag" behind it, what the
// server called this version (a strong ETag, or else Last-Modified). The next call asks for the rest of that version
// alone (Range with If-Range, RFC 9110 section 13.1.5): a server that has another one now, or gives no parts, sends the
// whole (200), and the part is begun anew; so it is where a server gives a part of another version all the same. 416
// means that the part is whole already, or is of no use. A part without such a tag is begun anew.
//
// Gives the last response, without its body. Throws what the request throws; StatusError where the status is not 2xx;
// ProtocolError where the server gives another part than was asked for; IoError, which names the file. The request must
// be a GET that can be sent twice.
Task<Response> download(RequestBuilder request, std::string path);

} // namespace corduroy::http
