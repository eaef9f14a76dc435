// FleetView: an immutable snapshot of the fleet. Rows live in blocks of 64, columns side by side,
// sorted by worker id; a new view shares the blocks that did not change.
//
// Invariants:
// (1) A published view never changes. What moves at every report without being news sits in
// RowSlot. (2) Rows are sorted by id, ids are unique, no id is among workers and tombstones at
// once. (3) A row's age uses its slot only if the slot confirms the row's own sequence; so an old
// view
//     never borrows the youth of a newer load.
// Made by FleetState::freeze only. Thread rule: const and safe to share.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/fleet/collector_pulse.hpp"
#include "muster/fleet/cordon.hpp"
#include "muster/fleet/expectation.hpp"
#include "muster/fleet/freshness.hpp"
#include "muster/fleet/load.hpp"
#include "muster/fleet/report.hpp"
#include "muster/fleet/row_slot.hpp"
#include "muster/fleet/source_info.hpp"
#include "muster/fleet/tombstone.hpp"
#include "muster/fleet/worker_activity.hpp"
#include "muster/fleet/worker_flags.hpp"
#include "muster/fleet/worker_identity.hpp"
#include "muster/fleet/worker_trouble.hpp"

namespace muster {

inline constexpr std::size_t kBlockRows = 64;

/// What few rows have: flags with their times, a cordon, speculative decoding, a pinned worker's
/// silence, trouble, rates.
struct RowExtras {
    FlagTimes flag_times = kNoFlagTimes;
    CordonPtr cordon;  ///< Beside the flag `cordoned`.
    SpecDecodePtr spec_decode;
    Time silent_since = kNever;  ///< Of a worker named in the configuration; else kNever.
    WorkerTroublePtr trouble;    ///< The same object as long as it is the same trouble.
    WorkerActivityPtr activity;  ///< The same object as long as it says the same.

    friend bool operator==(const RowExtras&, const RowExtras&) = default;
};
using RowExtrasPtr = std::shared_ptr<const RowExtras>;

/// 64 rows in columns. Rows at and above `rows` are unspecified.
struct FleetBlock {
    template <typename T>
    using Column = std::array<T, kBlockRows>;

    std::uint32_t rows = 0;
    Column<std::uint64_t> sequence;  ///< Rises at every change of the load.
    Column<Time> as_of;              ///< When this load was first known to be so; kNever: no load.
    Column<std::uint64_t> running;
    Column<std::uint64_t> slots;
    Column<std::uint64_t> waiting;
    Column<std::uint64_t> kv_active_blocks;
    Column<std::uint64_t> kv_total_blocks;
    Column<double> kv_usage;
    Column<double> prefix_hit_rate;
    Column<std::uint32_t> interval_us;  ///< In force when it was asked.
    Column<std::uint32_t> patience_us;
    Column<std::uint32_t> generation;
    Column<LoadFields> known;
    Column<WorkerFlags> flags;
    Column<Road> road;           ///< Of the load.
    Column<bool> cut_off;        ///< Refused or restored: stale whatever its age.
    Column<bool> triggers_only;  ///< Silence confirms only the fields that trigger a push.
    /// Null, or one entry for each row, each null for most.
    std::shared_ptr<const Column<RowExtrasPtr>> extras;
};

/// A row of a block, for comparisons.
struct BlockRow {
    const FleetBlock& block;
    std::size_t index = 0;
};

/// Whether the two rows hold the same in every column, so that whatever is made of the one is true
/// of the other. Their identities and slots are not in blocks.
[[nodiscard]] bool same_row(BlockRow a, BlockRow b) noexcept;

/// Identity and slot of one row; shared until membership or the slot changes.
struct DirectoryEntry {
    std::shared_ptr<const WorkerIdentity> identity;
    std::shared_ptr<RowSlot> slot;
};
using Directory = std::vector<DirectoryEntry>;

class FleetView {
public:
    /// What FleetState puts in. Everything is shared with other views where it did not change.
    struct Parts {
        std::uint64_t version = 0;
        Time frozen_at{};
        Duration stale_after{};
        std::shared_ptr<const Directory> directory;
        std::vector<std::shared_ptr<const FleetBlock>> blocks;
        std::shared_ptr<const Tombstones> tombstones;
        std::shared_ptr<const std::vector<SourceInfo>> sources;
        std::shared_ptr<const std::vector<ComponentInfo>> components;
        std::shared_ptr<const Cordons> cordons = std::make_shared<const Cordons>();
        std::shared_ptr<const std::vector<ExpectedInfo>> expected;  ///< Null: nothing is.
        std::shared_ptr<const CollectorPulse> pulse;
    };

    /// The empty view, version 0: a reader always has one.
    FleetView();
    explicit FleetView(Parts parts) noexcept
        : parts_(std::move(parts)), entries_(parts_.directory->data()) {}

    [[nodiscard]] std::uint64_t version() const noexcept { return parts_.version; }
    [[nodiscard]] Time frozen_at() const noexcept { return parts_.frozen_at; }
    [[nodiscard]] std::size_t size() const noexcept { return parts_.directory->size(); }
    [[nodiscard]] std::size_t block_count() const noexcept { return parts_.blocks.size(); }
    [[nodiscard]] const FleetBlock& block(std::size_t i) const noexcept {
        return *parts_.blocks[i];
    }

    // Rows, in id order. REQUIRES: row < size().
    [[nodiscard]] const WorkerIdentity& identity(std::size_t row) const noexcept {
        return *entries_[row].identity;
    }
    [[nodiscard]] const RowSlot& slot(std::size_t row) const noexcept {
        return *entries_[row].slot;
    }
    [[nodiscard]] Load load(std::size_t row) const noexcept;
    [[nodiscard]] bool has_load(std::size_t row) const noexcept {
        return block_of(row).as_of[row % kBlockRows] != kNever;
    }
    [[nodiscard]] std::uint64_t sequence(std::size_t row) const noexcept {
        return block_of(row).sequence[row % kBlockRows];
    }
    [[nodiscard]] std::uint32_t generation(std::size_t row) const noexcept {
        return block_of(row).generation[row % kBlockRows];
    }
    [[nodiscard]] WorkerFlags flags(std::size_t row) const noexcept {
        return block_of(row).flags[row % kBlockRows];
    }
    [[nodiscard]] Road road(std::size_t row) const noexcept {
        return block_of(row).road[row % kBlockRows];
    }
    [[nodiscard]] Duration interval(std::size_t row) const noexcept {
        return std::chrono::microseconds(block_of(row).interval_us[row % kBlockRows]);
    }
    [[nodiscard]] Duration patience(std::size_t row) const noexcept {
        return std::chrono::microseconds(block_of(row).patience_us[row % kBlockRows]);
    }
    /// Null for a row without extras.
    [[nodiscard]] const RowExtras* extras(std::size_t row) const noexcept;

    /// The moment for which the load is known to hold; nothing if there is no load. On a road that
    /// is pushed on change it speaks of the fields whose change triggers a push (kv_active_blocks,
    /// waiting); `record_known_at` speaks of the others.
    [[nodiscard]] std::optional<Time> known_at(std::size_t row) const noexcept {
        const Time then = known_or_never(row);
        if (then == kNever) [[unlikely]]
            return std::nullopt;
        return then;
    }
    /// The moment for which the whole record is known to hold; the same as `known_at` on any road
    /// but one that is pushed on change.
    [[nodiscard]] std::optional<Time> record_known_at(std::size_t row) const noexcept;
    [[nodiscard]] std::optional<Duration> age_at(std::size_t row, Time now) const noexcept {
        const Time as_of = block_of(row).as_of[row % kBlockRows];
        if (as_of == kNever) [[unlikely]]
            return std::nullopt;
        return age_between(known_since(row, as_of), now);
    }
    [[nodiscard]] std::optional<Duration> record_age_at(std::size_t row, Time now) const noexcept;
    /// How old the load was, at most, when the worker took it down by its own account; nothing
    /// where it tells none. Volatile, as rtt() of the slot is.
    [[nodiscard]] std::optional<Duration> captured_age_at(std::size_t row, Time now) const noexcept;
    /// Since the last proof that the process lives; Duration::max() if there was none yet.
    [[nodiscard]] Duration alive_age_at(std::size_t row, Time now) const noexcept {
        const Time alive_at = slot(row).alive_at();
        return alive_at == kNever ? Duration::max() : age_between(alive_at, now);
    }
    [[nodiscard]] WorkerState state_at(std::size_t row, Time now) const noexcept;

    /// Binary search; cost O(log size) string comparisons.
    [[nodiscard]] std::optional<std::size_t> find(std::string_view id) const noexcept;
    [[nodiscard]] const Tombstone* find_tombstone(std::string_view id) const noexcept;

    [[nodiscard]] const Tombstones& tombstones() const noexcept { return *parts_.tombstones; }
    [[nodiscard]] const std::vector<SourceInfo>& sources() const noexcept {
        return *parts_.sources;
    }
    [[nodiscard]] const std::vector<ComponentInfo>& components() const noexcept {
        return *parts_.components;
    }
    /// All that stand, also those of workers that are not there.
    [[nodiscard]] const Cordons& cordons() const noexcept { return *parts_.cordons; }
    /// What is expected and how much of it is there, by component; empty where nothing is.
    [[nodiscard]] std::span<const ExpectedInfo> expected() const noexcept {
        if (parts_.expected == nullptr) return {};
        return *parts_.expected;
    }
    /// When the collector last stepped; an old value means that it hangs.
    [[nodiscard]] Time collector_step() const noexcept { return parts_.pulse->last_step(); }
    /// What the collector tells of itself: volatile, shared by all views.
    [[nodiscard]] const CollectorPulse& pulse() const noexcept { return *parts_.pulse; }
    [[nodiscard]] Duration stale_after() const noexcept { return parts_.stale_after; }
    [[nodiscard]] const Parts& parts() const noexcept { return parts_; }

private:
    [[nodiscard]] const FleetBlock& block_of(std::size_t row) const noexcept {
        return *parts_.blocks[row / kBlockRows];
    }
    [[nodiscard]] Time known_or_never(std::size_t row) const noexcept {
        const FleetBlock& block = block_of(row);
        const std::size_t i = row % kBlockRows;
        const Time as_of = block.as_of[i];
        if (as_of == kNever) [[unlikely]]
            return kNever;
        return known_since(row, as_of);
    }
    /// REQUIRES: the row has a load, known since `as_of`.
    [[nodiscard]] Time known_since(std::size_t row, Time as_of) const noexcept {
        // Not older than as_of, which is as round as what the slot gives (Roster).
        const std::uint64_t sequence = block_of(row).sequence[row % kBlockRows];
        return slot(row).confirmed_or(sequence, as_of);
    }
    Parts parts_;
    const DirectoryEntry* entries_ = nullptr;  // The directory's, one step nearer to a reader.
};

using FleetViewPtr = std::shared_ptr<const FleetView>;

}  // namespace muster
