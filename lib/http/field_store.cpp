#include <corduroy/http/field_store.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace corduroy::http {

FieldStore::FieldStore(const FieldStore& other) {
    if (other.size_ == 0 && other.byte_size_ == 0) return;
    allocate(other.size_, other.byte_size_);
    std::copy_n(other.entries(), other.size_, entries());
    size_ = other.size_;
    append({other.bytes(), other.byte_size_});
}

void FieldStore::swap(FieldStore& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
    std::swap(byte_size_, other.byte_size_);
    std::swap(byte_room_, other.byte_room_);
}

void FieldStore::erase(std::size_t index) noexcept {
    Entry* gone = entries() + index;
    std::copy(gone + 1, entries() + size_, gone);
    --size_;
}

void FieldStore::append(std::string_view text) {
    if (text.size() > byte_room_ - byte_size_) grow(size_, byte_size_ + text.size());
    char* end = static_cast<char*>(memory_.get()) + room_ * sizeof(Entry) + byte_size_;
    if (!text.empty()) std::memcpy(end, text.data(), text.size());
    byte_size_ += static_cast<std::uint32_t>(text.size());
}

// At least by half, so that what is added one by one is not copied each time.
void FieldStore::grow(std::size_t fields, std::size_t bytes) {
    constexpr std::size_t most = 0xffff'ffff;
    std::size_t room = fields <= room_ ? room_ : std::max<std::size_t>({fields, room_ + room_ / 2, 8});
    std::size_t byte_room =
        bytes <= byte_room_ ? byte_room_ : std::max<std::size_t>({bytes, byte_room_ * 3ul / 2, 128});
    if (fields > most || bytes > most) throw std::bad_alloc();
    FieldStore larger;
    larger.allocate(std::min(room, most), std::min(byte_room, most));
    std::copy_n(entries(), size_, larger.entries());
    larger.size_ = size_;
    larger.append({this->bytes(), byte_size_});
    swap(larger);
}

void FieldStore::allocate(std::size_t fields, std::size_t bytes) {
    memory_.reset(::operator new(fields * sizeof(Entry) + bytes));
    room_ = static_cast<std::uint32_t>(fields);
    byte_room_ = static_cast<std::uint32_t>(bytes);
}

} // namespace corduroy::http
