// Digests first: they are of one length, so that not even the secret's length is told.
//
// Pure; any thread.
#include "muster/io/http/secret_compare.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

namespace muster {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

bool digest(std::string_view text, Digest& into) noexcept {
    into.fill(0);
    return EVP_Digest(text.data(), text.size(), into.data(), nullptr, EVP_sha256(), nullptr) == 1;
}

}  // namespace

bool same_secret(std::string_view given, std::string_view secret) noexcept {
    Digest a;
    Digest b;
    return digest(given, a) && digest(secret, b) &&
           CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace muster
