// What NATS and its user call things: where an answer arrives, and where a broker is. No text may
// hurt, and what was read is what was written.
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/io/nats/nats_url.hpp"
#include "muster/io/nats/reply_subject.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;

const std::string kInbox = "_INBOX.0123456789abcdef0123456789abcdef";

void check_subject(std::string_view subject) {
    const auto reply = muster::parse_reply_subject(kInbox, subject);
    if (reply) require(muster::format_reply_subject(kInbox, *reply) == subject);
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
    return 0;
}
