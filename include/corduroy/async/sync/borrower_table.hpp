#pragma once

#include <cstddef>
#include <source_location>
#include <vector>

namespace corduroy::detail {

// Who has, or waits for, a token of a CapacityLimiter, each by an address: a hash table whose entries lie in those
// tokens and awaiters, so that it allocates only when it has more entries than ever before.
class BorrowerTable {
public:
    class Entry {
    public:
        Entry() noexcept = default;
        Entry(const void* borrower, const std::source_location& site) noexcept : borrower_(borrower), site_(site) {}
        // Moves the place in the table.
        Entry(Entry&& other) noexcept : borrower_(other.borrower_), site_(other.site_) { take_place(other); }
        Entry& operator=(Entry&& other) noexcept;
        ~Entry() { leave(); }

        const void* borrower() const noexcept { return borrower_; }
        const std::source_location& site() const noexcept { return site_; }
        void leave() noexcept;

    private:
        friend class BorrowerTable;
        void take_place(Entry& other) noexcept;

        const void* borrower_ = nullptr;
        std::source_location site_;
        BorrowerTable* table_ = nullptr; // where it stands in one
        Entry* next_ = nullptr;
    };

    BorrowerTable() noexcept = default;
    BorrowerTable(const BorrowerTable&) = delete;
    BorrowerTable& operator=(const BorrowerTable&) = delete;

    bool empty() const noexcept { return size_ == 0; }
    // The entry of a borrower, or null.
    const Entry* find(const void* borrower) const noexcept;
    // Puts it into the table, unless it is nobody's.
    void insert(Entry& entry);

    template <class F>
    void for_each(F&& f) const {
        for (const Entry* entry : buckets_)
            for (; entry != nullptr; entry = entry->next_) f(*entry);
    }

private:
    std::size_t bucket_of(const void* borrower) const noexcept;
    Entry** link_to(Entry& entry) noexcept;
    void grow();

    std::vector<Entry*> buckets_; // a power of two, or none yet
    std::size_t size_ = 0;
};

} // namespace corduroy::detail
