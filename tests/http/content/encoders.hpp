#pragma once

// Text as each content coding has it, through the libraries that the build found.

#include "config.hpp"

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#if CORDUROY_HAVE_ZLIB
#include <zlib.h>
#endif
#if CORDUROY_HAVE_BROTLI
#include <brotli/encode.h>
#endif
#if CORDUROY_HAVE_ZSTD
#include <zstd.h>
#endif

namespace corduroy::http::testing {

#if CORDUROY_HAVE_ZLIB
// `bits` as deflateInit2 has them: 31 gzip, 15 zlib, -15 raw. The text `times` over.
inline std::string deflated(std::string_view text, int bits, std::uint64_t times = 1) {
    z_stream stream{};
    if (deflateInit2(&stream, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
    std::string out;
    std::string room(64 * 1024, '\0');
    for (std::uint64_t i = 0; i < times; ++i) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream.avail_in = static_cast<uInt>(text.size());
        do {
            stream.next_out = reinterpret_cast<Bytef*>(room.data());
            stream.avail_out = static_cast<uInt>(room.size());
            deflate(&stream, i + 1 == times ? Z_FINISH : Z_NO_FLUSH);
            out.append(room, 0, room.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    }
    deflateEnd(&stream);
    return out;
}
inline std::string gzip(std::string_view text) { return deflated(text, 31); }
#endif

#if CORDUROY_HAVE_BROTLI
inline std::string brotli(std::string_view text) {
    std::string out(BrotliEncoderMaxCompressedSize(text.size()) + 64, '\0');
    std::size_t size = out.size();
    if (BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, text.size(),
                              reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                              reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_FALSE)
        throw std::runtime_error("brotli");
    out.resize(size);
    return out;
}
#endif

#if CORDUROY_HAVE_ZSTD
inline std::string zstd(std::string_view text, int window_log = 0) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    if (window_log != 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, window_log == 0 ? 1 : 0);
    std::string out(ZSTD_compressBound(text.size()), '\0');
    std::size_t size;
    if (window_log == 0) {
        size = ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size());
    } else { // as a stream, which does not tell its size, so that the window is as large as it says
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        ZSTD_outBuffer made{out.data(), out.size(), 0};
        ZSTD_compressStream2(context, &made, &in, ZSTD_e_continue);
        ZSTD_compressStream2(context, &made, &in, ZSTD_e_end);
        size = made.pos;
    }
    ZSTD_freeCCtx(context);
    out.resize(size);
    return out;
}
#endif

struct Encoder {
    std::string name; // as in Content-Encoding
    std::function<std::string(std::string_view)> encode;
};

inline std::vector<Encoder> encoders() {
    std::vector<Encoder> all;
#if CORDUROY_HAVE_ZLIB
    all.push_back({"gzip", gzip});
    all.push_back({"x-gzip", gzip});
    all.push_back({"deflate", [](std::string_view text) { return deflated(text, 15); }});
    all.push_back({"deflate", [](std::string_view text) { return deflated(text, -15); }});
#endif
#if CORDUROY_HAVE_BROTLI
    all.push_back({"br", brotli});
#endif
#if CORDUROY_HAVE_ZSTD
    all.push_back({"zstd", [](std::string_view text) { return zstd(text); }});
#endif
    return all;
}

} // namespace corduroy::http::testing
