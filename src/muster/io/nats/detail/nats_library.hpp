// Handles of nats.c that free themselves, and the library opened without side effects on the
// process. Private to the modules that speak NATS: names the foreign library.
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>

namespace muster {

struct NatsFree {
    void operator()(natsOptions* options) const noexcept { natsOptions_Destroy(options); }
    void operator()(natsConnection* connection) const noexcept {
        natsConnection_Destroy(connection);
    }
    void operator()(natsSubscription* subscription) const noexcept {
        natsSubscription_Destroy(subscription);
    }
    void operator()(natsMsg* message) const noexcept { natsMsg_Destroy(message); }
};
using NatsOptionsPtr = std::unique_ptr<natsOptions, NatsFree>;
/// Destroying it may wait for threads of the connection: not from one of its callbacks.
using NatsConnectionPtr = std::unique_ptr<natsConnection, NatsFree>;
using NatsSubscriptionPtr = std::unique_ptr<natsSubscription, NatsFree>;
using NatsMsgPtr = std::unique_ptr<natsMsg, NatsFree>;

/// Opens nats.c, once per process, and puts back what opening it changes for the whole process: it
/// sets SIGPIPE to be ignored. The threads it starts here have SIGPIPE blocked instead (see
/// io/runtime/sigpipe_block.hpp). Call it before anything else of nats.c. Thread rule: any.
void open_nats_library();

/// The calling thread's last error of nats.c in words, without the place in its source.
[[nodiscard]] std::string nats_error_text(natsStatus status);

}  // namespace muster
