#include <corduroy/http/field_store.hpp>

#include <corduroy/base/frame_pool.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace corduroy::http {

FieldStore::FieldStore(const FieldStore& other) {
    if (other.empty() && other.byte_size() == 0) return;
    allocate(other.size(), other.byte_size());
    std::copy_n(other.entries(), other.size(), entries());
    extent_.size = other.extent_.size;
    extent_.kinds = other.extent_.kinds;
    append({other.bytes(), other.byte_size()});
}

void FieldStore::erase(std::size_t index) noexcept {
    Entry* gone = entries() + index;
    std::copy(gone + 1, entries() + size(), gone);
    --extent_.size;
}

void FieldStore::append(std::string_view text) {
    if (text.size() > extent_.byte_room - byte_size()) grow(size(), byte_size() + text.size());
    char* end = reinterpret_cast<char*>(entries() + extent_.room) + byte_size();
    if (!text.empty()) std::memcpy(end, text.data(), text.size());
    extent_.byte_size += static_cast<std::uint32_t>(text.size());
}

// At least by half, so that what is added one by one is not copied each time.
void FieldStore::grow(std::size_t fields, std::size_t bytes) {
    constexpr std::size_t most = 0xffff'ffff;
    std::size_t room = extent_.room, byte_room = extent_.byte_room;
    if (fields > room) room = std::max<std::size_t>({fields, room + room / 2, 8});
    if (bytes > byte_room) byte_room = std::max<std::size_t>({bytes, byte_room * 3 / 2, 128});
    if (fields > most || bytes > most) throw std::bad_alloc();
    if (memory_ == nullptr) return allocate(std::min(room, most), std::min(byte_room, most));
    FieldStore larger;
    larger.allocate(std::min(room, most), std::min(byte_room, most));
    std::copy_n(entries(), size(), larger.entries());
    larger.extent_.size = extent_.size;
    larger.extent_.kinds = extent_.kinds;
    larger.append({this->bytes(), byte_size()});
    *this = std::move(larger);
}

void FieldStore::allocate(std::size_t fields, std::size_t bytes) {
    memory_ = allocate_frame(fields * sizeof(Entry) + bytes);
    extent_.room = static_cast<std::uint32_t>(fields);
    extent_.byte_room = static_cast<std::uint32_t>(bytes);
}

void FieldStore::release() noexcept { release_frame(memory_, memory_size()); }

} // namespace corduroy::http
