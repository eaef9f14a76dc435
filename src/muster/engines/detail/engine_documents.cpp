#include "muster/engines/detail/engine_documents.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster::detail {

namespace {

using enum Quantity;

/// Choices: before every row of a table, and behind them where the page knows better.
constexpr std::uint8_t kBefore = 0;
constexpr std::uint8_t kBehind = 9;

/// Calls `take(od::value&)` for each element of an array; false if the text is broken.
template <typename Value, typename Take>
Shape for_elements(Value& value, Take&& take) {
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return Shape::broken;
    if (type != od::json_type::array) return Shape::scalar;
    od::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return Shape::broken;
    for (auto&& result : array) {
        if (result.error() != simdjson::SUCCESS) return Shape::broken;
        od::value&& element = std::forward<decltype(result)>(result).value_unsafe();
        if (!take(element)) return Shape::broken;
    }
    return Shape::read;
}

/// A number that can be a load, or nothing. False if the text is broken.
bool read_number(od::value& value, std::optional<double>& number) {
    number.reset();
    double read = 0.0;
    if (!read_double(value, read)) return !refused_number(value).broken;
    if (std::isfinite(read) && read >= 0.0) number = read;
    return true;
}

bool read_flag(od::value& value, std::optional<bool>& flag) {
    bool read = false;
    if (value.get_bool().get(read) == simdjson::SUCCESS) flag = read;
    return true;
}

bool read_string(od::value& value, std::string& text) {
    const auto read = read_text(value);
    if (read.good) text.assign(read.value.substr(0, kNameBytesMax));
    return !read.broken;
}

/// The members of an object that are numbers, by `keys`. False if the text is broken.
template <typename Value, std::size_t N>
bool read_numbers(Value& value, const std::array<Key, N>& keys,
                  std::array<std::optional<double>, N>& numbers) {
    return for_members(value, keys, 0, [&](std::size_t key, od::value& member) {
               return read_number(member, numbers[key]);
           }) != Shape::broken;
}

void put(RankValues& values, Quantity quantity, std::optional<double> number,
         std::uint8_t choice = kBefore) {
    if (number) values.set(quantity, *number, choice);
}

std::optional<std::uint32_t> rank_of(std::optional<double> number) {
    if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

constexpr std::array<std::string_view, 9> kLoadKeys = {
    "dp_rank",         "num_running_reqs",     "num_waiting_reqs",
    "num_used_tokens", "token_usage",          "max_total_num_tokens",
    "queues",          "max_running_requests", "timestamp"};
constexpr auto kLoadMembers = keys_of(kLoadKeys);
constexpr std::size_t kQueues = 6;
constexpr std::array<std::string_view, 1> kQueueKeys = {"grammar"};
constexpr auto kQueueMembers = keys_of(kQueueKeys);

bool read_rank_load(od::value& element, ScrapeValues& values, bool& used) {
    std::array<std::optional<double>, kLoadKeys.size()> numbers;
    std::array<std::optional<double>, 1> grammar;
    const Shape shape =
        for_members(element, kLoadMembers, 0, [&](std::size_t key, od::value& member) {
            if (key != kQueues) return read_number(member, numbers[key]);
            return read_numbers(member, kQueueMembers, grammar);
        });
    if (shape != Shape::read) return shape != Shape::broken;
    if (!numbers[1] && !numbers[2]) return true;
    RankValues* const rank = values.of(rank_of(numbers[0]));
    if (rank == nullptr) return true;
    used = true;
    put(*rank, running, numbers[1]);
    put(*rank, waiting, numbers[2]);
    // Also where it is not told: the page's would come and go with the page, which is asked seldom.
    if (numbers[2]) put(*rank, grammar_waiting, grammar[0].value_or(0.0));
    put(*rank, kv_active_tokens, numbers[3]);
    put(*rank, kv_usage, numbers[4]);
    put(*rank, kv_total_tokens, numbers[5]);
    put(*rank, slots, numbers[7]);
    put(*rank, captured, numbers[8]);
    return true;
}

constexpr std::array<std::string_view, 3> kOldLoadKeys = {"dp_rank", "num_reqs",
                                                          "num_waiting_reqs"};
constexpr auto kOldLoadMembers = keys_of(kOldLoadKeys);

/// `num_reqs` counts those that run and those that wait.
bool read_old_rank_load(od::value& element, ScrapeValues& values, bool& used) {
    std::array<std::optional<double>, kOldLoadKeys.size()> numbers;
    if (!read_numbers(element, kOldLoadMembers, numbers)) return false;
    if (!numbers[1] || !numbers[2] || *numbers[1] < *numbers[2]) return true;
    RankValues* const rank = values.of(rank_of(numbers[0]));
    if (rank == nullptr) return true;
    used = true;
    put(*rank, running, *numbers[1] - *numbers[2]);
    put(*rank, waiting, numbers[2]);
    return true;
}

constexpr std::array<std::string_view, 1> kServerLoadKeys = {"server_load"};
constexpr auto kServerLoadMembers = keys_of(kServerLoadKeys);

struct SlotSums {
    double count = 0.0;
    double busy = 0.0;
    double tokens = 0.0;
    double tokens_in_use = 0.0;
};

constexpr std::array<std::string_view, 3> kSlotKeys = {"n_ctx", "is_processing", "n_prompt_tokens"};
constexpr auto kSlotMembers = keys_of(kSlotKeys);

/// The tokens of a slot that is idle are what it kept of its last request: a hint for routing, no
/// load.
bool read_slot(od::value& element, SlotSums& sums) {
    std::optional<double> context;
    std::optional<double> tokens;
    std::optional<bool> processing;
    const Shape shape =
        for_members(element, kSlotMembers, 0, [&](std::size_t key, od::value& member) {
            if (key == 1) return read_flag(member, processing);
            return read_number(member, key == 0 ? context : tokens);
        });
    if (shape != Shape::read || !processing) return shape != Shape::broken;
    sums.count += 1.0;
    sums.tokens += context.value_or(0.0);
    if (!*processing) return true;
    sums.busy += 1.0;
    sums.tokens_in_use += tokens.value_or(0.0);
    return true;
}

constexpr std::array<std::string_view, 5> kPropsKeys = {
    "total_slots", "model_alias", "endpoint_slots", "endpoint_metrics", "role"};
constexpr auto kPropsMembers = keys_of(kPropsKeys);

constexpr std::array<std::string_view, 1> kModelsKeys = {"data"};
constexpr auto kModelsMembers = keys_of(kModelsKeys);
constexpr std::array<std::string_view, 2> kModelKeys = {"id", "status"};
constexpr auto kModelMembers = keys_of(kModelKeys);
constexpr std::array<std::string_view, 1> kStatusKeys = {"value"};
constexpr auto kStatusMembers = keys_of(kStatusKeys);

bool read_model(od::value& element, std::vector<std::string>& loaded) {
    std::string id;
    std::string status;
    const Shape shape =
        for_members(element, kModelMembers, 0, [&](std::size_t key, od::value& member) {
            if (key == 0) return read_string(member, id);
            return for_members(member, kStatusMembers, 0, [&](std::size_t, od::value& inner) {
                       return read_string(inner, status);
                   }) != Shape::broken;
        });
    if (status == "loaded" && !id.empty() && loaded.size() < kModelsPerServerMax) {
        loaded.push_back(std::move(id));
    }
    return shape != Shape::broken;
}

constexpr std::array<std::string_view, 8> kIterationKeys = {"iter",
                                                            "numActiveRequests",
                                                            "numQueuedRequests",
                                                            "maxNumActiveRequests",
                                                            "attentionDpRank",
                                                            "numCompletedRequests",
                                                            "kvCacheStats",
                                                            "inflightBatchingStats"};
constexpr auto kIterationMembers = keys_of(kIterationKeys);
constexpr std::size_t kKvStats = 6;
constexpr std::size_t kBatchStats = 7;
constexpr std::array<std::string_view, 4> kKvStatKeys = {"maxNumBlocks", "usedNumBlocks",
                                                         "tokensPerBlock", "cacheHitRate"};
constexpr auto kKvStatMembers = keys_of(kKvStatKeys);
constexpr std::array<std::string_view, 1> kBatchKeys = {"numPausedRequests"};
constexpr auto kBatchMembers = keys_of(kBatchKeys);

bool read_iteration(od::value& element, ScrapeValues& values, bool& used) {
    std::array<std::optional<double>, kIterationKeys.size()> numbers;
    std::array<std::optional<double>, kKvStatKeys.size()> kv;
    std::array<std::optional<double>, 1> paused;
    const Shape shape =
        for_members(element, kIterationMembers, 0, [&](std::size_t key, od::value& member) {
            if (key == kKvStats) return read_numbers(member, kKvStatMembers, kv);
            if (key == kBatchStats) return read_numbers(member, kBatchMembers, paused);
            return read_number(member, numbers[key]);
        });
    if (shape != Shape::read) return shape != Shape::broken;
    if (!numbers[0] || !numbers[1]) return true;
    RankValues* const rank = values.of(rank_of(numbers[4]));
    if (rank == nullptr) return true;
    used = true;
    *rank = {};  // The last record of a rank is the one that counts.
    put(*rank, progress, numbers[0]);
    put(*rank, running, numbers[1]);
    if (numbers[2]) put(*rank, waiting, *numbers[2] + paused[0].value_or(0.0));
    put(*rank, slots, numbers[3]);
    put(*rank, kv_total_blocks, kv[0]);
    put(*rank, kv_active_blocks, kv[1]);
    put(*rank, block_size, kv[2]);
    put(*rank, prefix_hit_rate, kv[3]);
    if (numbers[5]) put(*rank, running_next, std::max(*numbers[1] - *numbers[5], 0.0));
    return true;
}

JsonFate fate_of(Shape shape, od::document& document, bool used) {
    if (shape != Shape::read || !PaddedDocument::ended(document)) return JsonFate::not_this;
    return used ? JsonFate::used : JsonFate::empty;
}

}  // namespace

JsonFate EngineDocuments::read_loads(std::string_view body, ScrapeValues& values) {
    constexpr std::array<std::string_view, 2> kKeys = {"loads", "timestamp"};
    static constexpr auto kMembers = keys_of(kKeys);
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    ScrapeValues read;
    bool used = false;
    bool has_loads = false;
    std::string time;
    const Shape shape = for_members(*document, kMembers, 0, [&](std::size_t key, od::value& part) {
        if (key == 1) return read_string(part, time);
        has_loads = true;
        return for_elements(part, [&](od::value& element) {
                   return read_rank_load(element, read, used);
               }) == Shape::read;
    });
    const JsonFate fate = fate_of(shape, *document, used);
    if (fate == JsonFate::not_this || !has_loads) return JsonFate::not_this;
    if (const auto moment = parse_rfc3339(time)) {
        put(*read.of(std::nullopt), answered,
            std::chrono::duration<double>(moment->time_since_epoch()).count());
    }
    values.take_over(read);
    return fate;
}

JsonFate EngineDocuments::read_get_load(std::string_view body, ScrapeValues& values) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    ScrapeValues read;
    bool used = false;
    const Shape shape = for_elements(
        *document, [&](od::value& element) { return read_old_rank_load(element, read, used); });
    const JsonFate fate = fate_of(shape, *document, used);
    if (fate == JsonFate::used) values.take_over(read);
    return fate == JsonFate::empty ? JsonFate::not_this : fate;
}

JsonFate EngineDocuments::read_server_load(std::string_view body, ScrapeValues& values) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    std::array<std::optional<double>, 1> numbers;
    const Shape shape = for_members(
        *document, kServerLoadMembers, 0,
        [&](std::size_t key, od::value& member) { return read_number(member, numbers[key]); });
    const JsonFate fate = fate_of(shape, *document, numbers[0].has_value());
    if (fate != JsonFate::used) return JsonFate::not_this;
    put(*values.of(std::nullopt), server_load, numbers[0]);
    return fate;
}

JsonFate EngineDocuments::read_slots(std::string_view body, ScrapeValues& values) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    SlotSums sums;
    const Shape shape =
        for_elements(*document, [&](od::value& element) { return read_slot(element, sums); });
    const JsonFate fate = fate_of(shape, *document, sums.count > 0.0);
    if (fate != JsonFate::used) return fate == JsonFate::empty ? JsonFate::not_this : fate;
    RankValues& server = *values.of(std::nullopt);
    server.add(slots, sums.count, kBefore);
    server.add(running, sums.busy, kBehind);
    if (sums.tokens > 0.0) {
        server.add(kv_total_blocks, sums.tokens, kBefore);
        server.add(kv_active_blocks, sums.tokens_in_use, kBefore);
    }
    return fate;
}

JsonFate EngineDocuments::read_props(std::string_view body, ScrapeValues& values,
                                     LlamacppProps& props) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    std::optional<double> total_slots;
    std::string alias;
    std::string role;
    const Shape shape =
        for_members(*document, kPropsMembers, 0, [&](std::size_t key, od::value& member) {
            switch (key) {
                case 0: return read_number(member, total_slots);
                case 1: return read_string(member, alias);
                case 2: return read_flag(member, props.has_slots);
                case 3: return read_flag(member, props.has_metrics);
                default: return read_string(member, role);
            }
        });
    props.is_router = role == "router";
    const JsonFate fate = fate_of(shape, *document, total_slots || props.is_router);
    if (fate != JsonFate::used) return JsonFate::not_this;
    put(*values.of(std::nullopt), slots, total_slots, 1);
    if (!props.is_router) values.add_model(alias);
    return fate;
}

JsonFate EngineDocuments::read_models(std::string_view body, std::vector<std::string>& loaded) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    std::vector<std::string> read;
    bool listed = false;
    const Shape shape =
        for_members(*document, kModelsMembers, 0, [&](std::size_t, od::value& data) {
            listed = true;
            return for_elements(data, [&](od::value& element) {
                       return read_model(element, read);
                   }) != Shape::broken;
        });
    const JsonFate fate = fate_of(shape, *document, !read.empty());
    if (fate == JsonFate::not_this || !listed) return JsonFate::not_this;
    loaded = std::move(read);
    return fate;
}

JsonFate EngineDocuments::read_iterations(std::string_view body, ScrapeValues& values) {
    auto document = document_.open(body);
    if (!document) return JsonFate::not_this;
    ScrapeValues read;
    bool used = false;
    bool any = false;
    const Shape shape = for_elements(*document, [&](od::value& element) {
        any = true;
        return read_iteration(element, read, used);
    });
    const JsonFate fate = fate_of(shape, *document, used);
    // A list of something else is not this document; an empty one is.
    if (fate == JsonFate::empty && any) return JsonFate::not_this;
    if (fate == JsonFate::used) values.take_over(read);
    return fate;
}

}  // namespace muster::detail
