#pragma once

namespace corduroy::http {

// What a parser has found in the bytes it was given.
enum class ParseEvent {
    // All bytes are used up and the message is not complete: read more, or report the end of the stream.
    need_input,
    // The head of a 1xx answer other than 101 can be looked at (ResponseParser::head); the final one is still to come.
    interim,
    // The head can be looked at or taken.
    head,
    // body() holds the next piece of the body, inside the bytes that were given. Never empty.
    body,
    // The message is complete; bytes that follow it have not been touched. Said again until the next begin().
    complete,
    // The stream ended where it may: between two requests. Only RequestParser::finish says it.
    end,
};

} // namespace corduroy::http
