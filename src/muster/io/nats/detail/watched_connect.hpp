// natsConnection_Connect that ends: of a server that greets and then says nothing nats.c believes
// for ever that it will (dial_socket.hpp). For programs that connect once and leave it to nats.c to
// connect again; sources dial by nats_dial.hpp.
//
// Private to the modules that speak NATS.
#pragma once

#include <cstdint>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/io/nats/detail/nats_library.hpp"

namespace muster {

struct WatchedConnect {
    natsStatus status = NATS_OK;
    NatsConnectionPtr connection;  ///< Null unless NATS_OK.
    bool was_cut = false;          ///< It failed, and a server said nothing after its greeting.
};

/// Blocks for at most about `patience` for each server of the options, whose `ports` these are.
[[nodiscard]] WatchedConnect connect_watched(natsOptions* options,
                                             const std::vector<std::uint16_t>& ports,
                                             Duration patience);

}  // namespace muster
