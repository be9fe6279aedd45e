#include "options/option_table.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

namespace fetch {

namespace {

std::string lines_of(std::string_view kind, std::string_view text) {
    std::string lines;
    while (!text.empty()) {
        std::size_t end = std::min(text.find('\n'), text.size());
        lines.append(kind).append("\t").append(text.substr(0, end)).append("\n");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// All its names with commas between, without the --no-NAME of a switch.
std::string names_of(const CLI::Option& option) {
    const std::vector<std::string>& all = option.get_lnames();
    std::string names;
    auto add = [&names](const std::string& name) { names += (names.empty() ? "" : ",") + name; };
    for (const std::string& name : option.get_snames()) add("-" + name);
    for (const std::string& name : all) {
        bool takes_back = name.starts_with("no-") && std::ranges::find(all, name.substr(3)) != all.end();
        if (!takes_back) add("--" + name);
    }
    return names;
}

} // namespace

std::string option_table(const CLI::App& app, std::string_view about, std::string_view notes) {
    std::string table = lines_of("about", about);
    for (const CLI::Option* option : app.get_options()) {
        std::string names = names_of(*option);
        bool hidden = option->get_group().empty();
        if (names.empty() || hidden) continue; // the URLs have no names
        std::string placeholder = option->get_items_expected_max() == 0 ? std::string() : option->get_type_name();
        table += "option\t" + option->get_group() + "\t" + names + "\t" + placeholder + "\t" +
                 option->get_description() + "\n";
    }
    return table + lines_of("notes", notes);
}

} // namespace fetch
