#include "muster/engines/detail/rank_memory.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "muster/base/limits.hpp"

namespace muster::detail {

namespace {

using enum Quantity;

// Rates are over this much: shorter, and llama.cpp's counters, which jump when a request ends, are
// noise; longer, and a change is seen late.
constexpr Duration kRateWindow = std::chrono::seconds(10);
// Marks this far apart bound their number, and the window's wobble.
constexpr Duration kMarkEvery = kRateWindow / 8;
// A difference of numbers that were cut to six digits must be this many of its last digits.
constexpr double kLastDigitsMin = 50.0;
constexpr double kSixDigits = 1e6;

constexpr std::size_t place_of(Quantity counter) noexcept {
    return index_of(counter) - index_of(kFirstCounter);
}

constexpr std::array kSizes = {slots, kv_total_blocks, block_size, kv_total_tokens,
                               kv_blocks_of_ranks};

/// The growth of a counter; absent if not told, or lost in its rounding.
std::optional<double> growth(double then, double now, bool six_digits) {
    if (std::isnan(then) || std::isnan(now)) return std::nullopt;
    const double grown = now - then;
    if (!six_digits || now < kSixDigits) return grown;
    const double last_digit = std::pow(10.0, std::floor(std::log10(now)) - 5.0);
    if (grown < kLastDigitsMin * last_digit) return std::nullopt;
    return grown;
}

}  // namespace

void RankMemory::recall(RankValues& values) const noexcept {
    values.merge(sizes_);
}

RankMemory::Counters RankMemory::counters_of(const RankValues& values) noexcept {
    Counters counters{};
    for (std::size_t i = 0; i < kCounterCount; ++i) {
        const auto quantity = static_cast<Quantity>(index_of(kFirstCounter) + i);
        counters[i] = values.get(quantity).value_or(kNotTold);
    }
    return counters;
}

bool RankMemory::fell(const RankValues& values) const noexcept {
    const Counters now = counters_of(values);
    for (std::size_t i = 0; i < kCounterCount; ++i) {
        if (now[i] < last_[i]) return true;  // False where either is not told.
    }
    return false;
}

void RankMemory::take_marks(const Counters& now, Time received) {
    if (marks_.empty() || received - marks_.back().at >= kMarkEvery) {
        marks_.push_back({received, now});
    }
    const auto in_window = [&](const Mark& mark) { return received - mark.at <= kRateWindow; };
    auto first = std::ranges::find_if(marks_, in_window);
    // A slow interval leaves none but the newest in the window: then to the one before it.
    if (first != marks_.begin() && marks_.end() - first < 2) --first;
    marks_.erase(marks_.begin(), first);
}

void RankMemory::tell_rates(const Counters& now, Time received, bool six_digits) {
    rates_ = {};
    hit_rate_.reset();
    if (marks_.empty() || marks_.front().at >= received) return;
    const Mark& base = marks_.front();
    rates_.window = received - base.at;
    const double seconds = std::chrono::duration<double>(rates_.window).count();
    const auto grown = [&](Quantity counter) {
        const std::size_t place = place_of(counter);
        return growth(base.counters[place], now[place], six_digits);
    };
    const auto per_second = [&](Quantity counter) -> std::optional<double> {
        const auto difference = grown(counter);
        if (!difference) return std::nullopt;
        return *difference / seconds;
    };
    rates_.prompt_tokens_per_s = per_second(prompt_tokens);
    rates_.generated_tokens_per_s = per_second(generated_tokens);
    rates_.requests_per_s = per_second(requests_done);
    const auto hits = grown(prefix_hits);
    const auto queries = grown(prefix_queries);
    // A window without queries has no rate.
    if (hits && queries && *queries > 0.0) hit_rate_ = std::min(*hits / *queries, 1.0);
}

void RankMemory::judge_motion(double moved_to, Time received, bool busy, bool idle) {
    const double moved_from = last_[place_of(progress)];
    was_busy_ = false;
    if (std::isnan(moved_from)) {
        motion_ = EngineMotion::unknown;
    } else if (moved_to > moved_from) {
        motion_ = EngineMotion::moving;
        was_busy_ = idle && !busy_seen_;
    } else {
        motion_ = busy ? EngineMotion::still : EngineMotion::idle;
    }
    if (motion_ != EngineMotion::still)
        still_since_ = kNever;
    else if (still_since_ == kNever)
        still_since_ = received;
    busy_seen_ = !idle;
}

void RankMemory::observe(const RankValues& values, Time received, bool six_digits,
                         EngineReport& report) {
    for (const Quantity size : kSizes) {
        if (const auto value = values.get(size)) sizes_.replace(size, *value);
    }
    const bool busy = report.load.running > 0 || report.load.waiting > 0;
    const bool idle = report.load.known.has(LoadField::running) && !busy;
    const Counters now = counters_of(values);
    const auto told = [&](std::size_t place) { return !std::isnan(now[place]); };
    if (told(place_of(progress))) {
        judge_motion(now[place_of(progress)], received, busy, idle);
    } else {
        was_busy_ = false;
        busy_seen_ = busy_seen_ || !idle;
    }
    bool any = false;
    for (std::size_t i = 0; i < kCounterCount; ++i) {
        if (!told(i)) continue;
        last_[i] = now[i];
        any = any || i != place_of(progress);
    }
    if (any) {
        take_marks(now, received);
        tell_rates(now, received, six_digits);
    }
    complete(report);
    // An older one beside a newer load would say that it stood meanwhile.
    if (!told(place_of(progress))) report.progress.reset();
}

void RankMemory::complete(EngineReport& report) const {
    report.rates = rates_;
    report.motion = motion_;
    report.still_since = still_since_;
    report.was_busy = was_busy_;
    const auto whole = [&](Quantity counter) -> std::optional<std::uint64_t> {
        const double value = last_[place_of(counter)];
        if (!(value < static_cast<double>(kCountMax))) return std::nullopt;  // Nor if not told.
        return static_cast<std::uint64_t>(value);
    };
    report.requests_total = whole(requests_done);
    report.progress = whole(progress);
    // Counters know the rate of now; a gauge beside them is the engine's whole life, or its last
    // batch.
    if (!whole(prefix_queries) || !whole(prefix_hits)) return;
    report.load.forget(LoadField::prefix_hit_rate);
    if (hit_rate_) report.load.set_fraction(LoadField::prefix_hit_rate, *hit_rate_);
}

}  // namespace muster::detail
