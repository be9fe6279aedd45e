#pragma once

// JSON bodies by nlohmann-json: `response.json()`, `response.json<Order>()` and `http::post(url).json(value)`. It is
// not in <corduroy/http.hpp>, and takes that library's headers (Debian: nlohmann-json3-dev).

#include <corduroy/http/error.hpp>
#include <corduroy/http/response.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

namespace corduroy::http {

// A body that is no JSON, or not the JSON that was expected: "GET http://h/ failed while reading the body: no JSON, at
// byte 17: ...".
class JsonError : public Error {
public:
    JsonError(const ErrorContext& context, std::string_view reason, std::size_t offset, std::exception_ptr cause)
        : Error(context, reason, std::move(cause)), offset_(offset) {}

    // The bytes before the one that is wrong; 0 where the JSON is good and the value is another.
    std::size_t offset() const noexcept { return offset_; }

private:
    std::size_t offset_;
};

namespace json_detail {

// "[json.exception.parse_error.101] parse error at ...: why" without the number.
inline std::string_view json_reason(const nlohmann::json::exception& error) noexcept {
    std::string_view text = error.what();
    std::size_t end = text.find("] ");
    return end == std::string_view::npos ? text : text.substr(end + 2);
}

template <class Read>
auto with_json_errors(const Response& response, Read read) {
    std::string url = response.final_url() ? response.final_url()->redacted() : std::string();
    ErrorContext context{response.method(), url, Phase::body};
    try {
        return read();
    } catch (const nlohmann::json::parse_error& error) {
        std::size_t offset = error.byte == 0 ? 0 : error.byte - 1;
        throw JsonError(context, "no JSON, at byte " + std::to_string(offset) + ": " + std::string(json_reason(error)),
                        offset, std::current_exception());
    } catch (const nlohmann::json::exception& error) {
        throw JsonError(context, "the JSON is not as expected: " + std::string(json_reason(error)), 0,
                        std::current_exception());
    }
}

} // namespace json_detail

struct AnyJson {};

template <class Value>
struct JsonValue {
    static auto of(const Response& response) {
        return json_detail::with_json_errors(response, [&] {
            if constexpr (std::is_same_v<Value, AnyJson>)
                return nlohmann::json::parse(response.bytes());
            else
                return nlohmann::json::parse(response.bytes()).template get<Value>();
        });
    }
};

template <class Value>
struct JsonText {
    static std::string of(const Value& value) { return nlohmann::json(value).dump(); }
};

} // namespace corduroy::http
