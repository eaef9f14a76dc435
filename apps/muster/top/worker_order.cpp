// "Worst first" goes by what is wrong, then by coarse steps of load, so that rows do not change
// places at every small change of a number.
#include "top/worker_order.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <tuple>

#include "muster/fleet/worker_trouble.hpp"

namespace muster {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](char c) { return lower(c); });
    return small;
}

bool has_words(std::string_view text, std::string_view filter) {
    while (!filter.empty()) {
        const std::size_t end = std::min(filter.find(' '), filter.size());
        std::string_view word = filter.substr(0, end);
        filter.remove_prefix(std::min(end + 1, filter.size()));
        const bool unwanted = word.starts_with('!');
        if (unwanted) word.remove_prefix(1);
        if (word.empty()) continue;
        if ((text.find(word) != std::string_view::npos) == unwanted) return false;
    }
    return true;
}

// How loaded, in steps: twice the queue is one step, as is a tenth of the KV cache.
std::tuple<int, int> pressure_of(const WorkerEntry& worker) {
    const auto waiting = worker.load.count(LoadField::waiting).value_or(0);
    const double usage = worker.load.fraction(LoadField::kv_usage).value_or(0.0);
    return {std::bit_width(waiting), static_cast<int>(std::clamp(usage, 0.0, 1.0) * 10.0)};
}

struct Rank {
    std::size_t index = 0;
    std::optional<double> value;  // Higher goes first, unless reversed.
    std::tuple<int, int> then{};
};

Rank rank_of(const WorkerEntry& worker, std::size_t index, SortKey key) {
    const auto number = [](std::optional<std::uint64_t> count) {
        return count ? std::optional(static_cast<double>(*count)) : std::nullopt;
    };
    const auto severity = static_cast<double>(severity_of(worker));
    switch (key) {
        case SortKey::worst: return {index, severity, pressure_of(worker)};
        case SortKey::state: return {index, severity, {}};
        case SortKey::age: return {index, worker.age_ms, {}};
        case SortKey::running: return {index, number(worker.load.count(LoadField::running)), {}};
        case SortKey::waiting: return {index, number(worker.load.count(LoadField::waiting)), {}};
        case SortKey::kv_usage: return {index, worker.load.fraction(LoadField::kv_usage), {}};
        case SortKey::worker: break;
    }
    return {index, 0.0, {}};
}

}  // namespace

Severity severity_of(const WorkerEntry& worker) {
    Severity worst = Severity::stale;
    if (worker.state == "fresh") worst = Severity::well;
    if (worker.state == "late") worst = Severity::late;
    if (worker.state == "unknown") worst = Severity::unknown;
    for (const std::string& flag : worker.flags) {
        Severity severity = Severity::odd;
        if (flag == "restored") severity = Severity::stale;
        if (flag == "zombie" || flag == "duplicate") severity = Severity::doubled;
        if (flag == "cordoned") severity = Severity::noted;
        worst = std::max(worst, severity);
    }
    if (worker.trouble && worker.trouble->kind == kOtherEngine) {
        worst = std::max(worst, Severity::odd);
    }
    return worst;
}

std::vector<std::size_t> chosen_workers(const std::vector<WorkerEntry>& workers,
                                        std::string_view filter, WorkerOrder order) {
    const std::string small = lower(filter);
    std::vector<Rank> ranks;
    ranks.reserve(workers.size());
    for (std::size_t i = 0; i < workers.size(); ++i) {
        if (matches(workers[i], small)) ranks.push_back(rank_of(workers[i], i, order.key));
    }
    const bool up = order.reversed;
    const bool ids_down = order.key == SortKey::worker && order.reversed;
    std::ranges::sort(ranks, [&](const Rank& a, const Rank& b) {
        if (a.value.has_value() != b.value.has_value()) return a.value.has_value();
        if (a.value != b.value) return (*a.value > *b.value) != up;
        if (a.then != b.then) return (a.then > b.then) != up;
        return (workers[a.index].id < workers[b.index].id) != ids_down;
    });
    std::vector<std::size_t> chosen;
    chosen.reserve(ranks.size());
    for (const Rank& rank : ranks) chosen.push_back(rank.index);
    return chosen;
}

bool matches(const WorkerEntry& worker, std::string_view filter) {
    if (filter.find_first_not_of(' ') == std::string_view::npos) return true;
    std::string all = worker.id;
    const auto add = [&](std::string_view text) { (all += '\n') += text; };
    for (const std::string_view text :
         {std::string_view(worker.state), std::string_view(worker.engine),
          std::string_view(worker.source), std::string_view(worker.road),
          std::string_view(worker.address)}) {
        add(text);
    }
    for (const std::string& flag : worker.flags) add(flag);
    for (const std::string& model : worker.models) add(model);
    for (const auto& [key, value] : worker.labels) {
        add(key);
        all.append("=").append(value);
    }
    return has_words(lower(all), lower(filter));
}

bool matches(const LostEntry& lost, std::string_view filter) {
    if (filter.find_first_not_of(' ') == std::string_view::npos) return true;
    return has_words(lower(lost.id + "\nlost\n" + lost.reason), lower(filter));
}

}  // namespace muster
