#pragma once

#include <corduroy/http/headers.hpp>

#include "http/characters.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace corduroy::http {

// Puts the fields of a head into a Headers as they are received, without checking them again: the parser has. All bytes
// of the head are copied at once, piece by piece as they come, and a field is where it lies among them; so a name or
// value that comes in two pieces is in one piece there.
class FieldCollector {
public:
    void collect_into(Headers& headers) noexcept {
        headers_ = &headers;
        headers.clear();
        open_ = false;
    }

    // The parser is given these bytes next ...
    void begin_piece(std::string_view piece) noexcept { piece_ = piece.data(); }
    // ... and has used this many of them.
    void end_piece(std::size_t used) { store().append({piece_, used}); }

    // Whether the name that comes begins a field.
    bool in_field() const noexcept { return open_; }
    void begin_field() {
        // Heads from one peer are much alike: room for one like the last, so that a head that is taken away each time
        // costs one allocation and no growing.
        if (store().empty()) store().reserve(usual_fields_, usual_bytes_);
        store().push_back({0, 0, 0, 0});
        open_ = true;
    }
    void name(std::string_view part) noexcept {
        auto& entry = store().back();
        if (entry.name_size == 0) entry.name_offset = offset_of(part.data());
        entry.name_size += static_cast<std::uint32_t>(part.size());
    }
    void value(std::string_view part) noexcept {
        auto& entry = store().back();
        if (entry.value_size == 0) entry.value_offset = offset_of(part.data());
        entry.value_size += static_cast<std::uint32_t>(part.size());
    }
    // The white space before the line end is no part of the value.
    void end_field() noexcept {
        open_ = false;
        auto& entry = store().back();
        while (entry.value_size > 0 && is_white_space(byte_at(entry.value_offset + entry.value_size - 1)))
            --entry.value_size;
    }
    void end_of_head() noexcept {
        usual_fields_ = std::clamp<std::size_t>(store().size(), 4, 32);
        usual_bytes_ = std::clamp<std::size_t>(store().byte_size(), 128, 2048);
    }

    // The bytes of a failed head are not all there.
    void abandon() noexcept {
        if (headers_ != nullptr) headers_->clear();
    }

    // Of those begun.
    std::size_t fields() const noexcept { return store().size(); }
    const Headers& headers() const noexcept { return *headers_; }

private:
    FieldStore& store() const noexcept { return headers_->store_; }
    std::uint32_t offset_of(const char* at) const noexcept {
        return static_cast<std::uint32_t>(store().byte_size() + static_cast<std::size_t>(at - piece_));
    }
    char byte_at(std::size_t offset) const noexcept {
        std::size_t kept = store().byte_size();
        return offset < kept ? store().bytes()[offset] : piece_[offset - kept];
    }

    Headers* headers_ = nullptr;
    const char* piece_ = nullptr;
    std::size_t usual_fields_ = 8;
    std::size_t usual_bytes_ = 256;
    bool open_ = false;
};

} // namespace corduroy::http
