// From rows of data to what a page's samples do.
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>
#include <utility>

#include "muster/engines/detail/engine_table.hpp"

namespace muster::detail {

namespace {

struct Prepared {
    std::vector<std::string> names;
    std::vector<WantedSeries> wanted;
    std::vector<std::vector<const TableRow*>> rows;
};

void add(Prepared& prepared, std::string name, const TableRow& row) {
    for (std::size_t i = 0; i < prepared.names.size(); ++i) {
        if (prepared.names[i] == name) return prepared.rows[i].push_back(&row);
    }
    prepared.names.push_back(std::move(name));
    prepared.wanted.push_back({{}, row.part});
    prepared.rows.push_back({&row});
}

Prepared prepare(const EngineTable& table) {
    Prepared prepared;
    for (const TableRow& row : table.rows) {
        const bool own = row.series.starts_with(table.prefixes[0]);
        if (!own) {
            add(prepared, std::string(row.series), row);
            continue;
        }
        for (const std::string_view prefix : table.prefixes) {
            if (prefix.empty()) continue;
            std::string name(prefix);
            name.append(row.series.substr(table.prefixes[0].size()));
            add(prepared, std::move(name), row);
        }
    }
    // The names stay where they are from here on.
    for (std::size_t i = 0; i < prepared.names.size(); ++i) {
        prepared.wanted[i].sample = prepared.names[i];
    }
    return prepared;
}

template <typename T>
std::optional<T> number_of(std::string_view text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    return value;
}

bool passes(const LabelTest& test, const WantedSample& sample) {
    return test.label.empty() || sample.label(test.label).value_or("") == test.value;
}

std::size_t index_in(const EngineTable& table, const TableRow& row) {
    return static_cast<std::size_t>(&row - table.rows.data());
}

/// What the sample says for a row; absent where it says nothing: NaN, "None", below 0.
std::optional<double> value_for(const TableRow& row, const WantedSample& sample) {
    double value = sample.value;
    if (!row.value_label.empty()) {
        const auto number = number_of<double>(sample.label(row.value_label).value_or(""));
        if (!number) return std::nullopt;
        value = *number;
    }
    if (!std::isfinite(value) || value < 0.0) return std::nullopt;
    return value;
}

}  // namespace

PreparedTable::PreparedTable(const EngineTable& table)
    : table_(&table), wanted_(std::span<const WantedSeries>{}) {
    Prepared prepared = prepare(table);
    wanted_ = WantedSeriesSet(prepared.wanted);
    rows_ = std::move(prepared.rows);
}

void PreparedTable::take(const WantedSample& sample, ScrapeValues& values) const {
    std::optional<std::uint32_t> rank;
    if (!table_->rank_label.empty()) {
        if (const auto text = sample.label(table_->rank_label)) {
            rank = number_of<std::uint32_t>(*text);
            if (!rank) return;  // A rank that is none: whose it is nobody knows.
        }
    }
    RankValues* const target = values.of(rank);
    if (target == nullptr) return;
    bool meant = false;
    for (const TableRow* row : rows_[sample.series]) {
        if (!passes(row->test, sample)) continue;
        meant = true;
        const auto value = value_for(*row, sample);
        if (!value) continue;
        if (row->combine == Combine::first) {
            target->set(row->quantity, *value, row->choice);
        } else if (row->combine == Combine::sum || target->first_of(index_in(*table_, *row))) {
            target->add(row->quantity, *value, row->choice);
        }
    }
    if (!meant) return;
    values.add_raw(sample.line);
    if (table_->model_label.empty()) return;
    if (const auto model = sample.label(table_->model_label)) values.add_model(*model);
}

const PreparedTable& prepared_table(Engine engine) {
    static const auto prepared = [] {
        std::vector<PreparedTable> tables;
        for (std::size_t i = 0; i < kEngineCount; ++i) {
            tables.emplace_back(table_of(static_cast<Engine>(i)));
        }
        return tables;
    }();
    return prepared[static_cast<std::size_t>(engine)];
}

}  // namespace muster::detail
