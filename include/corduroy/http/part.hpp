#pragma once

#include <corduroy/async/callable_guard.hpp>
#include <corduroy/async/generator/async_generator.hpp>
#include <corduroy/base/unique_function.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace corduroy::http {

// A part of a multipart form (RFC 7578), but for its name: what it says, of which type, under which file name. A value,
// put together by calls:
//
//     co_await http::post(url).part("photo", http::Part::of_file("in.jpg").type("image/jpeg"));
class Part {
public:
    // Text, or any bytes, without a type.
    static Part of(std::string content);
    // A file's contents, read as they are sent like a `body_file`: application/octet-stream, by the last part of the
    // path.
    static Part of_file(std::string path);
    // What a generator of `make`'s gives, one for each time that it is sent, without a type. Where one part has no
    // `size` the form is sent in chunks.
    template <class Make>
        requires std::is_same_v<std::invoke_result_t<std::decay_t<Make>&>, AsyncGenerator<std::string>>
    static Part of_pieces(Make&& make, std::optional<std::uint64_t> size = std::nullopt) {
        corduroy::detail::guard_callable<Make>();
        Part part;
        part.make_ = std::make_shared<Pieces>(std::forward<Make>(make));
        part.size_ = size;
        return part;
    }

    // Its Content-Type; empty: it has none.
    Part& type(std::string_view type) &;
    Part&& type(std::string_view type) &&;
    // The name it is sent as a file by. An empty one is one, too.
    Part& filename(std::string_view filename) &;
    Part&& filename(std::string_view filename) &&;

private:
    friend class Multipart;
    using Pieces = UniqueFunction<AsyncGenerator<std::string>()>;

    std::string content_;
    std::optional<std::string> path_; // of the file that has the content
    std::shared_ptr<Pieces> make_;    // in place of both
    std::optional<std::uint64_t> size_;
    std::string type_;
    std::optional<std::string> filename_;
};

} // namespace corduroy::http
