#include "muster/collect/journal/journal_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

// 16 years: nothing that muster saw is farther from a segment's base, and no sum overflows.
constexpr std::int64_t kMicrosMax = 500'000'000'000'000;
constexpr LoadFields kAllFields{(1U << kLoadFieldCount) - 1};

enum class FractionForm : std::uint8_t { quotient, short_quotient, single, whole };

double quotient_of(const Load& load) noexcept {
    return static_cast<double>(load.kv_active_blocks) / static_cast<double>(load.kv_total_blocks);
}

// As a worker computes it that keeps its numbers as 32-bit floats.
double short_quotient_of(const Load& load) noexcept {
    return static_cast<double>(static_cast<float>(load.kv_active_blocks) /
                               static_cast<float>(load.kv_total_blocks));
}

bool same_bits(double a, double b) noexcept {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool is_fraction_field(LoadField field) noexcept {
    return field == LoadField::kv_usage || field == LoadField::prefix_hit_rate;
}

template <typename T>
void write_optional(ByteWriter& to, const std::optional<T>& value) {
    to.byte(value ? 1 : 0);
    if (value) to.varint(*value);
}

std::optional<std::uint64_t> read_optional(ByteReader& from) noexcept {
    if (from.byte() == 0) return std::nullopt;
    return from.varint();
}

std::uint32_t read_u32(ByteReader& from) noexcept {
    const std::uint64_t value = from.varint();
    return static_cast<std::uint32_t>(value > 0xffff'ffffU ? from.refuse() : value);
}

}  // namespace

void JournalBase::write(ByteWriter& to, Time time) const {
    if (time == kNever) {
        to.varint(0);
        return;
    }
    const auto micros = std::chrono::floor<std::chrono::microseconds>(time - base).count();
    const auto kept = std::clamp<std::int64_t>(micros, -kMicrosMax, kMicrosMax);
    const std::uint64_t folded =
        (static_cast<std::uint64_t>(kept) << 1U) ^ static_cast<std::uint64_t>(kept >> 63U);
    to.varint(folded + 1);
}

Time JournalBase::read(ByteReader& from) const noexcept {
    const std::uint64_t folded = from.varint();
    if (folded == 0) return kNever;
    const std::uint64_t bits = folded - 1;
    const std::int64_t micros =
        static_cast<std::int64_t>(bits >> 1U) ^ -static_cast<std::int64_t>(bits & 1U);
    if (micros < -kMicrosMax || micros > kMicrosMax) {
        from.refuse();
        return kNever;
    }
    return base + std::chrono::microseconds(micros);
}

void write_text(ByteWriter& to, std::string_view text) {
    to.text(text.substr(0, kJournalTextBytesMax));
}

std::string read_text(ByteReader& from) {
    return std::string(from.text(kJournalTextBytesMax));
}

void write_duration(ByteWriter& to, Duration duration) {
    to.varint(static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, duration / std::chrono::microseconds(1))));
}

Duration read_duration(ByteReader& from) {
    const std::uint64_t micros = from.varint();
    if (micros > static_cast<std::uint64_t>(kMicrosMax)) from.refuse();
    return std::chrono::microseconds(from.good() ? static_cast<std::int64_t>(micros) : 0);
}

void write_fraction(ByteWriter& to, double value, const Load& beside) {
    const auto form = [&](FractionForm of) { to.byte(static_cast<std::uint8_t>(of)); };
    if (beside.kv_total_blocks > 0 && same_bits(value, quotient_of(beside))) {
        form(FractionForm::quotient);
    } else if (beside.kv_total_blocks > 0 && same_bits(value, short_quotient_of(beside))) {
        form(FractionForm::short_quotient);
    } else if (same_bits(value, static_cast<double>(static_cast<float>(value)))) {
        form(FractionForm::single);
        to.fixed32(std::bit_cast<std::uint32_t>(static_cast<float>(value)));
    } else {
        form(FractionForm::whole);
        to.fixed64(std::bit_cast<std::uint64_t>(value));
    }
}

double read_fraction(ByteReader& from, const Load& beside) {
    const auto form = static_cast<FractionForm>(from.byte());
    switch (form) {
        case FractionForm::quotient:
        case FractionForm::short_quotient:
            if (beside.kv_total_blocks == 0) break;
            return form == FractionForm::quotient ? quotient_of(beside) : short_quotient_of(beside);
        case FractionForm::single: return static_cast<double>(std::bit_cast<float>(from.fixed32()));
        case FractionForm::whole: return std::bit_cast<double>(from.fixed64());
    }
    return static_cast<double>(from.refuse());
}

bool is_sound(const Load& load) noexcept {
    if ((load.known.bits() & ~kAllFields.bits()) != 0) return false;
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        // Read as known, to look at what stands in a field that is not.
        Load bare = load;
        bare.known.add(field);
        if (is_fraction_field(field)) {
            const double value = *bare.fraction(field);
            const bool in_range = value >= 0.0 && value <= 1.0 && !std::signbit(value);
            if (!in_range || (!load.known.has(field) && value != 0.0)) return false;
        } else {
            const std::uint64_t value = *bare.count(field);
            if (value > kCountMax || (!load.known.has(field) && value != 0)) return false;
        }
    }
    return true;
}

void write_load(ByteWriter& to, const Load& load) {
    to.byte(load.known.bits());
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        if (!load.known.has(field)) continue;
        if (is_fraction_field(field))
            write_fraction(to, *load.fraction(field), load);
        else
            to.varint(*load.count(field));
    }
}

Load read_load(ByteReader& from) {
    const LoadFields known(from.byte());
    Load load;
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        if (!known.has(field)) continue;
        if (is_fraction_field(field))
            load.set_fraction(field, read_fraction(from, load));
        else
            load.set_count(field, from.varint());
    }
    if (load.known != known || !is_sound(load)) from.refuse();
    return from.good() ? load : Load{};
}

void write_identity(ByteWriter& to, const JournalBase& base, const WorkerIdentity& identity) {
    write_text(to, identity.id);
    write_text(to, identity.component);
    write_optional(to, identity.instance_id);
    write_text(to, identity.instance_name);
    write_optional(to, identity.rank);
    write_text(to, identity.engine);
    write_text(to, identity.address);
    to.varint(identity.models.size());
    for (const std::string& model : identity.models) write_text(to, model);
    to.varint(identity.labels.size());
    for (const auto& [name, value] : identity.labels) {
        write_text(to, name);
        write_text(to, value);
    }
    to.varint(identity.source.value);
    to.varint(identity.component_id.value);
    base.write(to, identity.first_seen);
}

std::shared_ptr<const WorkerIdentity> read_identity(ByteReader& from, const JournalBase& base) {
    auto identity = std::make_shared<WorkerIdentity>();
    identity->id = read_text(from);
    identity->component = read_text(from);
    identity->instance_id = read_optional(from);
    identity->instance_name = read_text(from);
    if (const auto rank = read_optional(from)) {
        if (*rank > 0xffff'ffffU) from.refuse();
        identity->rank = static_cast<std::uint32_t>(*rank);
    }
    identity->engine = read_text(from);
    identity->address = read_text(from);
    for (std::size_t left = from.count(); left > 0; --left) {
        identity->models.push_back(read_text(from));
    }
    for (std::size_t left = from.count(); left > 0; --left) {
        std::string name = read_text(from);
        identity->labels.emplace_back(std::move(name), read_text(from));
    }
    identity->source.value = read_u32(from);
    identity->component_id.value = read_u32(from);
    identity->first_seen = base.read(from);
    return identity;
}

void write_tombstone(ByteWriter& to, const JournalBase& base, const Tombstone& stone) {
    write_identity(to, base, *stone.identity);
    base.write(to, stone.since);
    to.byte(static_cast<std::uint8_t>(stone.reason));
    write_text(to, stone.detail);
    write_load(to, stone.last_load);
    to.varint(stone.generation);
    to.varint(stone.sequence);
}

Tombstone read_tombstone(ByteReader& from, const JournalBase& base) {
    Tombstone stone;
    stone.identity = read_identity(from, base);
    stone.since = base.read(from);
    const std::uint8_t reason = from.byte();
    if (reason >= kLostReasonCount || stone.since == kNever) from.refuse();
    stone.reason = static_cast<LostReason>(reason);
    stone.detail = read_text(from);
    stone.last_load = read_load(from);
    stone.generation = read_u32(from);
    stone.sequence = from.varint();
    return stone;
}

void write_sources(ByteWriter& to, const JournalBase& base,
                   const std::vector<SourceInfo>& sources) {
    to.varint(sources.size());
    for (const SourceInfo& source : sources) {
        to.varint(source.source.value);
        write_text(to, source.id);
        write_text(to, source.kind);
        write_text(to, source.target);
        to.byte(static_cast<std::uint8_t>(source.state));
        base.write(to, source.since);
        write_text(to, source.reason);
        to.byte(static_cast<std::uint8_t>((source.last_error ? 1U : 0U) |
                                          (source.asked_once ? 2U : 0U)));
        if (source.last_error) write_text(to, *source.last_error);
        to.varint(source.mass_silences.size());
        for (const MassSilence& silence : source.mass_silences) {
            write_text(to, silence.component);
            to.varint(silence.silent);
            to.varint(silence.total);
            base.write(to, silence.since);
        }
        to.varint(source.foreign_services.size());
        for (const std::string& name : source.foreign_services) write_text(to, name);
    }
}

std::vector<SourceInfo> read_sources(ByteReader& from, const JournalBase& base) {
    std::vector<SourceInfo> sources;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        SourceInfo& source = sources.emplace_back();
        source.source.value = read_u32(from);
        source.id = read_text(from);
        source.kind = read_text(from);
        source.target = read_text(from);
        const std::uint8_t state = from.byte();
        if (state >= kSourceStateNames.size()) from.refuse();
        source.state = from.good() ? static_cast<SourceState>(state) : SourceState::disconnected;
        source.since = base.read(from);
        source.reason = read_text(from);
        const std::uint8_t bits = from.byte();
        source.asked_once = (bits & 2U) != 0;
        if ((bits & 1U) != 0) source.last_error = read_text(from);
        for (std::size_t silences = from.count(); silences > 0 && from.good(); --silences) {
            MassSilence& silence = source.mass_silences.emplace_back();
            silence.component = read_text(from);
            silence.silent = from.varint();
            silence.total = from.varint();
            silence.since = base.read(from);
        }
        for (std::size_t names = from.count(); names > 0 && from.good(); --names) {
            source.foreign_services.push_back(read_text(from));
        }
    }
    return sources;
}

void write_cordons(ByteWriter& to, const JournalBase& base, const Cordons& cordons) {
    to.varint(cordons.size());
    for (const CordonPtr& cordon : cordons) {
        write_text(to, cordon->worker);
        write_text(to, cordon->why);
        write_text(to, cordon->by);
        base.write(to, cordon->since);
    }
}

Cordons read_cordons(ByteReader& from, const JournalBase& base) {
    Cordons cordons;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        Cordon cordon;
        cordon.worker = read_text(from);
        cordon.why = read_text(from);
        cordon.by = read_text(from);
        cordon.since = base.read(from);
        cordons.push_back(std::make_shared<const Cordon>(std::move(cordon)));
    }
    const auto not_below = [](const CordonPtr& a, const CordonPtr& b) {
        return a->worker >= b->worker;
    };
    const bool sorted =
        std::adjacent_find(cordons.begin(), cordons.end(), not_below) == cordons.end();
    if (!sorted || cordons.size() > kCordonsMax) from.refuse();
    return cordons;
}

void write_expected(ByteWriter& to, const JournalBase& base,
                    std::span<const ExpectedInfo> expected) {
    to.varint(expected.size());
    for (const ExpectedInfo& info : expected) {
        write_text(to, info.component);
        to.varint(info.workers);
        to.varint(info.present);
        write_optional(to, info.missing);
        base.write(to, info.since);
        write_text(to, info.why);
        to.varint(info.missing_ids.size());
        for (const std::string& id : info.missing_ids) write_text(to, id);
    }
}

std::vector<ExpectedInfo> read_expected(ByteReader& from, const JournalBase& base) {
    std::vector<ExpectedInfo> expected;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        ExpectedInfo& info = expected.emplace_back();
        info.component = read_text(from);
        info.workers = from.varint();
        info.present = from.varint();
        info.missing = read_optional(from);
        info.since = base.read(from);
        info.why = read_text(from);
        for (std::size_t ids = from.count(); ids > 0 && from.good(); --ids) {
            info.missing_ids.push_back(read_text(from));
        }
    }
    return expected;
}

void write_components(ByteWriter& to, const JournalBase& base,
                      const std::vector<ComponentInfo>& components) {
    to.varint(components.size());
    for (const ComponentInfo& component : components) {
        to.varint(component.component.value);
        write_text(to, component.name);
        to.varint(component.source.value);
        write_duration(to, component.interval);
        write_duration(to, component.patience);
        to.varint(component.without_load.size());
        for (const InstanceWithoutLoad& instance : component.without_load) {
            write_text(to, instance.id);
            base.write(to, instance.since);
        }
    }
}

std::vector<ComponentInfo> read_components(ByteReader& from, const JournalBase& base) {
    std::vector<ComponentInfo> components;
    for (std::size_t left = from.count(); left > 0 && from.good(); --left) {
        ComponentInfo& component = components.emplace_back();
        component.component.value = read_u32(from);
        component.name = read_text(from);
        component.source.value = read_u32(from);
        component.interval = read_duration(from);
        component.patience = read_duration(from);
        for (std::size_t instances = from.count(); instances > 0 && from.good(); --instances) {
            InstanceWithoutLoad& instance = component.without_load.emplace_back();
            instance.id = read_text(from);
            instance.since = base.read(from);
        }
    }
    return components;
}

}  // namespace muster
