#include "http/content/codings.hpp"

#include <corduroy/base/lower_case.hpp>

#include "config.hpp"
#include "http/characters.hpp"

#include <algorithm>

namespace corduroy::http {

namespace {

template <class Take>
void for_each_coding(const Headers& headers, Take take) {
    for (auto [name, value] : headers) {
        if (!equal_ignoring_case(name, "content-encoding")) continue;
        while (!value.empty()) {
            std::string_view item = value.substr(0, value.find(','));
            value.remove_prefix(std::min(item.size() + 1, value.size()));
            item = trimmed(item);
            if (!item.empty() && !equal_ignoring_case(item, "identity")) take(item);
        }
    }
}

} // namespace

std::string_view accepted_codings() noexcept {
    constexpr std::string_view all = ""
#if CORDUROY_HAVE_ZLIB
                                     ", gzip, deflate"
#endif
#if CORDUROY_HAVE_BROTLI
                                     ", br"
#endif
#if CORDUROY_HAVE_ZSTD
                                     ", zstd"
#endif
        ;
    return all.empty() ? std::string_view("identity") : all.substr(all.empty() ? 0 : 2);
}

bool is_encoded(const Headers& headers) noexcept {
    if (!headers.contains("content-encoding")) return false;
    bool found = false;
    for_each_coding(headers, [&](std::string_view) { found = true; });
    return found;
}

std::vector<std::string> codings_of(const Headers& headers) {
    std::vector<std::string> codings;
    for_each_coding(headers, [&](std::string_view coding) { codings.push_back(lower_case(coding)); });
    return codings;
}

std::unique_ptr<Decoder> make_decoder([[maybe_unused]] std::string_view coding) {
#if CORDUROY_HAVE_ZLIB
    if (coding == "gzip" || coding == "x-gzip") return make_gzip_decoder();
    if (coding == "deflate") return make_deflate_decoder();
#endif
#if CORDUROY_HAVE_BROTLI
    if (coding == "br") return make_brotli_decoder();
#endif
#if CORDUROY_HAVE_ZSTD
    if (coding == "zstd") return make_zstd_decoder();
#endif
    return nullptr;
}

} // namespace corduroy::http
