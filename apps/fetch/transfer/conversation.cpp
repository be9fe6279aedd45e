#include "transfer/conversation.hpp"

#include <algorithm>

namespace fetch {

namespace {

// More of a line is not kept.
constexpr std::size_t longest_shown_line = 16 * 1024;

// Rather than the rest of a body whose answer came before its end, or what goes through a tunnel.
bool begins_request(std::string_view bytes) noexcept {
    std::string_view line = bytes.substr(0, bytes.find("\r\n"));
    return line.size() < bytes.size() && (line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0"));
}

// "HTTP/1.1 100 Continue": another one follows. Behind 101 it is no HTTP any more.
bool is_interim(std::string_view status_line) noexcept {
    std::size_t code = status_line.find(' ');
    if (code == std::string_view::npos) return false;
    return status_line.substr(code + 1).starts_with('1') && !status_line.substr(code + 1).starts_with("101");
}

} // namespace

void Conversation::Head::take(std::string_view& bytes, std::string& text) {
    while (coming_ && !bytes.empty()) {
        std::size_t end = bytes.find('\n');
        std::string_view piece = bytes.substr(0, end);
        line_ += piece.substr(0, std::min(piece.size(), longest_shown_line - line_.size()));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (end == std::string_view::npos) return;
        if (line_.ends_with('\r')) line_.pop_back();
        text.append(mark_).append(line_) += '\n';
        coming_ = !(inside_ && line_.empty());
        if (!inside_) first_line_ = line_;
        inside_ = coming_;
        line_.clear();
    }
}

std::string Conversation::sent(std::string_view bytes) {
    std::string text;
    if (answered_ && begins_request(bytes)) {
        answered_ = false;
        request_.begin();
        answer_.begin();
    }
    request_.take(bytes, text);
    return text;
}

std::string Conversation::received(std::string_view bytes) {
    std::string text;
    while (answer_.coming() && !bytes.empty()) {
        answer_.take(bytes, text);
        if (answer_.coming()) break;
        if (is_interim(answer_.first_line()))
            answer_.begin();
        else
            answered_ = true;
    }
    return text;
}

} // namespace fetch
