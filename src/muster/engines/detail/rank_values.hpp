// What the documents of one scrape say, rank by rank, before it is a load: quantities with the
// choice that gave them. Tables and JSON readers fill it, load_of (rank_load.hpp) reads it.
// Private to engines; plain values.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace muster::detail {

enum class Quantity : std::uint8_t {
    // As LoadField means them.
    running,
    slots,
    waiting,
    kv_active_blocks,
    kv_total_blocks,
    kv_usage,
    prefix_hit_rate,
    // What such fields are made of.
    block_size,          ///< Tokens per block.
    kv_active_tokens,    ///< Becomes blocks by the block size.
    kv_total_tokens,     ///< The same.
    kv_blocks_of_ranks,  ///< Total blocks of all ranks of the server together.
    grammar_waiting,     ///< Those in a queue of their own, until their grammar is there (SGLang).
    server_load,         ///< Requests in flight at the server: running, waiting and not yet seen.
    running_next,        ///< Of running, those that go on after this report (TensorRT-LLM).
    // Counters.
    prefix_hits,
    prefix_queries,
    prompt_tokens,
    generated_tokens,
    requests_done,
    progress,  ///< Moves while requests run.
    // Of the process.
    started,   ///< Seconds since 1970.
    captured,  ///< When the rank's state was so, and when the answer was made: by the engine's own
    answered,  ///< clock, in seconds since 1970, good for their difference only.
};

inline constexpr std::size_t kQuantityCount = 23;
inline constexpr auto kFirstCounter = Quantity::prefix_hits;
inline constexpr std::size_t kCounterCount = 6;

[[nodiscard]] constexpr std::size_t index_of(Quantity quantity) noexcept {
    return static_cast<std::size_t>(quantity);
}

/// Where a document tells a quantity in several ways, the lowest choice that is there counts.
class RankValues {
public:
    static constexpr std::uint8_t kUnset = 0xFF;
    /// Of a table: the longest has half of them.
    static constexpr std::size_t kRowsMax = 64;

    RankValues() { choices_.fill(kUnset); }
    /// The first value of a choice counts; later ones of the same choice do not.
    void set(Quantity quantity, double value, std::uint8_t choice) noexcept {
        if (choice >= choices_[index_of(quantity)]) return;
        values_[index_of(quantity)] = value;
        choices_[index_of(quantity)] = choice;
    }
    /// The values of a choice are parts of one sum.
    void add(Quantity quantity, double value, std::uint8_t choice) noexcept {
        if (choice == choices_[index_of(quantity)] && choice != kUnset)
            values_[index_of(quantity)] += value;
        else
            set(quantity, value, choice);
    }
    /// Whether no sample of this row of the table was there before: to be asked once for each.
    [[nodiscard]] bool first_of(std::size_t row) noexcept {
        const bool first = !rows_.test(row);
        rows_.set(row);
        return first;
    }
    /// Whatever was known of it before, by the weakest choice: any document knows better.
    void replace(Quantity quantity, double value) noexcept {
        values_[index_of(quantity)] = value;
        choices_[index_of(quantity)] = kUnset - 1;
    }
    void forget(Quantity quantity) noexcept { choices_[index_of(quantity)] = kUnset; }
    [[nodiscard]] std::optional<double> get(Quantity quantity) const noexcept {
        if (choices_[index_of(quantity)] == kUnset) return std::nullopt;
        return values_[index_of(quantity)];
    }
    /// Takes over what `other` knows by a lower choice, or alone.
    void merge(const RankValues& other) noexcept {
        for (std::size_t i = 0; i < kQuantityCount; ++i) {
            set(static_cast<Quantity>(i), other.values_[i], other.choices_[i]);
        }
    }
    /// Adds each quantity that `other` knows.
    void add_up(const RankValues& other) noexcept {
        for (std::size_t i = 0; i < kQuantityCount; ++i) {
            add(static_cast<Quantity>(i), other.values_[i], other.choices_[i]);
        }
    }
    [[nodiscard]] bool empty() const noexcept {
        for (const std::uint8_t choice : choices_) {
            if (choice != kUnset) return false;
        }
        return true;
    }

private:
    std::array<double, kQuantityCount> values_{};
    std::array<std::uint8_t, kQuantityCount> choices_{};
    std::bitset<kRowsMax> rows_;
};

/// All that one scrape's documents said.
class ScrapeValues {
public:
    struct Rank {
        std::uint32_t rank = 0;
        RankValues values;
    };

    void clear();
    /// The values of a rank; of the server as a whole for nullopt. Null: too many ranks.
    [[nodiscard]] RankValues* of(std::optional<std::uint32_t> rank);
    /// Adds what `other` says of the server: one of several models behind it.
    void add_up(const ScrapeValues& other);
    /// Takes over what `other` says of ranks and of the server; the lower choice counts.
    void take_over(const ScrapeValues& other);
    /// Notes a model's name, once each.
    void add_model(std::string_view name);
    /// Keeps a line for people, as long as there is room.
    void add_raw(std::string_view line);

    /// Brings what was said without a rank to where it belongs: to the one rank there is, or to
    /// rank 0 if there is none. With several ranks it stays apart. Sorts by rank.
    void settle();

    [[nodiscard]] std::vector<Rank>& ranks() noexcept { return ranks_; }
    [[nodiscard]] const RankValues& server() const noexcept { return server_; }
    [[nodiscard]] std::vector<std::string>& models() noexcept { return models_; }
    [[nodiscard]] const std::string& raw() const noexcept { return raw_; }

private:
    void take_names(const ScrapeValues& other);

    std::vector<Rank> ranks_;
    RankValues server_;
    std::vector<std::string> models_;
    std::string raw_;
};

}  // namespace muster::detail
