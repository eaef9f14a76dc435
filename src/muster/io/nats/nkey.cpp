// See nkey.hpp. The arithmetic is OpenSSL's, the spelling is ours.
#include "muster/io/nats/nkey.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>
#include <vector>

namespace muster {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

KeyPtr key_of(const NkeySeed& seed) {
    return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
            &EVP_PKEY_free};
}

/// CRC-16/XMODEM, low byte first behind the key.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
    std::uint16_t crc = 0;
    for (const std::uint8_t byte : bytes) {
        crc = static_cast<std::uint16_t>(crc ^ (byte << 8));
        for (int bit = 0; bit < 8; ++bit) {
            crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
        }
    }
    return crc;
}

std::string encode(std::vector<std::uint8_t> bytes) {
    const std::uint16_t crc = checksum(bytes);
    bytes.push_back(static_cast<std::uint8_t>(crc & 0xFF));
    bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
    std::string text;
    unsigned buffer = 0;
    unsigned bits = 0;
    for (const std::uint8_t byte : bytes) {
        buffer = (buffer << 8) | byte;
        for (bits += 8; bits >= 5; bits -= 5) text += kBase32[(buffer >> (bits - 5)) & 31U];
    }
    if (bits > 0) text += kBase32[(buffer << (5 - bits)) & 31U];
    return text;
}

std::optional<std::vector<std::uint8_t>> decode(std::string_view text) {
    std::vector<std::uint8_t> bytes;
    unsigned buffer = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::size_t value = kBase32.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        buffer = (buffer << 5) | static_cast<unsigned>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>((buffer >> bits) & 0xFFU));
        }
    }
    if (bytes.size() < 3) return std::nullopt;
    const auto low = bytes[bytes.size() - 2];
    const auto high = bytes[bytes.size() - 1];
    bytes.resize(bytes.size() - 2);
    if (checksum(bytes) != static_cast<std::uint16_t>(low | (high << 8))) return std::nullopt;
    return bytes;
}

std::uint8_t prefix_of(NkeyKind kind) {
    return static_cast<std::uint8_t>(kBase32.find(static_cast<char>(kind)) << 3);
}

constexpr std::uint8_t kSeedPrefix = 18U << 3;  // 'S'.

}  // namespace

Result<NkeySeed> find_nkey_seed(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (!line.starts_with("SU")) continue;
        const auto bytes = decode(line);
        if (!bytes || bytes->size() != 34) break;
        NkeySeed seed{};
        std::copy(bytes->begin() + 2, bytes->end(), seed.begin());
        // The checksum is blind to the spare bits of the last letter.
        if (nkey_seed_text(NkeyKind::user, seed) != line) break;
        return seed;
    }
    return fail(ErrorKind::bad_input, ErrorOrigin::client,
                "no user seed: nkey file: it holds a line SU... as `nk -gen user` prints");
}

std::string nkey_public(NkeyKind kind, const NkeySeed& seed) {
    std::vector<std::uint8_t> bytes(33);
    bytes[0] = prefix_of(kind);
    std::size_t size = 32;
    const KeyPtr key = key_of(seed);
    [[maybe_unused]] const int ok = EVP_PKEY_get_raw_public_key(key.get(), &bytes[1], &size);
    assert(ok == 1 && size == 32);
    return encode(std::move(bytes));
}

std::string nkey_seed_text(NkeyKind kind, const NkeySeed& seed) {
    const std::uint8_t prefix = prefix_of(kind);
    std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(kSeedPrefix | (prefix >> 5)),
                                       static_cast<std::uint8_t>((prefix & 31U) << 3)};
    bytes.insert(bytes.end(), seed.begin(), seed.end());
    return encode(std::move(bytes));
}

std::array<std::uint8_t, 64> nkey_sign(const NkeySeed& seed, std::string_view message) {
    std::array<std::uint8_t, 64> signature{};
    std::size_t size = signature.size();
    const KeyPtr key = key_of(seed);
    const DigestPtr digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get());
    EVP_DigestSign(digest.get(), signature.data(), &size,
                   reinterpret_cast<const unsigned char*>(message.data()), message.size());
    return signature;
}

}  // namespace muster
