#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace fetch {

// The options of `app` for whoever makes pages of them, a line each, with tabs between its fields: "option", the group,
// the names with commas between, the placeholder of its value (empty where there is none), and what it does. Before
// them come the lines of `about`, and behind them those of `notes`, as "about" and "notes" with the text.
std::string option_table(const CLI::App& app, std::string_view about, std::string_view notes);

} // namespace fetch
