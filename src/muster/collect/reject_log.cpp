// See reject_log.hpp.
#include "muster/collect/reject_log.hpp"

#include <algorithm>
#include <functional>

namespace muster {
namespace {

std::uint64_t hash_of(RejectReason reason, std::string_view worker) noexcept {
    const auto number = static_cast<std::uint64_t>(reason) + 1;
    std::uint64_t hash = std::hash<std::string_view>{}(worker);
    hash ^= number * 0x9E3779B97F4A7C15ULL;  // Golden ratio: spreads small numbers over all bits.
    hash *= 0xBF58476D1CE4E5B9ULL;
    hash ^= hash >> 31;
    return hash == 0 ? 1 : hash;  // 0 marks a free place.
}

}  // namespace

RejectLog::RejectLog(Options options)
    : options_(options), pairs_(std::max(options.pairs_max, kProbes)) {}

std::optional<RejectLog::Line> RejectLog::pass(Pair& pair, Time now, bool many) const noexcept {
    if (pair.last_line != kNever && now - pair.last_line < options_.window) {
        ++pair.suppressed;
        return std::nullopt;
    }
    const Line line{pair.suppressed, many, pair.last_line != kNever};
    pair.last_line = now;
    pair.suppressed = 0;
    return line;
}

std::optional<RejectLog::Line> RejectLog::note(RejectReason reason, std::string_view worker,
                                               Time now) {
    const std::uint64_t hash = hash_of(reason, worker);
    Pair* room = nullptr;
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
        Pair& pair = pairs_[(hash + probe) % pairs_.size()];
        if (pair.hash == hash) return pass(pair, now, false);
        // A pair whose window has passed may be forgotten: its next line is due anyway.
        const bool free = pair.hash == 0 || now - pair.last_line >= options_.window;
        if (free && room == nullptr) room = &pair;
    }
    if (room == nullptr) return pass(overflow_[static_cast<std::size_t>(reason)], now, true);
    *room = Pair{.hash = hash, .last_line = kNever, .suppressed = 0};
    return pass(*room, now, false);
}

}  // namespace muster
