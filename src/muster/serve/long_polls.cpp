// Waiting for a newer view without a lock and without a lost wake.
//
// Thread rules are the header's.
#include "muster/serve/long_polls.hpp"

#include <utility>

namespace muster {

LongPolls::LongPolls(HttpLoop& loop, ViewCell& cell, const Clock& clock, Duration gap,
                     std::function<void(std::vector<WaitingPoll>)> answer)
    : loop_(loop), cell_(cell), clock_(clock), gap_(gap), answer_(std::move(answer)) {
    cell_.add_listener(*this);
}

LongPolls::~LongPolls() {
    cell_.remove_listener(*this);
}

// Publisher and loop meet in `armed_`; both change it by an exchange (acquire and release), so one
// of the two comes first:
// 1. [publisher] stores the new version, then exchanges armed_ to false;
// 2. [loop] exchanges armed_ to true, then loads the version;
// 3. if 1 came first, 2 read what it wrote and sees the new version: arm() wakes itself;
// 4. if 2 came first, 1 reads true and posts a wake.
void LongPolls::on_published(std::uint64_t) noexcept {
    if (armed_.exchange(false, std::memory_order_acq_rel)) loop_.post([this] { wake(); });
}

void LongPolls::arm() {
    armed_.exchange(true, std::memory_order_acq_rel);
    const std::uint64_t version = cell_.version();
    for (const auto& [id, poll] : polls_) {
        if (poll.version >= version) continue;
        if (armed_.exchange(false, std::memory_order_acq_rel)) loop_.post([this] { wake(); });
        return;
    }
}

void LongPolls::add(WaitingPoll poll, Duration timeout) {
    const std::uint64_t id = next_id_++;
    poll.timer = loop_.call_after(timeout, [this, id] { time_out(id); });
    const auto [at, added] = polls_.emplace(id, std::move(poll));
    at->second.reply.on_gone([this, id] { polls_.erase(id); });
    // Others that wait have armed it already, or a wake is on its way to them and to this one.
    if (polls_.size() == 1 || at->second.version < cell_.version()) arm();
}

void LongPolls::wake() {
    if (polls_.empty() || gap_timer_ != nullptr) return;
    const Time now = clock_.now();
    if (last_wake_ != kNever && now - last_wake_ < gap_) {
        gap_timer_ = loop_.call_after(gap_ - (now - last_wake_), [this] {
            const auto ended = std::exchange(gap_timer_, nullptr);
            answer_due();
        });
        return;
    }
    answer_due();
}

void LongPolls::answer_due() {
    last_wake_ = clock_.now();
    const std::uint64_t version = cell_.version();
    std::vector<WaitingPoll> due;
    due.reserve(polls_.size());
    for (auto at = polls_.begin(); at != polls_.end();) {
        if (at->second.version < version) {
            due.push_back(std::move(at->second));
            at = polls_.erase(at);
        } else {
            ++at;
        }
    }
    answer_(std::move(due));
    if (!polls_.empty()) arm();
}

void LongPolls::answer_all() {
    std::vector<WaitingPoll> due;
    due.reserve(polls_.size());
    for (auto& [id, poll] : std::exchange(polls_, {})) due.push_back(std::move(poll));
    answer_(std::move(due));
}

void LongPolls::time_out(std::uint64_t id) {
    auto node = polls_.extract(id);
    if (node.empty()) return;
    std::vector<WaitingPoll> due;
    due.push_back(std::move(node.mapped()));
    answer_(std::move(due));
}

}  // namespace muster
