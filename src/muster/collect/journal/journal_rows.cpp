#include "muster/collect/journal/journal_rows.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/fleet/freshness.hpp"

namespace muster {
namespace {

// What of a row a difference tells. The frequent ones share the first byte.
enum Bit : std::uint32_t {
    kRunning = 1U << 0U,
    kWaiting = 1U << 1U,
    kActive = 1U << 2U,
    kUsage = 1U << 3U,
    kHitRate = 1U << 4U,
    kKnownAge = 1U << 5U,
    kSequence = 1U << 6U,  // By other than what the load's change implies.
    kKnownFields = 1U << 7U,
    kSlots = 1U << 8U,
    kTotal = 1U << 9U,
    kAliveAge = 1U << 10U,
    kMissed = 1U << 11U,
    kProcess = 1U << 12U,
    kTiming = 1U << 13U,
    kRoad = 1U << 14U,
    kFlags = 1U << 15U,
    kAsOf = 1U << 16U,
    kSilentSince = 1U << 17U,
    kAllBits = (1U << 18U) - 1,
};
constexpr std::uint32_t kLoadBits =
    kRunning | kWaiting | kActive | kUsage | kHitRate | kKnownFields | kSlots | kTotal;

// Beyond it a count of missed questions only says how long a silence lasts, which the age does.
constexpr std::uint32_t kMissedExactMax = 16;

bool same_identity(const WorkerIdentity& a, const WorkerIdentity& b) {
    return &a == &b || (a.id == b.id && a.address == b.address && a.engine == b.engine &&
                        a.models == b.models && a.labels == b.labels && a.source == b.source &&
                        a.component_id == b.component_id && a.first_seen == b.first_seen);
}

/// The bound that holds for an age: steps of a quarter, so that it soon stands still.
Duration bound_over(Duration age, Duration at_most) {
    Duration bound = std::chrono::milliseconds(1);
    while (bound < age) bound += bound / 4;
    bound = std::chrono::ceil<std::chrono::microseconds>(bound);
    return std::min(bound, std::max(at_most, age));
}

JournalAge next_age(const JournalAge& before, Time moment, const JournalBase& base, Time now,
                    Duration fresh_max) {
    if (moment == kNever) return {};
    const Time floored = base.floor(moment);
    const Duration age = age_between(floored, now);
    if (before.live && age <= before.bound && before.bound <= fresh_max) return before;
    if (!before.live && before.since == floored) return before;
    if (age <= fresh_max) return {.live = true, .bound = bound_over(age, fresh_max)};
    return {.live = false, .bound = {}, .since = floored};
}

FlagTimes floored(const JournalBase& base, const FlagTimes& times) {
    FlagTimes floored = kNoFlagTimes;
    for (std::size_t i = 0; i < times.size(); ++i) floored[i] = base.floor(times[i]);
    return floored;
}

JournalRow row_at(const FleetView& view, std::size_t i, const JournalBase& base, Time now,
                  const JournalRow& before) {
    const FleetBlock& block = view.block(i / kBlockRows);
    const std::size_t at = i % kBlockRows;
    const RowSlot& slot = view.slot(i);
    JournalRow row;
    row.identity = (*view.parts().directory)[i].identity;
    row.load = view.load(i);
    row.sequence = block.sequence[at];
    row.generation = block.generation[at];
    row.interval_us = block.interval_us[at];
    row.patience_us = block.patience_us[at];
    row.road = block.road[at];
    row.cut_off = block.cut_off[at];
    row.triggers_only = block.triggers_only[at];
    row.flags = block.flags[at];
    if (const RowExtras* extras = view.extras(i)) {
        row.flag_times = floored(base, extras->flag_times);
        row.silent_since = base.floor(extras->silent_since);
    }
    const Duration fresh_max =
        freshness_limits(view.interval(i), view.patience(i), view.stale_after()).fresh_max;
    row.known = next_age(before.known, view.known_at(i).value_or(kNever), base, now, fresh_max);
    row.alive = next_age(before.alive, slot.alive_at(), base, now, fresh_max);
    if (row.triggers_only) row.as_of = base.floor(block.as_of[at]);
    const std::uint32_t missed = slot.missed();
    row.missed = missed <= kMissedExactMax ? missed : std::bit_floor(missed);
    row.started = slot.started();
    const bool same_process = before.generation == row.generation && before.started == row.started;
    row.requests_total = same_process ? before.requests_total : slot.requests_total();
    return row;
}

std::uint32_t load_bits(const Load& before, const Load& after) {
    const auto same_bits = [](double a, double b) {
        return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
    };
    std::uint32_t bits = 0;
    if (before.running != after.running) bits |= kRunning;
    if (before.waiting != after.waiting) bits |= kWaiting;
    if (before.kv_active_blocks != after.kv_active_blocks) bits |= kActive;
    if (!same_bits(before.kv_usage, after.kv_usage)) bits |= kUsage;
    if (!same_bits(before.prefix_hit_rate, after.prefix_hit_rate)) bits |= kHitRate;
    if (before.known != after.known) bits |= kKnownFields;
    if (before.slots != after.slots) bits |= kSlots;
    if (before.kv_total_blocks != after.kv_total_blocks) bits |= kTotal;
    return bits;
}

std::uint64_t implied_sequence(std::uint64_t before, std::uint32_t bits) {
    return before + ((bits & kLoadBits) != 0 ? 1 : 0);
}

std::uint32_t difference(const JournalRow& before, const JournalRow& after) {
    std::uint32_t bits = load_bits(before.load, after.load);
    if (before.known != after.known) bits |= kKnownAge;
    if (after.sequence != implied_sequence(before.sequence, bits)) bits |= kSequence;
    if (before.alive != after.alive) bits |= kAliveAge;
    if (before.missed != after.missed) bits |= kMissed;
    if (before.generation != after.generation || before.started != after.started ||
        before.requests_total != after.requests_total) {
        bits |= kProcess;
    }
    if (before.interval_us != after.interval_us || before.patience_us != after.patience_us) {
        bits |= kTiming;
    }
    if (before.road != after.road || before.cut_off != after.cut_off ||
        before.triggers_only != after.triggers_only) {
        bits |= kRoad;
    }
    if (before.flags != after.flags || before.flag_times != after.flag_times) bits |= kFlags;
    if (before.as_of != after.as_of) bits |= kAsOf;
    if (before.silent_since != after.silent_since) bits |= kSilentSince;
    return bits;
}

/// Counts are kept as differences modulo 2^64, so that none is lost whatever it is.
void write_change(ByteWriter& to, std::uint64_t before, std::uint64_t after) {
    to.zigzag(static_cast<std::int64_t>(after - before));
}
std::uint64_t read_change(ByteReader& from, std::uint64_t before) {
    return before + static_cast<std::uint64_t>(from.zigzag());
}

void write_age(ByteWriter& to, const JournalBase& base, const JournalAge& age) {
    to.byte(age.live ? 1 : 0);
    if (age.live)
        write_duration(to, age.bound);
    else
        base.write(to, age.since);
}

JournalAge read_age(ByteReader& from, const JournalBase& base) {
    JournalAge age;
    age.live = from.byte() == 1;
    if (age.live)
        age.bound = read_duration(from);
    else
        age.since = base.read(from);
    return age;
}

void write_process(ByteWriter& to, const JournalRow& row) {
    to.varint(row.generation);
    to.byte(static_cast<std::uint8_t>((row.started ? 1U : 0U) | (row.requests_total ? 2U : 0U)));
    if (row.started) to.zigzag(*row.started);
    if (row.requests_total) to.varint(*row.requests_total);
}

void read_process(ByteReader& from, JournalRow& row) {
    row.generation = static_cast<std::uint32_t>(from.varint());
    const std::uint8_t has = from.byte();
    row.started.reset();
    row.requests_total.reset();
    if ((has & 1U) != 0) row.started = from.zigzag();
    if ((has & 2U) != 0) row.requests_total = from.varint();
}

void write_flags(ByteWriter& to, const JournalBase& base, const JournalRow& row) {
    std::uint8_t bits = 0;
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) {
        if (row.flags.has(static_cast<WorkerFlag>(i))) bits |= static_cast<std::uint8_t>(1U << i);
    }
    to.byte(bits);
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) base.write(to, row.flag_times[i]);
}

void read_flags(ByteReader& from, const JournalBase& base, JournalRow& row) {
    const std::uint8_t bits = from.byte();
    if ((bits >> kWorkerFlagCount) != 0) from.refuse();
    for (std::size_t i = 0; i < kWorkerFlagCount; ++i) {
        row.flags.set(static_cast<WorkerFlag>(i), ((bits >> i) & 1U) != 0);
        row.flag_times[i] = base.read(from);
    }
}

void write_road(ByteWriter& to, const JournalRow& row) {
    to.byte(static_cast<std::uint8_t>(static_cast<unsigned>(row.road) | (row.cut_off ? 4U : 0U) |
                                      (row.triggers_only ? 8U : 0U)));
}

void read_road(ByteReader& from, JournalRow& row) {
    const std::uint8_t bits = from.byte();
    if ((bits & 3U) > 2 || bits > 15) from.refuse();
    if (!from.good()) return;
    row.road = static_cast<Road>(bits & 3U);
    row.cut_off = (bits & 4U) != 0;
    row.triggers_only = (bits & 8U) != 0;
}

void write_load_change(ByteWriter& to, std::uint32_t bits, const Load& before, const Load& after) {
    if ((bits & kKnownFields) != 0) to.byte(after.known.bits());
    if ((bits & kRunning) != 0) write_change(to, before.running, after.running);
    if ((bits & kWaiting) != 0) write_change(to, before.waiting, after.waiting);
    if ((bits & kActive) != 0) write_change(to, before.kv_active_blocks, after.kv_active_blocks);
    if ((bits & kTotal) != 0) write_change(to, before.kv_total_blocks, after.kv_total_blocks);
    if ((bits & kSlots) != 0) write_change(to, before.slots, after.slots);
    if ((bits & kUsage) != 0) write_fraction(to, after.kv_usage, after);
    if ((bits & kHitRate) != 0) write_fraction(to, after.prefix_hit_rate, after);
}

void read_load_change(ByteReader& from, std::uint32_t bits, Load& load) {
    if ((bits & kKnownFields) != 0) load.known = LoadFields(from.byte());
    if ((bits & kRunning) != 0) load.running = read_change(from, load.running);
    if ((bits & kWaiting) != 0) load.waiting = read_change(from, load.waiting);
    if ((bits & kActive) != 0) load.kv_active_blocks = read_change(from, load.kv_active_blocks);
    if ((bits & kTotal) != 0) load.kv_total_blocks = read_change(from, load.kv_total_blocks);
    if ((bits & kSlots) != 0) load.slots = read_change(from, load.slots);
    if ((bits & kUsage) != 0) load.kv_usage = read_fraction(from, load);
    if ((bits & kHitRate) != 0) load.prefix_hit_rate = read_fraction(from, load);
    if (!is_sound(load)) from.refuse();
}

void write_row(ByteWriter& to, const JournalBase& base, std::uint32_t bits,
               const JournalRow& before, const JournalRow& after) {
    to.varint(bits);
    write_load_change(to, bits, before.load, after.load);
    if ((bits & kKnownAge) != 0) write_age(to, base, after.known);
    if ((bits & kSequence) != 0) {
        write_change(to, implied_sequence(before.sequence, bits), after.sequence);
    }
    if ((bits & kAliveAge) != 0) write_age(to, base, after.alive);
    if ((bits & kMissed) != 0) to.varint(after.missed);
    if ((bits & kProcess) != 0) write_process(to, after);
    if ((bits & kTiming) != 0) {
        to.varint(after.interval_us);
        to.varint(after.patience_us);
    }
    if ((bits & kRoad) != 0) write_road(to, after);
    if ((bits & kFlags) != 0) write_flags(to, base, after);
    if ((bits & kAsOf) != 0) base.write(to, after.as_of);
    if ((bits & kSilentSince) != 0) base.write(to, after.silent_since);
}

void read_row(ByteReader& from, const JournalBase& base, JournalRow& row) {
    const std::uint64_t wide = from.varint();
    if ((wide & ~std::uint64_t{kAllBits}) != 0) from.refuse();
    const auto bits = static_cast<std::uint32_t>(wide);
    read_load_change(from, bits, row.load);
    if ((bits & kKnownAge) != 0) row.known = read_age(from, base);
    row.sequence = implied_sequence(row.sequence, bits);
    if ((bits & kSequence) != 0) row.sequence = read_change(from, row.sequence);
    if ((bits & kAliveAge) != 0) row.alive = read_age(from, base);
    if ((bits & kMissed) != 0) row.missed = static_cast<std::uint32_t>(from.varint());
    if ((bits & kProcess) != 0) read_process(from, row);
    if ((bits & kTiming) != 0) {
        row.interval_us = static_cast<std::uint32_t>(from.varint());
        row.patience_us = static_cast<std::uint32_t>(from.varint());
    }
    if ((bits & kRoad) != 0) read_road(from, row);
    if ((bits & kFlags) != 0) read_flags(from, base, row);
    if ((bits & kAsOf) != 0) row.as_of = base.read(from);
    if ((bits & kSilentSince) != 0) row.silent_since = base.read(from);
}

}  // namespace

bool write_members(std::string& out, const JournalBase& base, const Directory& directory,
                   std::vector<JournalRow>& rows) {
    std::vector<std::size_t> left;  // Places in `rows`.
    std::vector<std::size_t> came;  // Places in the directory.
    std::vector<JournalRow> merged;
    merged.reserve(directory.size());
    std::size_t old = 0;
    for (std::size_t i = 0; i < directory.size(); ++i) {
        const auto& identity = directory[i].identity;
        while (old < rows.size() && rows[old].identity->id < identity->id) left.push_back(old++);
        if (old < rows.size() && rows[old].identity->id == identity->id) {
            if (same_identity(*rows[old].identity, *identity)) {
                merged.push_back(std::move(rows[old++]));
                merged.back().identity = identity;
                continue;
            }
            left.push_back(old++);
        }
        came.push_back(i);
        merged.emplace_back().identity = identity;
    }
    while (old < rows.size()) left.push_back(old++);
    rows = std::move(merged);
    if (left.empty() && came.empty()) return false;
    ByteWriter to(out);
    to.varint(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        to.varint(left[i] - (i == 0 ? 0 : left[i - 1] + 1));
    }
    to.varint(came.size());
    for (std::size_t i = 0; i < came.size(); ++i) {
        to.varint(came[i] - (i == 0 ? 0 : came[i - 1] + 1));
        write_identity(to, base, *directory[came[i]].identity);
    }
    return true;
}

void read_members(ByteReader& from, const JournalBase& base, std::vector<JournalRow>& rows) {
    std::size_t next = 0;  // The first place that was not looked at.
    std::vector<JournalRow> kept;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        const std::uint64_t gap = from.varint();
        if (gap >= rows.size() - next) {
            from.refuse();
            return;
        }
        for (const std::size_t gone = next + gap; next < gone; ++next) {
            kept.push_back(std::move(rows[next]));
        }
        ++next;
    }
    for (; next < rows.size(); ++next) kept.push_back(std::move(rows[next]));
    const std::size_t came = from.count();
    if (kept.size() + came > kWorkersMax) from.refuse();
    std::vector<JournalRow> merged;
    std::size_t old = 0;
    for (std::size_t i = 0; i < came && from.good(); ++i) {
        const std::uint64_t gap = from.varint();
        if (gap > kept.size() - old) from.refuse();
        for (std::uint64_t j = 0; j < gap && from.good(); ++j) {
            merged.push_back(std::move(kept[old++]));
        }
        merged.emplace_back().identity = read_identity(from, base);
    }
    if (!from.good()) return;
    for (; old < kept.size(); ++old) merged.push_back(std::move(kept[old]));
    const auto not_below = [](const JournalRow& a, const JournalRow& b) {
        return a.identity->id >= b.identity->id;
    };
    if (std::adjacent_find(merged.begin(), merged.end(), not_below) != merged.end()) {
        from.refuse();
        return;
    }
    rows = std::move(merged);
}

bool write_rows(std::string& out, const JournalBase& base, const FleetView& view, Time now,
                std::vector<JournalRow>& rows) {
    std::string changed;
    ByteWriter to(changed);
    std::size_t count = 0;
    std::size_t next = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        JournalRow after = row_at(view, i, base, now, rows[i]);
        const std::uint32_t bits = difference(rows[i], after);
        if (bits == 0) continue;
        to.varint(i - next);
        write_row(to, base, bits, rows[i], after);
        rows[i] = std::move(after);
        next = i + 1;
        ++count;
    }
    if (count == 0) return false;
    ByteWriter(out).varint(count);
    out += changed;
    return true;
}

void read_rows(ByteReader& from, const JournalBase& base, std::vector<JournalRow>& rows) {
    std::size_t next = 0;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        const std::uint64_t gap = from.varint();
        if (gap >= rows.size() - next) {
            from.refuse();
            return;
        }
        next += gap;
        read_row(from, base, rows[next++]);
    }
}

}  // namespace muster
