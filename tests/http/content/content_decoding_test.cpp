#include "http/content/content_decoding.hpp"

#include "http/content/codings.hpp"
#include "http/content/encoders.hpp"

#include <corduroy/http/error.hpp>

#include <doctest/doctest.h>

using namespace corduroy::http;
using namespace corduroy::http::testing;

namespace {

std::string sample(std::size_t size) {
    std::string text;
    std::uint32_t state = 1;
    while (text.size() < size) {
        state = state * 1664525 + 1013904223;
        text += "line " + std::to_string(state >> 20) + "\n";
    }
    text.resize(size);
    return text;
}

// Decodes the bytes given in pieces of this size.
std::string decode(std::string_view bytes, const std::vector<std::string>& codings, std::size_t piece,
                   const DecodingBounds& bounds = {}) {
    ContentDecoding decoding(codings, bounds);
    std::string text;
    while (!bytes.empty()) {
        std::string_view input = bytes.substr(0, piece);
        bytes.remove_prefix(input.size());
        for (;;) {
            std::string_view made = decoding.next(input);
            if (made.empty()) break;
            text += made;
        }
        CHECK(input.empty());
    }
    decoding.finish();
    return text;
}

std::string failure(std::string_view bytes, const std::vector<std::string>& codings,
                    const DecodingBounds& bounds = {}) {
    try {
        decode(bytes, codings, bytes.size(), bounds);
    } catch (const Error& error) {
        return error.reason();
    }
    return "nothing was thrown";
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("each coding gives back what went in, whole and one byte at a time") {
    for (std::size_t size : {0U, 1U, 1000U, 200'000U}) {
        std::string text = sample(size);
        for (const Encoder& encoder : encoders()) {
            CAPTURE(encoder.name);
            std::string bytes = encoder.encode(text);
            for (std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()})
                CHECK(decode(bytes, {encoder.name}, piece) == text);
        }
    }
}

TEST_CASE("data that ends early is an error at every place, data that is damaged or goes on too") {
    std::string text = sample(2000);
    for (const Encoder& encoder : encoders()) {
        CAPTURE(encoder.name);
        std::string bytes = encoder.encode(text);
        for (std::size_t size = 1; size < bytes.size(); ++size) {
            CAPTURE(size);
            CHECK_THROWS_AS(decode(std::string_view(bytes).substr(0, size), {encoder.name}, 100), ProtocolError);
        }
        CHECK(contains(failure(std::string_view(bytes).substr(0, bytes.size() / 2), {encoder.name}),
                       "data ends early, after " + std::to_string(bytes.size() / 2) + " bytes"));
        std::string wrong = failure(bytes + "junk", {encoder.name});
        CHECK(contains(wrong, "is damaged"));
    }
    for (const Encoder& encoder : encoders()) {
        if (encoder.name == "deflate") continue; // the raw kind has hardly anything that could be wrong
        CHECK(contains(failure("this is no such data at all", {encoder.name}), "is damaged"));
    }
}

TEST_CASE("an empty body is complete in any coding: many servers send it so") {
    for (const Encoder& encoder : encoders()) CHECK(decode("", {encoder.name}, 1).empty());
}

TEST_CASE("codings are undone in the reverse of the order they were applied in, as many as may be nested") {
    std::vector<Encoder> all = encoders();
    if (all.empty()) return;
    std::string text = sample(50'000);
    std::string bytes = text;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 4; ++i) {
        const Encoder& encoder = all[(2 * i) % all.size()];
        bytes = encoder.encode(bytes);
        names.push_back(encoder.name);
        if (i < 3) CHECK(decode(bytes, names, 1000) == text);
    }
    CHECK(contains(failure(bytes, names), "the body has been encoded 4 times over; the limit is 3"));
}

TEST_CASE("the bounds of what is decoded hold to the byte: encoded, decoded and their ratio") {
    std::string text(100'000, 'a');
    for (const Encoder& encoder : encoders()) {
        CAPTURE(encoder.name);
        std::string bytes = encoder.encode(text);
        DecodingBounds bounds;
        bounds.ratio = 1'000'000;
        for (std::uint64_t limit : {99'999U, 100'000U, 100'001U}) {
            bounds.decoded = limit;
            std::string why = failure(bytes, {encoder.name}, bounds);
            CHECK(
                contains(why, limit < text.size() ? "the body becomes larger than 99999 bytes" : "nothing was thrown"));
        }
        bounds = {};
        bounds.ratio = 1'000'000;
        for (std::uint64_t limit : {bytes.size() - 1, bytes.size(), bytes.size() + 1}) {
            bounds.encoded = limit;
            std::string why = failure(bytes, {encoder.name}, bounds);
            CHECK(contains(why, limit < bytes.size() ? "the encoded body is larger than" : "nothing was thrown"));
        }
        bounds = {};
        bounds.ratio = 2;
        for (std::uint64_t from : {99'999U, 100'000U, 100'001U}) {
            bounds.ratio_from = from;
            std::string why = failure(bytes, {encoder.name}, bounds);
            CHECK(contains(why,
                           from < text.size() ? "the body becomes more than 2 times its size" : "nothing was thrown"));
        }
        bounds.ratio = 0; // none
        bounds.ratio_from = 1;
        CHECK(contains(failure(bytes, {encoder.name}, bounds), "nothing was thrown"));
    }
}

TEST_CASE("a coding that the build does not know is an error that names it, and says what it knows") {
    CHECK(contains(failure("x", {"klingon"}), "the body is encoded as \"klingon\", which this build of Corduroy does"));
    CHECK(contains(failure("x", {"klingon"}), "it knows: " + std::string(accepted_codings())));
}

TEST_CASE("Content-Encoding is a list over several fields, and identity is nothing") {
    Headers headers;
    CHECK(!is_encoded(headers));
    headers.add("content-encoding", "identity");
    CHECK(!is_encoded(headers));
    headers.add("Content-Encoding", " GZip , br,,");
    headers.add("content-encoding", "identity, zstd");
    CHECK(codings_of(headers) == std::vector<std::string>{"gzip", "br", "zstd"});
    CHECK(is_encoded(headers));
}

#if CORDUROY_HAVE_ZLIB
TEST_CASE("gzip may have several members, and zeros behind them") {
    CHECK(decode(gzip("one ") + gzip("two") + std::string(10, '\0'), {"gzip"}, 1) == "one two");
    CHECK(contains(failure(gzip("one ") + gzip("two").substr(0, 9), {"gzip"}), "ends early"));
}
#endif

#if CORDUROY_HAVE_ZSTD
TEST_CASE("a zstd window of 8 MiB is accepted, a larger one refused: RFC 9659") {
    std::string text = sample(100'000);
    CHECK(decode(zstd(text, 23), {"zstd"}, 1000) == text);
    CHECK(contains(failure(zstd(text, 24), {"zstd"}), "is damaged"));
}
#endif
