// NKeys: Ed25519 keys as NATS writes them (base32 with a prefix and a checksum).
//
// nats.c signs with a seed but wants to be told the public key as well; people give the seed only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster {

/// What a key belongs to: the first letter of its public form, the second of its seed.
enum class NkeyKind : char { user = 'U', account = 'A', op = 'O' };

using NkeySeed = std::array<std::uint8_t, 32>;

/// Reads a seed (`SU...`) out of a file's text: alone on a line; other lines are passed over.
/// bad_input if there is none, or its checksum is wrong. Never repeats it.
[[nodiscard]] Result<NkeySeed> find_nkey_seed(std::string_view text);

/// `U...`, `A...` or `O...`.
[[nodiscard]] std::string nkey_public(NkeyKind kind, const NkeySeed& seed);
/// `SU...`, `SA...` or `SO...`.
[[nodiscard]] std::string nkey_seed_text(NkeyKind kind, const NkeySeed& seed);
/// The Ed25519 signature of `message`.
[[nodiscard]] std::array<std::uint8_t, 64> nkey_sign(const NkeySeed& seed,
                                                     std::string_view message);

}  // namespace muster
