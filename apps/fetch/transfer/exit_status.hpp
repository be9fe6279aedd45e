#pragma once

#include <corduroy/base/failure.hpp>

namespace fetch {

// Those of curl's numbers that there is a use for here (EXIT CODES of curl(1)), and one that is not curl's.
enum ExitStatus : int {
    unsupported_protocol = 1,
    malformed_url = 3,
    proxy_not_resolved = 5,
    host_not_resolved = 6,
    not_connected = 7,
    weird_reply = 8,
    partial_file = 18,
    http_error = 22,
    write_error = 23,
    read_error = 26,
    timed_out = 28,
    no_range = 33,
    tls_error = 35,
    interface_failed = 45,
    too_many_redirects = 47,
    malformed_option = 49,
    nothing_came = 52,
    send_error = 55,
    receive_error = 56,
    own_certificate = 58,
    unknown_cipher = 59,
    certificate_refused = 60,
    coding_not_undone = 61,
    too_large = 63,
    not_sent_again = 65,
    roots_unreadable = 77,
    revocations_unreadable = 82,
    key_not_pinned = 90,
    socks_refused = 97,
    wrong_checksum = 120, // our own
};

// What the program ends with where this is why the first of its URLs failed: curl's number for it; 1 for what curl has
// no number for, but for a wrong checksum.
int exit_status_of(const corduroy::Failure& failure);

} // namespace fetch
