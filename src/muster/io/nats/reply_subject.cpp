// See reply_subject.hpp.
#include "muster/io/nats/reply_subject.hpp"

#include <charconv>
#include <random>

namespace muster {
namespace {

constexpr std::string_view kSearch = "-search";

bool is_of_search(ReplyKind kind) noexcept {
    return kind == ReplyKind::ping || kind == ReplyKind::info;
}

std::optional<ReplyKind> kind_of(char letter) noexcept {
    switch (letter) {
        case 's': return ReplyKind::stats;
        case 'e': return ReplyKind::echo;
        case 'p': return ReplyKind::ping;
        case 'i': return ReplyKind::info;
        default: return std::nullopt;
    }
}

/// Reads a decimal number without sign or leading zeros off the front of `text`.
template <typename Number>
bool take_number(std::string_view& text, Number& number) noexcept {
    if (text.size() > 1 && text.front() == '0' && text[1] != '.') return false;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

std::string make_inbox(const std::string& prefix) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::random_device random;
    std::string inbox = prefix + ".";
    for (int word = 0; word < 4; ++word) {
        unsigned bits = random();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4) inbox += kDigits[bits & 15U];
    }
    return inbox;
}

std::string questions_box(const std::string& inbox) {
    return inbox + ".>";
}

std::string search_box(const std::string& inbox) {
    return inbox + std::string(kSearch) + ".>";
}

std::string format_reply_subject(const std::string& inbox, ReplySubject reply) {
    std::string subject = inbox;
    if (is_of_search(reply.kind)) subject += kSearch;
    subject += '.';
    subject += static_cast<char>(reply.kind);
    if (reply.kind == ReplyKind::stats) subject += "." + std::to_string(reply.component.value);
    return subject + "." + std::to_string(reply.number);
}

std::optional<ReplySubject> parse_reply_subject(std::string_view inbox,
                                                std::string_view subject) noexcept {
    if (!subject.starts_with(inbox)) return std::nullopt;
    subject.remove_prefix(inbox.size());
    const bool of_search = subject.starts_with(kSearch);
    if (of_search) subject.remove_prefix(kSearch.size());
    if (subject.size() < 4 || subject[0] != '.' || subject[2] != '.') return std::nullopt;
    const auto kind = kind_of(subject[1]);
    if (!kind || is_of_search(*kind) != of_search) return std::nullopt;
    ReplySubject reply{.kind = *kind, .component = {}};
    subject.remove_prefix(3);
    if (reply.kind == ReplyKind::stats) {
        if (!take_number(subject, reply.component.value)) return std::nullopt;
        if (!subject.starts_with('.')) return std::nullopt;
        subject.remove_prefix(1);
    }
    if (!take_number(subject, reply.number) || !subject.empty()) return std::nullopt;
    return reply;
}

}  // namespace muster
