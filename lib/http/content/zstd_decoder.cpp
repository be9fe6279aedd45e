// zstd (RFC 8878) through libzstd, frame after frame.

#include "http/content/decoder.hpp"

#include <new>
#include <zstd.h>
#include <zstd_errors.h>

namespace corduroy::http {

namespace {

// RFC 9659: nobody needs to accept a larger window than 8 MiB.
constexpr int window_log = 23;

class ZstdDecoder final : public Decoder {
public:
    ZstdDecoder() : stream_(ZSTD_createDStream()) {
        if (stream_ == nullptr) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, window_log);
    }
    ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }

    std::size_t decode(std::string_view& input, std::span<char> out) override {
        for (;;) {
            if (between_frames_ && input.empty()) return 0;
            ZSTD_inBuffer in{input.data(), input.size(), 0};
            ZSTD_outBuffer made{out.data(), out.size(), 0};
            std::size_t result = ZSTD_decompressStream(stream_, &made, &in);
            input.remove_prefix(in.pos);
            if (ZSTD_isError(result) != 0) fail(result);
            between_frames_ = result == 0;
            if (made.pos != 0 || input.empty()) return made.pos;
        }
    }

    bool complete() const noexcept override { return between_frames_; }

private:
    [[noreturn]] static void fail(std::size_t result) {
        if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
        raise_damaged("zstd", ZSTD_getErrorName(result));
    }

    ZSTD_DStream* stream_;
    bool between_frames_ = true;
};

} // namespace

std::unique_ptr<Decoder> make_zstd_decoder() { return std::make_unique<ZstdDecoder>(); }

} // namespace corduroy::http
