#pragma once

#include "transfer/transfer_record.hpp"

#include <string>
#include <string_view>

namespace fetch {

// What -w has said of a URL: on standard output, and, behind %{stderr}, on standard error.
struct WriteOut {
    std::string to_output;
    std::string to_errors;
};

// Fills curl's format: %{http_code} and the like, %header{NAME}, %% for a '%', and the escapes \n, \r and \t; what
// follows %{onerror} is for failures alone. A variable that is not known is nothing.
WriteOut write_out(std::string_view format, const TransferRecord& record);

} // namespace fetch
