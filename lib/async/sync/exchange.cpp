#include <corduroy/async/sync/exchange.hpp>

#include <corduroy/async/sync/sync_error.hpp>

namespace corduroy::detail {

void raise(Cut cut) {
    switch (cut) {
    case Cut::queue_closed:
        throw ClosedResourceError("put into a Queue that is closed");
    case Cut::sender_closed:
        throw ClosedResourceError("send by an end of a Channel that is closed");
    case Cut::receiver_closed:
        throw ClosedResourceError("receive by an end of a Channel that is closed");
    case Cut::nobody_receives:
        throw BrokenResourceError("send into a Channel whose receivers are all closed");
    case Cut::nobody_sends:
    case Cut::none:
        break;
    }
    throw EndOfChannel("receive from a Channel whose senders are all closed");
}

} // namespace corduroy::detail
