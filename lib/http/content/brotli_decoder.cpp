// br (RFC 7932) through libbrotlidec.

#include "http/content/decoder.hpp"

#include <brotli/decode.h>
#include <cstdint>
#include <new>

namespace corduroy::http {

namespace {

class BrotliDecoder final : public Decoder {
public:
    BrotliDecoder() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (state_ == nullptr) throw std::bad_alloc();
    }
    ~BrotliDecoder() override { BrotliDecoderDestroyInstance(state_); }

    std::size_t decode(std::string_view& input, std::span<char> out) override {
        if (ended_ && !input.empty()) raise_damaged("br", "bytes follow its end");
        if (ended_) return 0;
        begun_ |= !input.empty();
        std::size_t left = input.size();
        std::size_t room = out.size();
        auto* next_in = reinterpret_cast<const std::uint8_t*>(input.data());
        auto* next_out = reinterpret_cast<std::uint8_t*>(out.data());
        BrotliDecoderResult result = BrotliDecoderDecompressStream(state_, &left, &next_in, &room, &next_out, nullptr);
        input.remove_prefix(input.size() - left);
        if (result == BROTLI_DECODER_RESULT_ERROR) fail(BrotliDecoderGetErrorCode(state_));
        ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
        std::size_t made = out.size() - room;
        if (ended_ && made == 0 && !input.empty()) raise_damaged("br", "bytes follow its end");
        return made;
    }

    bool complete() const noexcept override { return !begun_ || ended_; }

private:
    [[noreturn]] static void fail(BrotliDecoderErrorCode code) {
        bool no_memory =
            code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
        if (no_memory) throw std::bad_alloc();
        raise_damaged("br", BrotliDecoderErrorString(code));
    }

    BrotliDecoderState* state_;
    bool begun_ = false;
    bool ended_ = false;
};

} // namespace

std::unique_ptr<Decoder> make_brotli_decoder() { return std::make_unique<BrotliDecoder>(); }

} // namespace corduroy::http
