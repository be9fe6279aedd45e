#pragma once

#include <corduroy/http/headers.hpp>

#include "http/characters.hpp"

#include <string_view>

namespace corduroy::http {

// Puts fields that arrive in fragments into a Headers, without checking them again: the parser has.
class FieldCollector {
public:
    void collect_into(Headers& headers) noexcept {
        headers_ = &headers;
        in_field_ = false;
    }

    void name(std::string_view part) {
        if (!in_field_) {
            headers_->entries_.push_back({static_cast<std::uint32_t>(headers_->bytes_.size()), 0, 0});
            in_field_ = true;
        }
        headers_->bytes_.append(part);
        headers_->entries_.back().name_size += static_cast<std::uint32_t>(part.size());
    }

    void value(std::string_view part) {
        headers_->bytes_.append(part);
        headers_->entries_.back().value_size += static_cast<std::uint32_t>(part.size());
    }

    // The white space before the line end is no part of the value.
    void end_of_field() noexcept {
        in_field_ = false;
        Headers::Entry& entry = headers_->entries_.back();
        while (entry.value_size > 0 && is_white_space(headers_->bytes_.back())) {
            headers_->bytes_.pop_back();
            --entry.value_size;
        }
    }

    // Of those begun.
    std::size_t fields() const noexcept { return headers_->entries_.size(); }
    const Headers& headers() const noexcept { return *headers_; }
    bool in_field() const noexcept { return in_field_; }

private:
    Headers* headers_ = nullptr;
    bool in_field_ = false;
};

} // namespace corduroy::http
