#include "http/content/content_decoding.hpp"

#include "http/content/codings.hpp"

#include <span>
#include <utility>

namespace corduroy::http {

namespace {

constexpr std::size_t buffer_size = 32 * 1024;
constexpr ErrorContext reading_body{{}, {}, Phase::body};

} // namespace

ContentDecoding::ContentDecoding(const std::vector<std::string>& codings, const DecodingBounds& bounds)
    : bounds_(bounds) {
    if (codings.size() > bounds.codings)
        throw TooLarge(reading_body,
                       "the body has been encoded " + std::to_string(codings.size()) + " times over; the limit is " +
                           std::to_string(bounds.codings),
                       bounds.codings);
    for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
        std::unique_ptr<Decoder> decoder = make_decoder(*coding);
        if (!decoder)
            throw CodingError(reading_body,
                              "the body is encoded as \"" + coding->substr(0, 40) +
                                  "\", which this build of Corduroy does not decode (it knows: " +
                                  std::string(accepted_codings()) + ")",
                              CodingError::Fault::unknown);
        stages_.push_back({*coding, std::move(decoder), nullptr});
    }
}

std::string_view ContentDecoding::next(std::string_view& input) {
    if (!stages_.empty()) return pull(stages_.size() - 1, input);
    encoded_ += input.size();
    return std::exchange(input, {});
}

// What the stage makes next, of what the one before it makes.
std::string_view ContentDecoding::pull(std::size_t index, std::string_view& input) {
    Stage& stage = stages_[index];
    if (!stage.buffer) stage.buffer = std::make_unique_for_overwrite<char[]>(buffer_size);
    std::span<char> room(stage.buffer.get(), buffer_size);
    std::string_view& source = index == 0 ? input : stage.input;
    for (;;) {
        std::size_t before = source.size();
        std::size_t made = stage.decoder->decode(source, room);
        if (index == 0) encoded_ += before - source.size();
        stage.made += made;
        check(stage);
        if (made != 0) return {room.data(), made};
        if (index == 0) return {};
        stage.input = pull(index - 1, input);
        if (stage.input.empty()) return {};
    }
}

void ContentDecoding::check(const Stage& stage) const {
    if (encoded_ > bounds_.encoded)
        throw TooLarge(reading_body, "the encoded body is larger than " + std::to_string(bounds_.encoded) + " bytes",
                       bounds_.encoded);
    if (&stage == &stages_.back() && stage.made > bounds_.decoded)
        throw TooLarge(reading_body,
                       "the body becomes larger than " + std::to_string(bounds_.decoded) + " bytes as it is decoded",
                       bounds_.decoded);
    if (bounds_.ratio != 0 && stage.made > bounds_.ratio_from && (stage.made - 1) / bounds_.ratio >= encoded_)
        throw TooLarge(reading_body,
                       "the body becomes more than " + std::to_string(bounds_.ratio) +
                           " times its size as it is decoded (" + std::to_string(encoded_) + " bytes said " +
                           std::to_string(stage.made) + ")",
                       bounds_.ratio);
}

void ContentDecoding::finish() const {
    for (const Stage& stage : stages_)
        if (!stage.decoder->complete())
            throw ProtocolError(reading_body, "the body's " + stage.coding + " data ends early, after " +
                                                  std::to_string(encoded_) + " bytes");
}

} // namespace corduroy::http
