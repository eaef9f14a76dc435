// Writes rows family by family: each worker's labels are escaped once, then copied.
//
// Pure; any thread.
#include "muster/wire/detail/worker_metrics.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/fleet/labels.hpp"

namespace muster::detail {

namespace {

/// Labels of many rows, end to end in one text.
class RowLabels {
public:
    void add(const WorkerIdentity& identity) {
        row_.clear();
        append_label(row_, "worker", identity.id);
        append_label(row_, "component", identity.component);
        append_label(row_, "engine", identity.engine);
        if (identity.rank) append_label(row_, "rank", std::to_string(*identity.rank));
        if (!identity.models.empty()) {
            std::string models;
            for (const std::string& model : identity.models) {
                models.append(models.empty() ? "" : ",").append(model);
            }
            append_label(row_, "model", models);
        }
        for (const auto& [name, value] : identity.labels) {
            // The configuration refuses other names; a program that sets labels itself may not.
            if (is_label_name(name)) append_label(row_, name, value);
        }
        text_ += row_;
        ends_.push_back(text_.size());
    }
    [[nodiscard]] std::string_view of(std::size_t row) const noexcept {
        const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
        return std::string_view(text_).substr(begin, ends_[row] - begin);
    }

private:
    std::string row_;
    std::string text_;
    std::vector<std::size_t> ends_;
};

RowLabels labels_of_workers(const FleetView& view) {
    RowLabels labels;
    for (std::size_t row = 0; row < view.size(); ++row) labels.add(view.identity(row));
    return labels;
}

RowLabels labels_of_lost(const FleetView& view) {
    RowLabels labels;
    for (const Tombstone& stone : view.tombstones()) labels.add(*stone.identity);
    return labels;
}

struct CountFamily {
    LoadField field;
    FleetBlock::Column<std::uint64_t> FleetBlock::* column;
    MetricFamily family;
};

constexpr std::array kCounts = {
    CountFamily{LoadField::running,
                &FleetBlock::running,
                {.name = "muster_worker_requests_running",
                 .help = "Requests that the worker is working on."}},
    CountFamily{LoadField::waiting,
                &FleetBlock::waiting,
                {.name = "muster_worker_requests_waiting",
                 .help = "Requests queued in the worker's engine."}},
    CountFamily{LoadField::slots,
                &FleetBlock::slots,
                {.name = "muster_worker_request_slots",
                 .help = "Requests that the worker can work on at once."}},
    CountFamily{LoadField::kv_active_blocks,
                &FleetBlock::kv_active_blocks,
                {.name = "muster_worker_kv_blocks_active", .help = "KV-cache blocks in use."}},
    // Untyped because of its name: a gauge that ends in _total is an error to promtool.
    CountFamily{LoadField::kv_total_blocks,
                &FleetBlock::kv_total_blocks,
                {.name = "muster_worker_kv_blocks_total",
                 .type = MetricType::unknown,
                 .help = "KV-cache blocks that the worker has. Not a counter."}}};

struct FractionFamily {
    LoadField field;
    FleetBlock::Column<double> FleetBlock::* column;
    MetricFamily family;
};

constexpr std::array kFractions = {
    FractionFamily{LoadField::kv_usage,
                   &FleetBlock::kv_usage,
                   {.name = "muster_worker_kv_usage_ratio",
                    .help = "Fraction of the KV cache in use, 0 to 1.",
                    .unit = "ratio"}},
    FractionFamily{LoadField::prefix_hit_rate,
                   &FleetBlock::prefix_hit_rate,
                   {.name = "muster_worker_prefix_hit_ratio",
                    .help = "Fraction of prefix blocks found in the cache, 0 to 1.",
                    .unit = "ratio"}}};

constexpr MetricFamily kReportAge = {
    .name = "muster_worker_report_age_seconds",
    .help = "How long ago, at most, the worker's load is known to have been so.",
    .unit = "seconds"};
constexpr MetricFamily kRecordAge = {
    .name = "muster_worker_record_age_seconds",
    .help = "The same for the whole record, where only some fields are pushed on change.",
    .unit = "seconds"};
constexpr MetricFamily kMissed = {.name = "muster_worker_missed_questions",
                                  .help = "Questions in a row without an answer."};
constexpr MetricFamily kGeneration = {
    .name = "muster_worker_generation",
    .help = "Rises when the process behind the worker is a new one."};
constexpr MetricFamily kState = {
    .name = "muster_worker_state",
    .help = "1 for the state that the worker is in; lost for the life of its tombstone."};
constexpr MetricFamily kFlag = {.name = "muster_worker_flag",
                                .help = "1 for each flag that stands; else no sample."};

constexpr MetricFamily kTrouble = {
    .name = "muster_worker_trouble",
    .help =
        "1 for the worker's trouble: why it tells no load, or that it is another engine now "
        "(other_engine); else no sample."};
constexpr MetricFamily kCapturedAge = {
    .name = "muster_worker_captured_age_seconds",
    .help = "The age of the load by the worker's own account, where it tells one.",
    .unit = "seconds"};
constexpr MetricFamily kUnseenBursts = {
    .name = "muster_worker_unseen_bursts",
    .type = MetricType::counter,
    .help = "Times that the worker's counters told of work that no answer of it showed."};

struct RateFamily {
    std::optional<double> WorkRates::* rate;
    MetricFamily family;
};

constexpr std::array kRates = {
    RateFamily{&WorkRates::requests_per_s,
               {.name = "muster_worker_requests_per_second",
                .help = "Requests that the worker finishes, over up to 10 s."}},
    RateFamily{&WorkRates::prompt_tokens_per_s,
               {.name = "muster_worker_prompt_tokens_per_second",
                .help = "Prompt tokens that the worker takes in, over up to 10 s."}},
    RateFamily{&WorkRates::generated_tokens_per_s,
               {.name = "muster_worker_generated_tokens_per_second",
                .help = "Tokens that the worker generates, over up to 10 s."}}};

/// The states in the order of a worker's life, and `lost` behind them.
constexpr std::array<std::string_view, kWorkerStateCount + 1> kStateLabels = {
    R"(state="unknown")", R"(state="fresh")", R"(state="late")", R"(state="stale")",
    R"(state="lost")"};
constexpr std::size_t kLost = kWorkerStateCount;

/// Calls `write(block, place in it, row)` for each row.
template <typename Write>
void for_each_row(const FleetView& view, Write write) {
    std::size_t row = 0;
    for (std::size_t b = 0; b < view.block_count(); ++b) {
        const FleetBlock& block = view.block(b);
        for (std::size_t i = 0; i < block.rows; ++i) write(block, i, row++);
    }
}

void write_loads(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels) {
    for (const CountFamily& counts : kCounts) {
        writer.family(counts.family);
        for_each_row(view, [&](const FleetBlock& block, std::size_t i, std::size_t row) {
            if (!block.known[i].has(counts.field)) return;
            writer.count({labels.of(row)}, (block.*counts.column)[i]);
        });
    }
    for (const FractionFamily& fractions : kFractions) {
        writer.family(fractions.family);
        for_each_row(view, [&](const FleetBlock& block, std::size_t i, std::size_t row) {
            if (!block.known[i].has(fractions.field)) return;
            writer.fraction({labels.of(row)}, (block.*fractions.column)[i]);
        });
    }
}

void write_facts(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels,
                 Time now) {
    writer.family(kReportAge);
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (const auto age = view.age_at(row, now)) writer.age({labels.of(row)}, *age);
    }
    writer.family(kRecordAge);
    for_each_row(view, [&](const FleetBlock& block, std::size_t i, std::size_t row) {
        if (!block.triggers_only[i]) return;
        if (const auto age = view.record_age_at(row, now)) writer.age({labels.of(row)}, *age);
    });
    writer.family(kMissed);
    for (std::size_t row = 0; row < view.size(); ++row) {
        writer.count({labels.of(row)}, view.slot(row).missed());
    }
    writer.family(kGeneration);
    for (std::size_t row = 0; row < view.size(); ++row) {
        writer.count({labels.of(row)}, view.generation(row));
    }
}

void write_state(PrometheusWriter& writer, std::string_view labels, std::size_t state) {
    for (std::size_t i = 0; i < kStateLabels.size(); ++i) {
        writer.yes_no({labels, kStateLabels[i]}, i == state);
    }
}

void write_states(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels,
                  Time now) {
    writer.family(kState);
    for (std::size_t row = 0; row < view.size(); ++row) {
        write_state(writer, labels.of(row), static_cast<std::size_t>(view.state_at(row, now)));
    }
    const RowLabels lost = labels_of_lost(view);
    for (std::size_t i = 0; i < view.tombstones().size(); ++i) {
        write_state(writer, lost.of(i), kLost);
    }
}

void write_flags(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels) {
    writer.family(kFlag);
    for_each_row(view, [&](const FleetBlock& block, std::size_t i, std::size_t row) {
        if (!block.flags[i].any()) return;
        for (std::size_t f = 0; f < kWorkerFlagCount; ++f) {
            const auto flag = static_cast<WorkerFlag>(f);
            if (!block.flags[i].has(flag)) continue;
            std::string own;
            append_label(own, "flag", name_of(flag));
            writer.yes_no({labels.of(row), own}, true);
        }
    });
}

template <typename Write>
void for_each_extras(const FleetView& view, Write write) {
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (const RowExtras* extras = view.extras(row)) write(*extras, row);
    }
}

void write_troubles(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels) {
    writer.family(kTrouble);
    for_each_extras(view, [&](const RowExtras& extras, std::size_t row) {
        if (!extras.trouble) return;
        std::string own;
        append_label(own, "trouble", extras.trouble->kind);
        writer.yes_no({labels.of(row), own}, true);
    });
}

void write_activity(PrometheusWriter& writer, const FleetView& view, const RowLabels& labels,
                    Time now) {
    for (const RateFamily& rates : kRates) {
        writer.family(rates.family);
        for_each_extras(view, [&](const RowExtras& extras, std::size_t row) {
            if (!extras.activity) return;
            const auto rate = extras.activity->rates.*rates.rate;
            if (rate) writer.number({labels.of(row)}, *rate);
        });
    }
    writer.family(kUnseenBursts);
    for_each_extras(view, [&](const RowExtras& extras, std::size_t row) {
        if (extras.activity) writer.count({labels.of(row)}, extras.activity->unseen_bursts);
    });
    writer.family(kCapturedAge);
    for (std::size_t row = 0; row < view.size(); ++row) {
        if (const auto age = view.captured_age_at(row, now)) writer.age({labels.of(row)}, *age);
    }
}

}  // namespace

void write_worker_metrics(PrometheusWriter& writer, const FleetView& view, Time now) {
    const RowLabels labels = labels_of_workers(view);
    write_loads(writer, view, labels);
    write_facts(writer, view, labels, now);
    write_states(writer, view, labels, now);
    write_flags(writer, view, labels);
    write_troubles(writer, view, labels);
    write_activity(writer, view, labels, now);
}

}  // namespace muster::detail
