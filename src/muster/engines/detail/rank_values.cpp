#include "muster/engines/detail/rank_values.hpp"

#include <algorithm>

#include "muster/base/limits.hpp"

namespace muster::detail {

void ScrapeValues::clear() {
    ranks_.clear();
    server_ = {};
    models_.clear();
    raw_.clear();
}

RankValues* ScrapeValues::of(std::optional<std::uint32_t> rank) {
    if (!rank) return &server_;
    // The ranks of a page come in runs: most often it is the one of the sample before.
    for (auto it = ranks_.rbegin(); it != ranks_.rend(); ++it) {
        if (it->rank == *rank) return &it->values;
    }
    if (ranks_.size() == kRanksPerInstanceMax) return nullptr;
    return &ranks_.emplace_back(Rank{*rank, {}}).values;
}

void ScrapeValues::add_up(const ScrapeValues& other) {
    server_.add_up(other.server_);
    take_names(other);
}

void ScrapeValues::take_names(const ScrapeValues& other) {
    for (const std::string& model : other.models_) add_model(model);
    if (raw_.size() + other.raw_.size() <= kRawRecordBytesMax) raw_.append(other.raw_);
}

void ScrapeValues::take_over(const ScrapeValues& other) {
    server_.merge(other.server_);
    for (const Rank& rank : other.ranks_) {
        if (RankValues* const values = of(rank.rank)) values->merge(rank.values);
    }
    take_names(other);
}

void ScrapeValues::add_model(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax || models_.size() == kModelsPerServerMax)
        return;
    if (std::ranges::find(models_, name) == models_.end()) models_.emplace_back(name);
}

void ScrapeValues::add_raw(std::string_view line) {
    if (raw_.size() + line.size() + 1 > kRawRecordBytesMax) return;
    raw_.append(line);
    raw_.push_back('\n');
}

void ScrapeValues::settle() {
    std::ranges::sort(ranks_, {}, &Rank::rank);
    if (ranks_.empty() && !server_.empty()) ranks_.emplace_back();
    if (ranks_.size() == 1) ranks_.front().values.merge(server_);
}

}  // namespace muster::detail
