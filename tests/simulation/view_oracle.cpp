// The rules of states and statistics, written a second time from design 4.
#include <cmath>
#include <cstring>
#include <limits>

#include "simulation/fleet_checker.hpp"

namespace muster {
namespace {

struct Figures {
    std::vector<double> values;

    [[nodiscard]] std::string differ(const char* name, const Statistic& shown) const {
        const std::string of = std::string("statistics of ") + name + ": ";
        if (shown.count != values.size()) {
            return of + "count " + std::to_string(shown.count) + ", not " +
                   std::to_string(values.size());
        }
        if (values.empty()) {
            const bool absent =
                !shown.mean && !shown.stddev && !shown.min && !shown.max && !shown.sum;
            return absent ? "" : of + "figures over nobody";
        }
        if (!shown.mean || !shown.stddev || !shown.min || !shown.max || !shown.sum) {
            return of + "a figure is absent";
        }
        double sum = 0;
        double low = values.front();
        double high = values.front();
        for (const double value : values) {
            sum += value;
            low = std::min(low, value);
            high = std::max(high, value);
        }
        const double mean = sum / static_cast<double>(values.size());
        double squares = 0;
        for (const double value : values) squares += (value - mean) * (value - mean);
        const double deviation = std::sqrt(squares / static_cast<double>(values.size()));
        const auto near = [](double a, double b) {
            return std::abs(a - b) <= 1e-6 * std::max({1.0, std::abs(a), std::abs(b)});
        };
        if (!near(*shown.sum, sum)) return of + "sum";
        if (!near(*shown.mean, mean)) return of + "mean";
        if (!near(*shown.stddev, deviation)) return of + "standard deviation";
        if (*shown.min != low) return of + "min";
        if (*shown.max != high) return of + "max";
        return {};
    }
};

template <typename T>
void mix(std::uint64_t& digest, const T& value) {
    std::uint64_t word = 0;
    static_assert(sizeof(T) <= sizeof(word));
    std::memcpy(&word, &value, sizeof(T));
    digest = (digest ^ word) * 0x100000001b3U;
    digest ^= digest >> 29;
}

void add_known(Figures& figures, const Load& load, LoadField field) {
    if (const auto count = load.count(field)) figures.values.push_back(static_cast<double>(*count));
}

}  // namespace

WorkerState expected_state(const FleetView& view, std::size_t row, Time now) {
    using namespace std::chrono_literals;
    if (!view.has_load(row)) return WorkerState::unknown;
    const FleetBlock& block = view.block(row / kBlockRows);
    const std::size_t at = row % kBlockRows;
    if (block.cut_off[at]) return WorkerState::stale;
    const Duration interval = std::chrono::microseconds(block.interval_us[at]);
    const Duration patience = std::chrono::microseconds(block.patience_us[at]);
    const Time known = view.known_at(row).value_or(Time{});
    const Duration age = now > known ? now - known : Duration::zero();
    const Duration fresh = 2 * interval + patience;
    if (age <= fresh) return WorkerState::fresh;
    // Never late sooner than fresh ends: with a long interval two of them may exceed 2 s.
    if (age <= std::max<Duration>(fresh, std::max<Duration>(view.stale_after(), 4 * interval))) {
        return WorkerState::late;
    }
    return WorkerState::stale;
}

std::string statistics_differ(const FleetView& view, const FleetStatistics& shown, Time now) {
    Figures active;
    Figures waiting;
    Figures running;
    Figures usage;
    std::array<std::size_t, kWorkerStateCount> states{};
    std::optional<Duration> oldest;
    for (std::size_t row = 0; row < view.size(); ++row) {
        const WorkerState state = expected_state(view, row, now);
        ++states[static_cast<std::size_t>(state)];
        const WorkerFlags flags = view.flags(row);
        if (flags.has(WorkerFlag::zombie) || flags.has(WorkerFlag::restored)) continue;
        if (state != WorkerState::fresh && state != WorkerState::late) continue;
        const Load load = view.load(row);
        add_known(active, load, LoadField::kv_active_blocks);
        add_known(waiting, load, LoadField::waiting);
        add_known(running, load, LoadField::running);
        if (const auto used = load.fraction(LoadField::kv_usage)) usage.values.push_back(*used);
        const Duration age = *view.age_at(row, now);
        if (!oldest || age > *oldest) oldest = age;
    }
    if (shown.workers != states) return "statistics: workers per state";
    if (shown.lost != view.tombstones().size()) return "statistics: lost";
    if (shown.oldest_age != oldest) return "statistics: oldest age";
    std::string differ = active.differ("kv_active_blocks", shown.kv_active_blocks);
    if (differ.empty()) differ = waiting.differ("waiting", shown.waiting);
    if (differ.empty()) differ = running.differ("running", shown.running);
    if (differ.empty()) differ = usage.differ("kv_usage", shown.kv_usage);
    return differ;
}

std::string expectations_differ(const FleetView& view, Time now) {
    for (const ExpectedInfo& info : view.expected()) {
        std::size_t present = 0;
        for (std::size_t row = 0; row < view.size(); ++row) {
            const WorkerFlags flags = view.flags(row);
            const RowExtras* const extras = view.extras(row);
            const bool silent = extras != nullptr && extras->silent_since != kNever;
            const bool there =
                !silent && !flags.has(WorkerFlag::zombie) && !flags.has(WorkerFlag::restored);
            if (there && view.identity(row).component == info.component) ++present;
        }
        const std::string of = "expected of " + info.component + ": ";
        const std::size_t missing = info.workers > present ? info.workers - present : 0;
        if (info.present != present) return of + "another number is there";
        if (!info.missing && missing == 0) return of + "unknown though all are there";
        if (!info.missing) continue;
        if (*info.missing != missing) return of + "another number is missing";
        if ((info.since != kNever) != (missing > 0)) return of + "since when";
        if (info.why.empty() != (missing == 0)) return of + "why";
        if (info.since != kNever && info.since > now) return of + "since the future";
    }
    return {};
}

std::uint64_t digest_of(const FleetView& view) {
    std::uint64_t digest = view.version();
    for (std::size_t row = 0; row < view.size(); ++row) {
        const FleetBlock& block = view.block(row / kBlockRows);
        const std::size_t at = row % kBlockRows;
        const Load load = view.load(row);
        const WorkerIdentity* identity = &view.identity(row);
        mix(digest, identity);
        mix(digest, block.sequence[at]);
        mix(digest, block.as_of[at]);
        mix(digest, block.generation[at]);
        mix(digest, block.flags[at]);
        mix(digest, block.interval_us[at]);
        mix(digest, block.patience_us[at]);
        mix(digest, block.cut_off[at]);
        mix(digest, block.road[at]);
        mix(digest, load.running);
        mix(digest, load.waiting);
        mix(digest, load.kv_active_blocks);
        mix(digest, load.kv_total_blocks);
        mix(digest, load.kv_usage);
        mix(digest, load.prefix_hit_rate);
        mix(digest, load.known);
    }
    for (const Tombstone& tombstone : view.tombstones()) mix(digest, tombstone.since);
    for (const ExpectedInfo& info : view.expected()) {
        mix(digest, info.present);
        mix(digest, info.since);
    }
    return digest;
}

}  // namespace muster
