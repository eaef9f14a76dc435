// The liberal reading of load records; the header says how, strict_stats.cpp is the strict one.
//
// A record that has one of the nested groups is nested: flat keys in it are ignored, wherever they
// stand, as the strict reading of form B does.
#include "muster/wire/detail/record_reader.hpp"

#include <limits>
#include <utility>

#include "muster/base/limits.hpp"

namespace muster::detail {

namespace {

constexpr std::size_t kRank = 0;
constexpr std::size_t kWorkerFields = 4;  // The rank and three counts; the rest is kv_stats'.
constexpr std::size_t kUsage = 6;
constexpr std::size_t kHitRate = 7;

constexpr std::size_t kWorkerGroup = 0;
constexpr std::size_t kKvGroup = 1;
constexpr std::size_t kSpecGroup = 2;
constexpr std::size_t kGroups = 3;

constexpr std::array<LoadField, kRecordKeys.size()> kLoadFieldOf = {
    LoadField::running /* the rank is none */,
    LoadField::running,
    LoadField::slots,
    LoadField::waiting,
    LoadField::kv_active_blocks,
    LoadField::kv_total_blocks,
    LoadField::kv_usage,
    LoadField::prefix_hit_rate};

constexpr std::array<std::string_view, kGroups> kGroupKeys = {"worker_stats", "kv_stats",
                                                              "spec_decode_stats"};

constexpr std::array<Key, kWorkerFields> kWorkerKeys = {Key(kRecordKeys[0]), Key(kRecordKeys[1]),
                                                        Key(kRecordKeys[2]), Key(kRecordKeys[3])};
constexpr std::array<Key, kRecordKeys.size() - kWorkerFields> kKvKeys = {
    Key(kRecordKeys[4]), Key(kRecordKeys[5]), Key(kRecordKeys[6]), Key(kRecordKeys[7])};
constexpr auto kSpecFields = keys_of(kSpecKeys);

/// Top level of a record: the groups of form B, then the keys of form A and A'.
constexpr auto kTopKeys = [] consteval {
    std::array<std::string_view, kGroups + kRecordKeys.size()> keys{};
    for (std::size_t i = 0; i < kGroups; ++i) keys[i] = kGroupKeys[i];
    for (std::size_t i = 0; i < kRecordKeys.size(); ++i) keys[kGroups + i] = kRecordKeys[i];
    return keys_of(keys);
}();

void forget(ReadRecord& record, std::size_t field) {
    record.fields[field] = {};
    if (field == kRank)
        record.rank.reset();
    else
        record.load.forget(kLoadFieldOf[field]);
}

template <typename T>
void note(Remark& remark, const Scalar<T>& scalar) {
    remark = {scalar.good ? Said::taken : Said::refused, scalar.reason};
}

/// False if the text is broken.
bool read_rank(ReadRecord& record, od::value& value) {
    const auto rank = read_count(value, std::numeric_limits<std::uint32_t>::max());
    if (rank.good) record.rank = static_cast<std::uint32_t>(rank.value);
    // Null is how a worker without ranks says so.
    if (!rank.good && rank.reason == RejectReason::field_null) return !rank.broken;
    note(record.fields[kRank], rank);
    return !rank.broken;
}

bool read_field(ReadRecord& record, std::size_t field, od::value& value) {
    forget(record, field);
    if (field == kRank) return read_rank(record, value);
    if (field == kUsage || field == kHitRate) {
        const auto fraction = read_fraction(value);
        if (fraction.good) record.load.set_fraction(kLoadFieldOf[field], fraction.value);
        note(record.fields[field], fraction);
        return !fraction.broken;
    }
    const auto count = read_count(value, kCountMax);
    if (count.good) record.load.set_count(kLoadFieldOf[field], count.value);
    note(record.fields[field], count);
    return !count.broken;
}

/// Fields `first` to `first + keys` of a nested group. A group that comes twice counts as it came
/// last.
template <std::size_t N>
bool read_group(ReadRecord& record, std::size_t group, std::size_t first,
                const std::array<Key, N>& keys, od::value& value) {
    for (std::size_t i = 0; i < N; ++i) forget(record, first + i);
    const std::string_view token = token_of(value);
    const Shape shape = for_members(value, keys, N, [&](std::size_t i, od::value& member) {
        return read_field(record, first + i, member);
    });
    record.groups[group] = {Said::taken, {}};
    if (shape == Shape::scalar) {
        record.groups[group] = {Said::refused, token == "null" ? RejectReason::field_null
                                                               : RejectReason::field_wrong_type};
    }
    return shape != Shape::broken;
}

/// An array of u32; absent (and why) if any element is none.
bool read_positions(ReadRecord& record, od::value& value, Remark& remark) {
    auto& positions = record.spec_decode->num_accepted_tokens_per_pos;
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type != od::json_type::array) {
        const auto count = read_count(value, 0);
        if (count.reason == RejectReason::field_null) return !count.broken;
        remark = {Said::refused, RejectReason::field_wrong_type};
        return !count.broken;
    }
    od::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    positions.emplace();
    remark = {Said::taken, {}};
    for (auto result : array) {
        od::value element;
        if (std::move(result).get(element) != simdjson::SUCCESS) return false;
        const auto count = read_count(element, std::numeric_limits<std::uint32_t>::max());
        if (count.broken) return false;
        const bool room = positions && positions->size() < kSpecPositionsMax;
        if (count.good && room)
            positions->push_back(static_cast<std::uint32_t>(count.value));
        else if (remark.said == Said::taken) {
            remark = {Said::refused, count.good ? RejectReason::field_out_of_range : count.reason};
            positions.reset();
        }
    }
    return true;
}

bool read_spec_field(ReadRecord& record, std::size_t field, od::value& value) {
    SpecDecodeStats& spec = *record.spec_decode;
    Remark& remark = record.spec_fields[field];
    remark = {};
    if (field == kSpecKeys.size() - 1) {
        spec.num_accepted_tokens_per_pos.reset();
        return read_positions(record, value, remark);
    }
    std::optional<std::uint32_t>* const counts[] = {
        &spec.num_spec_tokens, &spec.num_drafts, &spec.num_draft_tokens, &spec.num_accepted_tokens};
    counts[field]->reset();
    const auto count = read_count(value, std::numeric_limits<std::uint32_t>::max());
    if (count.good)
        *counts[field] = static_cast<std::uint32_t>(count.value);
    else if (count.reason != RejectReason::field_null)
        note(remark, count);
    return !count.broken;
}

bool read_spec_group(ReadRecord& record, od::value& value) {
    const std::string_view token = token_of(value);
    record.spec_fields = {};
    record.groups[kSpecGroup] = {Said::taken, {}};
    record.spec_decode.emplace();
    const Shape shape = for_members(
        value, kSpecFields, kSpecFields.size(),
        [&](std::size_t i, od::value& member) { return read_spec_field(record, i, member); });
    if (shape == Shape::scalar) {
        record.spec_decode.reset();
        if (token != "null") {
            record.groups[kSpecGroup] = {Said::refused, RejectReason::field_wrong_type};
        }
    }
    return shape != Shape::broken;
}

bool read_top_member(ReadRecord& record, std::size_t key, od::value& value) {
    if (key == kSpecGroup) return read_spec_group(record, value);
    if (key >= kGroups) {
        if (record.nested) return true;
        return read_field(record, key - kGroups, value);
    }
    if (!record.nested) {
        record.nested = true;
        for (std::size_t i = 0; i < kRecordKeys.size(); ++i) forget(record, i);
    }
    if (key == kWorkerGroup) return read_group(record, key, 0, kWorkerKeys, value);
    return read_group(record, key, kWorkerFields, kKvKeys, value);
}

bool group_accounts_for(const ReadRecord& record, std::size_t field) {
    if (!record.nested) return false;
    const std::size_t group = field < kWorkerFields ? kWorkerGroup : kKvGroup;
    return record.groups[group].said != Said::taken;
}

template <typename Value>
Shape read_any_record(Value& value, ReadRecord& record) {
    return for_members(value, kTopKeys, kGroups, [&](std::size_t key, od::value& member) {
        return read_top_member(record, key, member);
    });
}

}  // namespace

Shape read_record(od::value& value, ReadRecord& record) {
    return read_any_record(value, record);
}

Shape read_record(od::document& document, ReadRecord& record) {
    return read_any_record(document, record);
}

std::optional<LoadRecord> finish(ReadRecord& record, std::string_view what,
                                 RejectionList& rejections) {
    const bool usable = !record.load.known.empty();
    for (std::size_t i = 0; i < kGroups; ++i) {
        const Remark& group = record.groups[i];
        const bool missing =
            usable && record.nested && i != kSpecGroup && group.said == Said::nothing;
        if (missing || group.said == Said::refused) rejections.add(group.reason, kGroupKeys[i]);
    }
    for (std::size_t i = 0; i < kRecordKeys.size(); ++i) {
        const Remark& field = record.fields[i];
        const bool missing =
            usable && i != kRank && field.said == Said::nothing && !group_accounts_for(record, i);
        if (missing || field.said == Said::refused) rejections.add(field.reason, kRecordKeys[i]);
    }
    for (std::size_t i = 0; i < kSpecKeys.size(); ++i) {
        const Remark& field = record.spec_fields[i];
        if (field.said == Said::refused) rejections.add(field.reason, kSpecKeys[i]);
    }
    if (!usable) {
        rejections.add(RejectReason::bad_metrics, what);
        return std::nullopt;
    }
    LoadRecord out{.load = record.load, .rank = record.rank, .spec_decode = nullptr};
    if (record.spec_decode) {
        out.spec_decode = std::make_shared<const SpecDecodeStats>(std::move(*record.spec_decode));
    }
    return out;
}

}  // namespace muster::detail
