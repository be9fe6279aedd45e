#include "sim/ledger.hpp"

#include "sim/dice.hpp"

#include <corduroy/base/error.hpp>
#include <corduroy/http/error.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace corduroy::traffic {

namespace {

constexpr std::size_t largest_text = 256 * 1024;
constexpr std::size_t beginnings = 4096;

// The reason with every number in it as '#', so that equal reasons are counted together.
std::string without_numbers(std::string_view text) {
    std::string plain;
    for (char c : text) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0)
            plain += c;
        else if (!plain.ends_with('#'))
            plain += '#';
    }
    return plain;
}

// An http::Error of a connection that broke, a name that was not found, or a body cut short; or a bound that passed,
// here or at the server. Bytes that are no HTTP are nothing that the network does to them.
bool may_happen(const Failure& failure) {
    if (failure.check<TimeoutError>()) return true;
    if (const auto* error = failure.as<http::ProtocolError>())
        return error->reason().find("ended") != std::string::npos ||
               error->reason().find("closed") != std::string::npos;
    if (const auto* error = failure.as<http::StatusError>()) return error->status() == 408; // Request Timeout
    if (failure.check<http::TooLarge, http::RedirectError, http::UnsupportedUrl>()) return false;
    return failure.check<http::Error>();
}

} // namespace

Figures& Figures::operator+=(const Figures& other) noexcept {
    requests += other.requests;
    answered += other.answered;
    failed += other.failed;
    deliveries += other.deliveries;
    repeated += other.repeated;
    return *this;
}

std::string_view text_of(std::size_t number, std::size_t size) {
    static const std::string noise = [] {
        std::string bytes(largest_text + beginnings, '\0');
        Dice dice(1);
        for (char& c : bytes) c = static_cast<char>(dice.below(256));
        return bytes;
    }();
    return std::string_view(noise).substr(number % beginnings, std::min(size, largest_text));
}

std::size_t Ledger::open(bool idempotent) {
    requests_.push_back({idempotent});
    return requests_.size() - 1;
}

Ledger::Entry* Ledger::find(std::size_t request) {
    if (request < requests_.size()) return &requests_[request];
    violated("there is no request " + std::to_string(request));
    return nullptr;
}

std::size_t Ledger::delivered(std::size_t request, std::string_view body, std::size_t expected_size) {
    deliveries_.push_back({request});
    if (Entry* entry = find(request)) {
        unsigned most = entry->idempotent ? 2 : 1;
        if (++entry->deliveries > most)
            violated("request " + std::to_string(request) + (entry->idempotent ? "" : ", which is not idempotent,") +
                     " was delivered " + std::to_string(entry->deliveries) + " times");
        if (body != text_of(request, expected_size))
            violated("the body of request " + std::to_string(request) + " was not delivered as it was sent");
    }
    return deliveries_.size() - 1;
}

std::string Ledger::answer_to(std::size_t request, std::size_t delivery, std::size_t size) {
    std::string answer = std::to_string(request) + ' ' + std::to_string(delivery) + '\n';
    answer += text_of(request + delivery, size);
    return answer;
}

void Ledger::answered(std::size_t request, std::string_view answer, std::size_t expected_size) {
    Entry* entry = find(request);
    if (entry == nullptr) return;
    std::string who = "request " + std::to_string(request);
    if (std::exchange(entry->ended, true)) violated(who + " ended twice");
    entry->answered = true;
    std::size_t delivery = deliveries_.size();
    std::string_view line = answer.substr(0, answer.find('\n'));
    std::string_view second = line.substr(std::min(line.size(), line.find(' ') + 1));
    std::from_chars(second.data(), second.data() + second.size(), delivery);
    if (delivery >= deliveries_.size() || deliveries_[delivery].request != request)
        return violated(who + " was given an answer that is not its own: " + std::string(line.substr(0, 100)));
    if (answer != answer_to(request, delivery, expected_size))
        violated("the answer to " + who + " did not arrive as it was sent");
    if (std::exchange(deliveries_[delivery].answered, true)) violated(who + " was answered twice");
}

void Ledger::failed(std::size_t request, const Failure& failure) {
    Entry* entry = find(request);
    if (entry == nullptr) return;
    if (std::exchange(entry->ended, true)) violated("request " + std::to_string(request) + " ended twice");
    const auto* error = failure.as<http::Error>();
    ++failures_[without_numbers(error != nullptr ? error->reason() : failure.message())];
    if (!may_happen(failure))
        violated("request " + std::to_string(request) + " failed as none may: " + failure.message());
}

void Ledger::violated(std::string what) { violations_.push_back(std::move(what)); }

void Ledger::settle() const {
    if (!violations_.empty()) throw Error(violations_.front());
    auto open = std::find_if(requests_.begin(), requests_.end(), [](const Entry& entry) { return !entry.ended; });
    if (open != requests_.end())
        throw Error("request " + std::to_string(open - requests_.begin()) + " was neither answered nor failed");
}

Figures Ledger::figures() const noexcept {
    Figures figures;
    for (const Entry& entry : requests_) {
        ++figures.requests;
        figures.deliveries += entry.deliveries;
        if (entry.deliveries > 1) ++figures.repeated;
        ++(entry.answered ? figures.answered : figures.failed);
    }
    return figures;
}

} // namespace corduroy::traffic
