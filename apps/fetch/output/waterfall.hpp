#pragma once

#include "transfer/transfer_record.hpp"

#include <corduroy/base/time.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace fetch {

// The run as a picture: a row for each URL, in the order in which they were begun, on one axis of time, with what it
// waited for in turn: a place in the pool, the name, the connection, TLS, the answer, the body.
class Waterfall {
public:
    explicit Waterfall(corduroy::TimePoint start) noexcept : start_(start) {}

    void add(const TransferRecord& record);

    // For a terminal of so many columns. Of more rows than `most_rows` the longest are shown, and how many are not.
    std::string text(std::size_t columns, std::size_t most_rows = 100) const;
    // The same as a picture of its own, and as a page that says what the colours mean.
    std::string svg() const;
    std::string html() const;

private:
    struct Span {
        std::size_t phase; // see phases in waterfall.cpp
        corduroy::Duration from;
        corduroy::Duration to;
    };
    struct Row {
        std::string name;
        std::string outcome; // the status, or that it failed
        bool failed;
        std::vector<Span> spans;
        corduroy::Duration begin() const noexcept { return spans.front().from; }
        corduroy::Duration end() const noexcept { return spans.back().to; }
    };

    std::vector<Row> in_order() const;
    corduroy::Duration whole() const noexcept;

    corduroy::TimePoint start_;
    std::vector<Row> rows_;
};

} // namespace fetch
