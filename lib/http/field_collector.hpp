#pragma once

#include <corduroy/http/headers.hpp>

#include "http/characters.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace corduroy::http {

// Puts the fields of a head into a Headers as they are received, without checking them again: the parser has. All bytes
// of the head are copied at once, piece by piece as they come, and a name, a value or a part of the start line is where
// it lies among them.
//
// The parser tells of a name or value with the bytes it has of it: one that reaches the end of its piece is gone on
// with by what it tells next, which may be nothing more.
class FieldCollector {
public:
    using Entry = FieldStore::Entry;
    // Where a part lies.
    struct Place {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };

    void collect_into(Headers& headers) noexcept {
        headers_ = &headers;
        headers.clear();
        kinds_ = 0;
        cut_ = Cut::none;
        padded_ = false;
    }
    // Heads from one peer are much alike: room for one like the last, so that a head that is taken away each time costs
    // one allocation and no growing.
    void make_room() { store().reserve(usual_fields_, usual_bytes_); }

    // The parser is given these bytes next, and no more than `most` fields are expected ...
    void begin_piece(std::string_view piece, std::size_t most) noexcept {
        piece_ = piece.data();
        piece_end_ = piece_ + piece.size();
        base_ = reinterpret_cast<std::uintptr_t>(piece_) - store().byte_size();
        most_ = most;
        look_for_room();
    }
    // ... and has used this many of them.
    void end_piece(std::size_t used) {
        store().extent_.size = fields();
        store().extent_.kinds |= kinds_;
        store().append({piece_, used});
    }

    // False where grow_with_name is to be called: mostly a name is whole, and there is room for it. What begins one is
    // not empty.
    bool name(const char* at, std::size_t size) noexcept {
        if (cut_ == Cut::name || next_ >= room_) [[unlikely]]
            return false;
        *next_++ = {place_of(at), static_cast<std::uint32_t>(size), 0, 0};
        kinds_ |= FieldStore::kind_of(at, size);
        if (at + size == piece_end_) [[unlikely]]
            cut_ = Cut::name;
        return true;
    }
    // False where that name is whole, and one too many. Not when it begins: of one that is malformed, that would be
    // known or not as the bytes were cut.
    bool grow_with_name(const char* at, std::size_t size) {
        if (cut_ == Cut::name) {
            Entry& entry = next_[-1];
            entry.name_size += static_cast<std::uint32_t>(size);
            kinds_ |= FieldStore::kind_of(store().bytes() + entry.name_offset, entry.name_size);
        } else {
            store().extent_.size = fields();
            store().push_back({place_of(at), static_cast<std::uint32_t>(size), 0, 0}, {at, size});
            look_for_room();
        }
        cut_ = at + size == piece_end_ ? Cut::name : Cut::none;
        return cut_ == Cut::name || fields() <= most_;
    }
    void value(const char* at, std::size_t size) noexcept {
        Entry& entry = next_[-1];
        if (cut_ == Cut::value) [[unlikely]] {
            entry.value_size += static_cast<std::uint32_t>(size);
            cut_ = Cut::none;
        } else {
            entry.value_offset = place_of(at);
            entry.value_size = static_cast<std::uint32_t>(size);
        }
        if (at + size == piece_end_) [[unlikely]]
            cut_ = Cut::value;
        if (size > 0 && is_white_space(at[size - 1])) [[unlikely]]
            padded_ = true;
    }
    // Of the start line, which comes before all fields.
    void part(Place& place, const char* at, std::size_t size) noexcept {
        if (place.size == 0) place.offset = place_of(at);
        place.size += static_cast<std::uint32_t>(size);
    }

    // The last piece has ended. The white space before a line end is no part of the value.
    void end() noexcept {
        if (padded_) trim();
    }
    // What has ended is a head, and the next will be much like it; a field or a digit more is to make no difference.
    void note_usual_size() noexcept {
        usual_fields_ = static_cast<std::uint32_t>(std::min<std::size_t>(store().size(), 31) / 4 * 4 + 4);
        usual_bytes_ = static_cast<std::uint32_t>(std::min<std::size_t>(store().byte_size(), 2047) / 64 * 64 + 64);
    }

    // The bytes of a failed head are not all there.
    void abandon() noexcept {
        if (headers_ != nullptr) headers_->clear();
    }

    const Headers& headers() const noexcept { return *headers_; }
    // What was said to lie there, once its piece has ended.
    std::string_view text(Place place) const noexcept { return {store().bytes() + place.offset, place.size}; }
    // The first bytes until now, those of the piece among them.
    std::string beginning(std::size_t size) const {
        std::string text(store().bytes(), std::min(size, store().byte_size()));
        return text.append(std::string_view(piece_, piece_end_).substr(0, size - text.size()));
    }

private:
    enum class Cut : unsigned char { none, name, value };

    FieldStore& store() const noexcept { return headers_->store_; }
    std::uint32_t fields() const noexcept { return static_cast<std::uint32_t>(next_ - store().entries()); }
    std::uint32_t place_of(const char* at) const noexcept {
        return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(at) - base_);
    }
    void look_for_room() noexcept {
        next_ = store().entries() + store().size();
        room_ = store().entries() + std::min<std::size_t>(store().extent_.room, most_);
    }
    void trim() noexcept {
        for (std::size_t i = 0; i < store().size(); ++i) {
            Entry& entry = store()[i];
            const char* value = store().bytes() + entry.value_offset;
            while (entry.value_size > 0 && is_white_space(value[entry.value_size - 1])) --entry.value_size;
        }
    }

    Headers* headers_ = nullptr;
    Entry* next_ = nullptr;   // of the entries of the store, which learns of them as a piece ends
    Entry* room_ = nullptr;   // their end; or where more of them are too many
    std::uintptr_t base_ = 0; // where the bytes before the piece would begin, if they lay before it
    const char* piece_ = nullptr;
    const char* piece_end_ = nullptr;
    std::size_t most_ = 0;
    FieldStore::Kinds kinds_ = 0; // of the names, which the store learns likewise
    std::uint32_t usual_fields_ = 8;
    std::uint32_t usual_bytes_ = 256;
    Cut cut_ = Cut::none; // what reached the end of its piece last
    bool padded_ = false; // some value ends in white space, until now
};

} // namespace corduroy::http
