#include <corduroy/async/sync/borrower_table.hpp>

#include <cstdint>
#include <utility>

namespace corduroy::detail {

namespace {

constexpr std::size_t first_buckets = 16;

} // namespace

BorrowerTable::Entry& BorrowerTable::Entry::operator=(Entry&& other) noexcept {
    leave();
    borrower_ = other.borrower_;
    site_ = other.site_;
    take_place(other);
    return *this;
}

void BorrowerTable::Entry::leave() noexcept {
    if (table_ == nullptr) return;
    *table_->link_to(*this) = next_;
    --std::exchange(table_, nullptr)->size_;
}

void BorrowerTable::Entry::take_place(Entry& other) noexcept {
    table_ = std::exchange(other.table_, nullptr);
    if (table_ == nullptr) return;
    *table_->link_to(other) = this;
    next_ = other.next_;
}

const BorrowerTable::Entry* BorrowerTable::find(const void* borrower) const noexcept {
    if (size_ == 0) return nullptr;
    const Entry* entry = buckets_[bucket_of(borrower)];
    while (entry != nullptr && entry->borrower_ != borrower) entry = entry->next_;
    return entry;
}

void BorrowerTable::insert(Entry& entry) {
    if (entry.borrower_ == nullptr) return;
    if (size_ == buckets_.size()) grow();
    Entry*& bucket = buckets_[bucket_of(entry.borrower_)];
    entry.next_ = std::exchange(bucket, &entry);
    entry.table_ = this;
    ++size_;
}

std::size_t BorrowerTable::bucket_of(const void* borrower) const noexcept {
    // Addresses differ in their middle bits, which the upper half of a product mixes.
    std::uint64_t key = reinterpret_cast<std::uintptr_t>(borrower);
    return ((key * 0x9e3779b97f4a7c15) >> 32) & (buckets_.size() - 1);
}

BorrowerTable::Entry** BorrowerTable::link_to(Entry& entry) noexcept {
    Entry** link = &buckets_[bucket_of(entry.borrower_)];
    while (*link != &entry) link = &(*link)->next_;
    return link;
}

void BorrowerTable::grow() {
    std::vector<Entry*> buckets(buckets_.empty() ? first_buckets : buckets_.size() * 2);
    buckets.swap(buckets_);
    for (Entry* entry : buckets) {
        while (entry != nullptr) {
            Entry*& bucket = buckets_[bucket_of(entry->borrower_)];
            Entry* next = std::exchange(entry->next_, bucket);
            bucket = std::exchange(entry, next);
        }
    }
}

} // namespace corduroy::detail
