// What NATS and its user call things: where an answer arrives, where a broker is, the seed of a
// key. No text may hurt, and what was read is what was written.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/io/nats/nats_url.hpp"
#include "muster/io/nats/nkey.hpp"
#include "muster/io/nats/reply_subject.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;
using muster::fuzzing::require_sentence;

const std::string kInbox = "_INBOX.0123456789abcdef0123456789abcdef";

void check_subject(std::string_view subject) {
    const auto reply = muster::parse_reply_subject(kInbox, subject);
    if (reply) require(muster::format_reply_subject(kInbox, *reply) == subject);
}

void check_seed_file(std::string_view text) {
    const auto seed = muster::find_nkey_seed(text);
    if (!seed) return require_sentence(seed.error(), {});
    require(text.contains(muster::nkey_seed_text(muster::NkeyKind::user, *seed)));
}

/// A file that holds a seed, since a fuzzer does not guess checksums; the bytes spoil it.
void check_made_seed(std::string_view bytes) {
    muster::NkeySeed seed{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), seed.size()), seed.begin());
    std::string file = muster::nkey_seed_text(muster::NkeyKind::user, seed);
    require(muster::find_nkey_seed("# of muster\n" + file + " \r\n") == seed);
    if (bytes.size() < seed.size() + 2) return;
    const auto at = static_cast<unsigned char>(bytes[seed.size()]) % file.size();
    file[at] = bytes[seed.size() + 1];
    check_seed_file(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_subject(text);
    // The tail of a subject that has come: nobody else can guess its beginning.
    check_subject(kInbox + std::string(text));
    check_subject(kInbox + "-search" + std::string(text));
    if (const auto url = muster::parse_nats_url(text)) {
        const auto again = muster::parse_nats_url(url->shown());
        require(again && again->shown() == url->shown());
        require(again->user.empty() && again->password.empty());
    }
    check_seed_file(text);
    check_made_seed(text);
    return 0;
}
