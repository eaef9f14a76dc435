// The picture (ages, choice, order), the pause, the link.
#include "top/top_model.hpp"

#include <algorithm>
#include <utility>

#include "muster/fleet/freshness.hpp"

namespace muster {
namespace {

// Of a muster that was not told otherwise; a view does not say it.
constexpr Duration kStaleAfter = std::chrono::seconds(2);

void grow(std::optional<double>& age_ms, Duration by) {
    if (age_ms) *age_ms += to_ms(by);
}

Duration duration_of(double ms) {
    // An hour is more than any interval; beyond it a count of nanoseconds could overflow.
    return Duration(static_cast<std::int64_t>(std::clamp(ms, 0.0, 3.6e6) * 1e6));
}

}  // namespace

void TopModel::take(FleetDocument fleet, Time now) {
    if (past_) {
        if (fleet.time) past_->found(*fleet.time);
        return show(std::move(fleet), now);
    }
    history_.record(fleet, now);
    link_.failure.clear();
    last_received_ = now;
    if (paused_at_)
        newest_ = std::move(fleet);
    else
        show(std::move(fleet), now);
    advance(now);
}

void TopModel::fail(std::string why) {
    if (past_) return past_->missed(std::move(why));
    link_.failure = std::move(why);
}

void TopModel::show(FleetDocument fleet, Time received) {
    shown_ = std::move(fleet);
    received_ = received;
    grown_ = Duration::zero();
    choose();
}

void TopModel::choose() {
    chosen_ = chosen_workers(shown_.workers, filter_, order_);
    lost_.clear();
    for (auto lost = shown_.lost.rbegin(); lost != shown_.lost.rend(); ++lost) {
        if (matches(*lost, filter_)) lost_.push_back(&*lost);
    }
}

void TopModel::advance(Time now) {
    if (past_) return;
    link_.silent = age_between(last_received_, now);
    link_.away = !link_.failure.empty() || link_.silent >= kAwayAfter;
    if (paused_at_) return;
    const Duration by = age_between(received_ + grown_, now);
    grown_ += by;
    for (WorkerEntry& worker : shown_.workers) {
        grow(worker.age_ms, by);
        grow(worker.record_age_ms, by);
        grow(worker.captured_age_ms, by);
        grow(worker.alive_age_ms, by);
    }
    grow(shown_.stats.oldest_age_ms, by);
    if (shown_.time) *shown_.time += by;
    if (link_.away) judge_by_age();
}

// Nobody else says any more how old is too old. States only get worse here: a newer view makes
// them better.
void TopModel::judge_by_age() {
    bool changed = false;
    for (WorkerEntry& worker : shown_.workers) {
        if (worker.state != "fresh" && worker.state != "late") continue;
        if (!worker.age_ms || !worker.interval_ms || !worker.patience_ms) continue;
        const auto limits = freshness_limits(duration_of(*worker.interval_ms),
                                             duration_of(*worker.patience_ms), kStaleAfter);
        const WorkerState state = state_of_age(duration_of(*worker.age_ms), limits);
        if (state == WorkerState::fresh || name_of(state) == worker.state) continue;
        worker.state = name_of(state);
        changed = true;
    }
    if (changed) choose();
}

std::optional<Duration> TopModel::paused_for(Time now) const {
    if (!paused_at_) return std::nullopt;
    return age_between(*paused_at_, now);
}

void TopModel::pause(Time now) {
    if (!paused_at_) {
        advance(now);
        paused_at_ = now;
        return;
    }
    paused_at_.reset();
    if (newest_) show(std::move(*newest_), last_received_);
    newest_.reset();
    advance(now);
}

std::optional<std::size_t> TopModel::selected_row() const {
    if (selected_.empty()) return std::nullopt;
    const auto found = std::ranges::find_if(
        chosen_, [&](std::size_t index) { return shown_.workers[index].id == selected_; });
    if (found == chosen_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - chosen_.begin());
}

void TopModel::set_room(std::size_t rows, std::size_t page_rows) {
    room_ = std::max<std::size_t>(rows, 1);
    page_rows_ = page_rows;
    const auto last_offset = [&](std::size_t all) { return all > room_ ? all - room_ : 0; };
    page_offset_ = std::min(page_offset_, last_offset(page_rows));
    if (page_ != TopPage::table) return;
    if (const auto row = selected_row()) {
        offset_ = std::min(offset_, *row);
        if (*row >= offset_ + room_) offset_ = *row + 1 - room_;
    }
    offset_ = std::min(offset_, last_offset(chosen_.size()));
}

}  // namespace muster
