// Which workers are shown, and in which order.
//
// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/wire/fleet_document.hpp"

namespace muster {

enum class SortKey : std::uint8_t { worst, worker, state, age, running, waiting, kv_usage };

inline constexpr std::size_t kSortKeyCount = 7;
inline constexpr std::array<std::string_view, kSortKeyCount> kSortKeyNames = {
    "worst", "worker", "state", "age", "running", "queue", "kv use"};

[[nodiscard]] constexpr std::string_view name_of(SortKey key) noexcept {
    return kSortKeyNames[static_cast<std::size_t>(key)];
}

/// How much is wrong with a worker, whatever its load.
enum class Severity : std::uint8_t {
    well,
    noted,  ///< Cordoned: somebody meant it.
    odd,    ///< Frozen, or a flag that a newer muster invented.
    late,
    unknown,  ///< No load was ever reported.
    doubled,  ///< Zombie or duplicate.
    stale,    ///< Also restored, and a state that a newer muster invented.
};

[[nodiscard]] Severity severity_of(const WorkerEntry& worker);

struct WorkerOrder {
    SortKey key = SortKey::worst;
    bool reversed = false;
};

/// Indexes into `workers` of those that match the text, sorted: by default worst first, ids
/// upwards, ages and loads downwards. What is not known comes last in either direction; ties go by
/// id.
[[nodiscard]] std::vector<std::size_t> chosen_workers(const std::vector<WorkerEntry>& workers,
                                                      std::string_view filter, WorkerOrder order);

/// Every word of the filter must stand somewhere in the worker's id, state, flags, labels, models,
/// engine, source, road or address; a word after '!' in none. Capitals do not matter.
[[nodiscard]] bool matches(const WorkerEntry& worker, std::string_view filter);
/// The same for a lost one: id, reason, and the word "lost".
[[nodiscard]] bool matches(const LostEntry& lost, std::string_view filter);

}  // namespace muster
