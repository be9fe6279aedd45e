// gzip (RFC 1952) and deflate (RFC 1950; raw RFC 1951 too, which some servers send by that name) through zlib.

#include "http/content/decoder.hpp"

#include <array>
#include <limits>
#include <new>
#include <zlib.h>

namespace corduroy::http {

namespace {

constexpr int window_bits = 15;
constexpr int gzip_bits = window_bits + 16;

class ZlibDecoder : public Decoder {
public:
    ~ZlibDecoder() override {
        if (ready_) inflateEnd(&stream_);
    }

    bool complete() const noexcept override { return !begun_ || ended_; }

protected:
    explicit ZlibDecoder(std::string_view name) noexcept : name_(name) {}

    void start(int bits) {
        if (inflateInit2(&stream_, bits) != Z_OK) throw std::bad_alloc();
        ready_ = true;
    }

    // Until the input is used up, the room is, or the data ends.
    std::size_t inflate_some(std::string_view& input, std::span<char> out) {
        if (ended_) return 0;
        begun_ |= !input.empty();
        auto offered = static_cast<uInt>(std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max()));
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = offered;
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        int result = inflate(&stream_, Z_NO_FLUSH);
        input.remove_prefix(offered - stream_.avail_in);
        if (result == Z_STREAM_END)
            ended_ = true;
        else if (result == Z_MEM_ERROR)
            throw std::bad_alloc();
        else if (result != Z_OK && result != Z_BUF_ERROR) // the latter: nothing to do without more
            raise_damaged(name_, stream_.msg != nullptr ? stream_.msg : "it needs a dictionary");
        return out.size() - stream_.avail_out;
    }

    [[noreturn]] void raise_trailing() const { raise_damaged(name_, "bytes follow its end"); }

    void restart() {
        inflateReset(&stream_);
        ended_ = false;
    }

    bool ready_ = false;
    bool ended_ = false;

private:
    std::string_view name_;
    z_stream stream_{};
    bool begun_ = false;
};

// One member after another, which mean the same as one; zeros may fill the end up.
class GzipDecoder final : public ZlibDecoder {
public:
    GzipDecoder() : ZlibDecoder("gzip") { start(gzip_bits); }

    std::size_t decode(std::string_view& input, std::span<char> out) override {
        for (;;) {
            if (ended_) {
                input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
                if (input.empty()) return 0;
                if (input.front() != '\x1f') raise_trailing();
                restart();
            }
            std::size_t made = inflate_some(input, out);
            if (made != 0 || input.empty()) return made;
        }
    }
};

class DeflateDecoder final : public ZlibDecoder {
public:
    DeflateDecoder() : ZlibDecoder("deflate") {}

    std::size_t decode(std::string_view& input, std::span<char> out) override {
        if (!ready_ && !choose(input)) return 0;
        while (!first_.empty()) {
            std::size_t made = inflate_some(first_, out);
            if (made != 0) return made;
            if (ended_ && !first_.empty()) raise_trailing();
        }
        std::size_t made = inflate_some(input, out);
        if (made == 0 && ended_ && !input.empty()) raise_trailing();
        return made;
    }

    bool complete() const noexcept override { return kept_ == 0 || ended_; }

private:
    // By the first two bytes: RFC 1950 has a check in them, which raw data meets by chance once in 1,000 times; then
    // the first bit of it says "stored block, not the last", which compressors do not begin with.
    bool choose(std::string_view& input) {
        while (kept_ < bytes_.size() && !input.empty()) {
            bytes_[kept_++] = input.front();
            input.remove_prefix(1);
        }
        if (kept_ < bytes_.size()) return false;
        unsigned first = static_cast<unsigned char>(bytes_[0]);
        unsigned second = static_cast<unsigned char>(bytes_[1]);
        bool wrapped = (first & 15) == 8 && (first >> 4) <= 7 && (first * 256 + second) % 31 == 0;
        start(wrapped ? window_bits : -window_bits);
        first_ = {bytes_.data(), bytes_.size()};
        return true;
    }

    std::array<char, 2> bytes_{};
    std::size_t kept_ = 0;
    std::string_view first_; // of bytes_, what has not been decoded
};

} // namespace

std::unique_ptr<Decoder> make_gzip_decoder() { return std::make_unique<GzipDecoder>(); }
std::unique_ptr<Decoder> make_deflate_decoder() { return std::make_unique<DeflateDecoder>(); }

} // namespace corduroy::http
