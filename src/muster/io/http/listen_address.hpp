// Where to listen, as people write it: "127.0.0.1:6878", "[::1]:0", "localhost:6878".
//
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

struct ListenAddress {
    std::string host;  ///< An IPv4 or IPv6 address without brackets.
    std::uint16_t port = 0;
};

/// Fails (bad_input, client) with a line that quotes `text` and says what is wrong. Names other
/// than "localhost" are refused: a name may mean several addresses, and which is bound would be a
/// surprise.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

/// "127.0.0.1:6878", "[::1]:6878".
[[nodiscard]] std::string print_listen_address(const ListenAddress& address);

}  // namespace muster
