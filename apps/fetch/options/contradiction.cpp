#include "options/contradiction.hpp"

#include "blanks.hpp"
#include "options/arguments.hpp"
#include "options/time_condition.hpp"

#include <corduroy/http/headers.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

namespace fetch {

namespace {

bool is_header(const std::string& line) {
    std::size_t end = line.find_first_of(":;");
    if (end == std::string::npos || end == 0) return false;
    bool has_value = line.find_first_not_of(" \t", end + 1) != std::string::npos;
    return line[end] == ':' || !has_value;
}

bool says_of_itself(std::string_view line) {
    std::string_view name = line.substr(0, line.find_first_of(":;"));
    auto is_it = [name](const char* other) { return corduroy::http::equal_ignoring_case(name, other); };
    return std::ranges::any_of(std::array{"host", "expect", "content-length", "transfer-encoding"}, is_it);
}

} // namespace

void read_netrc(NetrcOptions& netrc) {
    if (!netrc.wanted && !netrc.optional && netrc.file.empty()) return;
    std::string path = netrc.file.empty() ? usual_netrc_file() : netrc.file;
    if (netrc.optional && !std::filesystem::exists(path)) return;
    netrc.logins = Netrc::parse(content_of(path), path);
}

std::string contradiction(const Operation& operation) {
    const RequestOptions& request = operation.request;
    const OutputOptions& output = operation.output;
    for (const std::string& line : request.headers)
        if (!is_header(line)) return "--header '" + line + "' is not of the form 'NAME: VALUE'";
    for (const std::string& line : request.headers) {
        std::size_t end = line.find_first_of(":;");
        bool is_host = corduroy::http::equal_ignoring_case(std::string_view(line).substr(0, end), "host");
        if (is_host && without_blanks(std::string_view(line).substr(end + 1)).empty())
            return "--header '" + line + "': a request has to name its host";
    }
    bool to_files = output.remote_names || !output.outputs.empty();
    bool lists = std::ranges::any_of(operation.sources, [](const Operation::Source& source) { return source.is_list; });
    if (!output.output_dir.empty() && !to_files && !lists) return "--output-dir is of no use without -o, -O or --input";
    if (!lists && operation.checksums.size() > operation.sources.size()) return "there are more --checksum than URLs";
    if (to_files && operation.sources.empty()) return "there is no URL to be saved";
    for (const std::string& line : operation.connection.proxy.headers)
        if (!is_header(line) || says_of_itself(line))
            return "--proxy-header '" + line + "' " +
                   (is_header(line) ? "is what a request says of itself" : "is not of the form 'NAME: VALUE'");
    int bodies = (request.data && !request.data_in_query ? 1 : 0) + (request.form.empty() ? 0 : 1) +
                 (operation.uploads.empty() ? 0 : 1);
    if (bodies > 1) return "a request has one body: of -d, -F and -T only one can be used";
    if (request.head_only && bodies != 0) return "-I asks for a head, and -d, -F and -T send a body";
    if (request.head_only && !operation.checksums.empty()) return "-I asks for a head, and --checksum is a body's";
    if (output.resume || output.resume_from != 0) {
        const char* other = output.no_clobber        ? "--no-clobber"
                            : output.header_names    ? "-J"
                            : !request.range.empty() ? "-r"
                            : request.compressed     ? "--compressed"
                            : bodies != 0            ? "a body to be sent"
                                                     : nullptr;
        if (other != nullptr) return "-C and " + std::string(other) + " contradict each other";
    }
    if (output.rename && output.header_names)
        return "--rename and -J contradict each other: what the server calls a file is known too late";
    const ConditionOptions& condition = operation.condition;
    if (!condition.time.empty() && !TimeCondition::parse(condition.time) && !operation.condition_is_output())
        return "--time-cond '" + condition.time + "' is no date, such as 2026-11-25, and no file";
    if (condition.etags() && operation.sources.size() != 1) return "--etag-compare and --etag-save are for one URL";
    if (output.fail && output.fail_with_body) return "-f and --fail-with-body contradict each other";
    return {};
}

} // namespace fetch
