#include "transfer/transfer_record.hpp"

#include <chrono>

namespace fetch {

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

} // namespace fetch
