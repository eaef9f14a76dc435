// Which series of which engine give which quantity: data, one table per engine.
//
// A generation of an engine is not a table of its own: rows of an older one stand beside those of
// a newer, with a higher choice, and what a page has decides. Private to engines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "muster/engines/detail/rank_values.hpp"
#include "muster/engines/engine.hpp"
#include "muster/wire/prometheus_reader.hpp"

namespace muster::detail {

/// A label that decides whether a sample is meant.
struct LabelTest {
    std::string_view label = {};  ///< Empty: no test.
    std::string_view value = {};  ///< Empty: the label is absent, or empty.
};

/// Several samples of one rank that a row means.
enum class Combine : std::uint8_t {
    first,  ///< The first counts, whichever row of its quantity it is.
    sum,    ///< They are parts of one sum.
    once,   ///< The first of the row counts, and such rows add up: the others repeat it.
};

struct TableRow {
    Quantity quantity{};
    std::string_view series;  ///< The sample's whole name, with the table's first prefix.
    SeriesPart part = SeriesPart::gauge;
    std::uint8_t choice = 1;  ///< 0 is what JSON documents know better.
    Combine combine = Combine::first;
    LabelTest test = {};
    /// The value is this label's text, not the sample's own.
    std::string_view value_label = {};
};

struct EngineTable {
    Engine engine{};
    /// What its series begin with; the second where colons were rewritten: by a collector, or by
    /// vLLM's own OpenMetrics (whose TYPE lines keep them).
    std::array<std::string_view, 2> prefixes{};
    std::string_view rank_label = {};
    std::string_view model_label = {};
    std::span<const TableRow> rows;
    /// One block is set aside: usage counts the others (vLLM).
    bool null_block = false;
    /// Values carry six significant digits (llama.cpp).
    bool six_digits = false;
};

[[nodiscard]] const EngineTable& table_of(Engine engine);

/// A table made ready for a PrometheusReader: its series, and the rows that each one feeds.
class PreparedTable {
public:
    explicit PreparedTable(const EngineTable& table);
    [[nodiscard]] const EngineTable& table() const noexcept { return *table_; }
    [[nodiscard]] const WantedSeriesSet& wanted() const noexcept { return wanted_; }
    /// Hands a sample of `wanted` to what it means.
    void take(const WantedSample& sample, ScrapeValues& values) const;

private:
    const EngineTable* table_;
    std::vector<std::vector<const TableRow*>> rows_;  // By series.
    WantedSeriesSet wanted_;
};

/// Made at the first call. Thread rule: any.
[[nodiscard]] const PreparedTable& prepared_table(Engine engine);

/// The engine whose series a page has; absent if it has those of none that is known.
[[nodiscard]] std::optional<Engine> engine_of_page(std::string_view page) noexcept;

}  // namespace muster::detail
