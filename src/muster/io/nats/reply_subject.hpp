// The reply subjects of our questions: they carry what was asked, so that any answer, however late,
// is matched without remembering anything.
//
//   INBOX.s.COMPONENT.ROUND   a question to a component        INBOX-search.p.N   who is there?
//   INBOX.e.ECHO              a message of ours to ourselves   INBOX-search.i.N   what is it?
// INBOX is `PREFIX.<32 random hex digits>`: nobody else can guess where we listen. A search has a
// box of its own, because nothing tells its 503 from that of a question but where it arrives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/base/strong_id.hpp"

namespace muster {

enum class ReplyKind : char { stats = 's', echo = 'e', ping = 'p', info = 'i' };

struct ReplySubject {
    ReplyKind kind = ReplyKind::stats;
    ComponentId component;     ///< Of a question only.
    std::uint64_t number = 0;  ///< Round, echo, or a running number.
    friend bool operator==(const ReplySubject&, const ReplySubject&) = default;
};

/// `PREFIX.` and 128 random bits.
[[nodiscard]] std::string make_inbox(const std::string& prefix);

/// What to subscribe to for the replies to questions, and our echoes.
[[nodiscard]] std::string questions_box(const std::string& inbox);
/// What to subscribe to for the replies to searches.
[[nodiscard]] std::string search_box(const std::string& inbox);

[[nodiscard]] std::string format_reply_subject(const std::string& inbox, ReplySubject reply);
/// Absent for anything format_reply_subject cannot have made.
[[nodiscard]] std::optional<ReplySubject> parse_reply_subject(std::string_view inbox,
                                                              std::string_view subject) noexcept;

}  // namespace muster
