#include <corduroy/http/files/download.hpp>

#include "http/characters.hpp"
#include "http/files/partial_file.hpp"

#include <corduroy/http/error.hpp>
#include <corduroy/http/files/content_range.hpp>
#include <corduroy/os/file.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace corduroy::http {

namespace {

Task<std::string> read_tag(const std::string& path) {
    std::string tag(1024, '\0');
    os::File file = co_await os::File::open(path);
    std::size_t size = co_await file.read_some(std::as_writable_bytes(std::span(tag)));
    tag.resize(size);
    co_return tag;
}

Task<> write_tag(const std::string& path, const std::string& tag) {
    os::File file = co_await os::File::create(path);
    co_await file.write_all(tag);
    co_await file.close();
}

// None where middleware answered.
std::string address_of(const Response& response) {
    return response.final_url() ? response.final_url()->redacted() : std::string();
}

class Download {
public:
    Download(RequestBuilder request, std::string path)
        : request_(std::move(request)), file_(path), tag_path_(path + ".part.tag") {
        file_.keep();
    }

    Task<Response> run() {
        std::uint64_t have = co_await find_part();
        Response response = co_await ask(have);
        bool useless = response.status() == 206 && have != 0 && !is_of_version(response.headers(), tag_);
        if (response.status() == 416 && have != 0) {
            auto range = ContentRange::of(response.headers());
            if (range && range->size == have) { // the last call had all but the name
                co_await file_.complete();
                os::remove_file(tag_path_);
                static_cast<void>(response.take_reader()); // and the place in the pool that it holds
                co_return response;
            }
            useless = true;
        }
        if (useless) {
            have = 0;
            response = Response(); // gives its place in the pool back, which may be the only one
            response = co_await ask(0);
        }
        if (response.status() >= 300)
            throw StatusError({response.method(), address_of(response), Phase::head}, response.status(),
                              response.reason(), {});
        co_await open(response, have);
        std::uint64_t size = have_;
        for (;;) {
            std::string_view piece = co_await response.read();
            if (piece.empty()) break;
            co_await file_.write(piece);
            size += piece.size();
        }
        if (whole_ && *whole_ != size)
            throw ProtocolError({response.method(), address_of(response), Phase::body},
                                "the server gave no more than " + std::to_string(size) + " bytes of " +
                                    std::to_string(*whole_) + "; they are kept for another time");
        co_await file_.complete();
        os::remove_file(tag_path_);
        co_return response;
    }

private:
    // How much is there of what; 0 where that is of no use.
    Task<std::uint64_t> find_part() {
        auto size = os::file_size(file_.part());
        if (!size || *size == 0 || !os::file_size(tag_path_)) co_return 0;
        tag_ = co_await read_tag(tag_path_);
        bool is_whole = !tag_.empty() && consists_of(tag_, text_characters); // no header could say what is damaged
        co_return is_whole ? *size : 0;
    }

    Task<Response> ask(std::uint64_t from) {
        // Parts are of what is encoded, and the part that is there is not.
        RequestBuilder request = request_.copy().set_header("accept-encoding", "identity").streamed();
        if (from != 0) {
            std::string range = "bytes=" + std::to_string(from) + "-";
            static_cast<void>(std::move(request).set_header("range", range).set_header("if-range", tag_));
        }
        co_return co_await std::move(request);
    }

    Task<> open(const Response& response, std::uint64_t have) {
        if (response.status() == 206) {
            auto range = ContentRange::of(response.headers());
            if (have == 0 || !range || range->first != have)
                throw ProtocolError({response.method(), address_of(response), Phase::head},
                                    "the server gives another part than the one from byte " + std::to_string(have) +
                                        " on that was asked for");
            have_ = have;
            whole_ = range->size;
            co_await file_.go_on();
            co_return;
        }
        os::remove_file(tag_path_);
        co_await file_.begin();
        std::string tag = range_validator(response.headers());
        if (!tag.empty()) co_await write_tag(tag_path_, tag);
    }

    RequestBuilder request_;
    PartialFile file_;
    std::string tag_path_;
    std::string tag_;
    std::uint64_t have_ = 0;             // what was there, and is gone on with
    std::optional<std::uint64_t> whole_; // the size of all, where a part's answer says it
};

Task<Response> run_download(RequestBuilder request, std::string path) {
    Download download(std::move(request), std::move(path));
    co_return co_await download.run();
}

} // namespace

Task<Response> download(RequestBuilder request, std::string path) {
    return run_download(std::move(request), std::move(path));
}

} // namespace corduroy::http
