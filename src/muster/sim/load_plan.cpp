// Reads what `muster sim --load` says. The JSON of `fixed:` is one flat object of numbers typed by
// a person, so errors name the place and the names that exist.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/sim/load_model.hpp"

namespace muster {
namespace {

/// The pieces of a flat JSON object of numbers, one after the other.
class FlatObject {
public:
    explicit FlatObject(std::string_view text) : text_(text) {}

    bool take(char wanted) {
        skip_blanks();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    std::optional<std::string_view> take_name() {
        if (!take('"')) return std::nullopt;
        const std::size_t end = text_.find('"', at_);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view name = text_.substr(at_, end - at_);
        at_ = end + 1;
        return name;
    }
    std::optional<double> take_number() {
        skip_blanks();
        double value = 0.0;
        const char* first = text_.data() + at_;
        const auto [end, code] = std::from_chars(first, text_.data() + text_.size(), value);
        if (code != std::errc() || !std::isfinite(value)) return std::nullopt;
        at_ += static_cast<std::size_t>(end - first);
        return value;
    }
    bool at_end() {
        skip_blanks();
        return at_ == text_.size();
    }
    [[nodiscard]] std::size_t position() const noexcept { return at_ + 1; }

private:
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    std::string_view text_;
    std::size_t at_ = 0;
};

Error bad_load(const std::string& where, const std::string& advice) {
    return Error{ErrorKind::bad_input, ErrorOrigin::client,
                 fmt::format("--load cannot be read: {}: {}", where, advice)};
}

std::optional<Error> set_field(Load& load, std::string_view name, double value) {
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        if (kLoadFieldNames[i] != name) continue;
        const auto field = static_cast<LoadField>(i);
        if (field == LoadField::kv_usage || field == LoadField::prefix_hit_rate) {
            if (value < 0.0 || value > 1.0)
                return bad_load(fmt::format("{} is {}", name, value),
                                "give a fraction from 0 to 1");
            load.set_fraction(field, static_cast<double>(static_cast<float>(value)));
            return std::nullopt;
        }
        if (value < 0.0 || value > static_cast<double>(kCountMax) || value != std::floor(value))
            return bad_load(fmt::format("{} is {}", name, value),
                            "give a whole number from 0 to 2^53");
        load.set_count(field, static_cast<std::uint64_t>(value));
        return std::nullopt;
    }
    return bad_load(fmt::format("no field is called '{}'", name),
                    fmt::format("the fields are {}", fmt::join(kLoadFieldNames, ", ")));
}

Load default_fixed_load() {
    Load load;
    load.set_count(LoadField::running, 0);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, 0);
    load.set_count(LoadField::kv_active_blocks, 0);
    load.set_count(LoadField::kv_total_blocks, 27'814);
    load.set_fraction(LoadField::prefix_hit_rate, 0.0);
    return load;
}

/// Fails where the blocks tell of more than all: no worker can send such a fraction.
std::optional<Error> derive_usage(Load& load) {
    if (load.known.has(LoadField::kv_usage)) return std::nullopt;
    if (load.kv_active_blocks > load.kv_total_blocks) {
        return bad_load(fmt::format("kv_active_blocks is {}, kv_total_blocks {}",
                                    load.kv_active_blocks, load.kv_total_blocks),
                        "give no more in use than there are, or kv_usage too");
    }
    const double total = static_cast<double>(load.kv_total_blocks);
    const double share = total == 0.0 ? 0.0 : static_cast<double>(load.kv_active_blocks) / total;
    load.set_fraction(LoadField::kv_usage, static_cast<double>(static_cast<float>(share)));
    return std::nullopt;
}

Result<Load> parse_fixed(std::string_view text) {
    constexpr std::string_view kExample = R"(write fixed:{"running":37,"waiting":4})";
    Load load = default_fixed_load();
    FlatObject json(text);
    const auto broken = [&] {
        return std::unexpected(bad_load(fmt::format("character {} of '{}'", json.position(), text),
                                        std::string(kExample)));
    };
    if (!json.take('{')) return broken();
    if (!json.take('}')) {
        do {
            const std::optional<std::string_view> name = json.take_name();
            if (!name || !json.take(':')) return broken();
            const std::optional<double> value = json.take_number();
            if (!value) return broken();
            if (std::optional<Error> error = set_field(load, *name, *value))
                return std::unexpected(*std::move(error));
        } while (json.take(','));
        if (!json.take('}')) return broken();
    }
    if (!json.at_end()) return broken();
    if (std::optional<Error> error = derive_usage(load)) return std::unexpected(*std::move(error));
    return load;
}

}  // namespace

Result<LoadPlan> parse_load_plan(std::string_view text) {
    LoadPlan plan;
    if (text == "model") return plan;
    constexpr std::array<std::pair<std::string_view, LoadShape>, 3> kShapes = {
        {{"sine", LoadShape::sine}, {"step", LoadShape::step}, {"burst", LoadShape::burst}}};
    for (const auto& [name, shape] : kShapes) {
        if (text != name) continue;
        plan.shape = shape;
        return plan;
    }
    constexpr std::string_view kFixed = "fixed:";
    if (text.starts_with(kFixed)) {
        Result<Load> load = parse_fixed(text.substr(kFixed.size()));
        if (!load) return std::unexpected(std::move(load).error());
        plan.shape = LoadShape::fixed;
        plan.fixed = *load;
        return plan;
    }
    return std::unexpected(bad_load(fmt::format("'{}' is no kind of load", text),
                                    "write model, fixed:JSON, sine, step or burst"));
}

}  // namespace muster
