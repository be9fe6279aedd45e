#include "transfer/transfer_record.hpp"

#include <corduroy/http/request_head.hpp>

#include <chrono>

namespace fetch {

namespace http = corduroy::http;

std::string summary_of(const TransferRecord& record) {
    if (record.failed()) return record.message;
    auto ms = std::chrono::round<std::chrono::milliseconds>(record.took).count();
    std::string text = std::to_string(record.status) + " " + std::to_string(record.size) +
                       (record.size == 1 ? " byte" : " bytes") + " in " + std::to_string(ms) + " ms " + record.url;
    if (record.redirects != 0)
        text += " (" + std::to_string(record.redirects) + (record.redirects == 1 ? " redirect" : " redirects") +
                ", to " + record.effective_url + ")";
    else if (!record.redirect_url.empty())
        text += " (redirects to " + record.redirect_url + ", which -L follows)";
    if (record.tries > 1) text += " (try " + std::to_string(record.tries) + ")";
    return text;
}

// The library's own would put the usual words where there were none.
std::string head_text(const TransferRecord& record) {
    if (record.status == 0) return {};
    std::string text = std::string(http::to_string(record.version)) + " " + std::to_string(record.status);
    if (!record.reason.empty()) text += " " + record.reason;
    text += "\r\n";
    http::append_fields(text, record.headers);
    http::append_end_of_head(text);
    return text;
}

} // namespace fetch
