// KeptFleetJson: the whole document of a view, again and again, from texts that stay in place.
//
// Place in the data path: RowTexts -> pieces of text -> a response, one for each serving thread. A
// block of rows is one piece. Its text stays as it is from answer to answer, and only what passes
// with time (state, ages, round trip, misses) is written into it anew, in room that was left for
// it: what is left over is filled with spaces, which JSON allows there. A piece that a slow client
// still holds is left alone and copied first. One thread, also for whoever holds pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muster/fleet/statistics.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster {

namespace detail {
struct RowContext;
}

/// Texts that make one when they are joined.
using TextPieces = std::vector<std::shared_ptr<const std::string>>;
[[nodiscard]] inline TextPieces one_piece(std::string text) {
    TextPieces pieces;
    pieces.push_back(std::make_shared<const std::string>(std::move(text)));
    return pieces;
}

class KeptFleetJson {
public:
    /// What append_fleet_json(texts, moment) says without a filter, but for spaces between tokens.
    /// REQUIRES: always the same texts.
    [[nodiscard]] TextPieces at(const RowTexts& texts, const FleetMoment& moment);

private:
    /// What passes besides ages, and only with a report.
    struct Counted {
        std::optional<Duration> rtt;
        std::uint32_t missed = 0;
        bool other_ages = false;  ///< Of a record, or of a capture.

        [[nodiscard]] static Counted of(const FleetView& view, std::size_t row);
        bool operator==(const Counted&) const = default;
    };
    /// Where in a block's text a row has what passes.
    struct Place {
        std::uint64_t revision = 0;  ///< Of the rest of the row.
        std::uint32_t state_at = 0;
        std::uint32_t passing_at = 0;
        std::uint32_t passing_room = 0;
        AgePlaces ages;   ///< Within what passes.
        Counted counted;  ///< What that says besides.
        WorkerState state = WorkerState::unknown;
    };
    struct Block {
        std::shared_ptr<std::string> text;
        std::vector<Place> rows;
    };

    void bring_up(std::size_t b, const RowTexts& texts, const detail::RowContext& context);
    /// False: some row changed, or takes more room than it has; then the text is no good.
    [[nodiscard]] bool write_passing(std::size_t b, const RowTexts& texts,
                                     const detail::RowContext& context);
    /// The two ages alone, where nothing else passed and each takes as many digits as before.
    [[nodiscard]] static bool write_ages(std::string& text, const Place& place,
                                         const FleetView& view, std::size_t row,
                                         std::optional<Duration> age, Time now);
    void write_whole(std::size_t b, const RowTexts& texts, const detail::RowContext& context);

    KeptStatistics statistics_;
    std::shared_ptr<const Directory> directory_;  // Whose rows the blocks hold.
    std::vector<Block> blocks_;
};

}  // namespace muster
