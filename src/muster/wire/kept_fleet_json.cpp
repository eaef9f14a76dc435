// Texts in place; thread rules are the header's.
#include "muster/wire/kept_fleet_json.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <utility>

#include "muster/wire/detail/fleet_parts_json.hpp"
#include "muster/wire/detail/worker_json.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster {

namespace {

using PassingText = std::array<char, detail::kPassingRoom>;

/// By so much may the passing text of a row grow before its block is written anew: less, and a
/// fleet whose ages pass a power of ten at once is; more only makes answers longer.
constexpr std::size_t kSpareRoom = 8;

/// The texts of a large fleet do not fit into the caches near the processor: the lines that are
/// about to be written are asked for so many rows ahead.
constexpr std::size_t kRowsAhead = 4;
constexpr std::size_t kCacheLine = 64;

void put(std::string& text, std::size_t at, std::size_t room, std::string_view what) {
    std::memcpy(text.data() + at, what.data(), what.size());
    std::memset(text.data() + at + what.size(), ' ', room - what.size());
}

}  // namespace

TextPieces KeptFleetJson::at(const RowTexts& texts, const FleetMoment& moment) {
    const FleetView& view = texts.view();
    std::string around;
    JsonWriter writer(around);
    detail::begin_document(writer, view, moment);
    detail::write_statistics(writer, around, statistics_.at(view, moment.now));
    detail::write_expected(writer, view, moment.anchor);
    writer.key("workers").begin_array();
    const std::size_t before = around.size();
    writer.end_array();
    detail::write_after_workers(writer, around, view, moment, {});

    if (directory_ != view.parts().directory) {
        directory_ = view.parts().directory;
        blocks_.clear();  // Revisions are compared row by row.
    }
    blocks_.resize(view.block_count());
    const detail::RowContext context = detail::row_context(view, moment, texts.members());
    TextPieces pieces;
    pieces.reserve(blocks_.size() + 2);
    pieces.push_back(std::make_shared<const std::string>(around, 0, before));
    for (std::size_t b = 0; b < blocks_.size(); ++b) {
        bring_up(b, texts, context);
        pieces.push_back(blocks_[b].text);
    }
    pieces.push_back(std::make_shared<const std::string>(around, before));
    return pieces;
}

void KeptFleetJson::bring_up(std::size_t b, const RowTexts& texts,
                             const detail::RowContext& context) {
    Block& block = blocks_[b];
    if (block.text != nullptr && block.rows.size() == context.view.block(b).rows) {
        if (block.text.use_count() > 1) block.text = std::make_shared<std::string>(*block.text);
        if (write_passing(b, texts, context)) return;
    }
    if (block.text == nullptr || block.text.use_count() > 1) {
        block.text = std::make_shared<std::string>();
    }
    write_whole(b, texts, context);
}

bool KeptFleetJson::write_passing(std::size_t b, const RowTexts& texts,
                                  const detail::RowContext& context) {
    Block& block = blocks_[b];
    const BlockMoment& rows = statistics_.rows(b);
    std::string& text = *block.text;
    PassingText passing;
    for (std::size_t i = 0; i < block.rows.size(); ++i) {
        Place& place = block.rows[i];
        const std::size_t row = b * kBlockRows + i;
        if (i + kRowsAhead < block.rows.size()) {
            const char* const next = text.data() + block.rows[i + kRowsAhead].passing_at;
            __builtin_prefetch(next, 1);
            __builtin_prefetch(next + kCacheLine, 1);
        }
        if (place.revision != texts.revision(row)) return false;
        if (place.state != rows.states[i]) {
            place.state = rows.states[i];
            put(text, place.state_at, detail::kStateRoom,
                detail::state_text(passing, context, place.state));
        }
        if (write_ages(text, place, context.view, row, rows.ages[i], context.moment.now)) continue;
        place.counted = Counted::of(context.view, row);  // Before it is written: it may change.
        const std::string_view now =
            detail::passing_text(passing, context, row, rows.ages[i], place.ages);
        if (now.size() > place.passing_room) return false;
        put(text, place.passing_at, place.passing_room, now);
    }
    return true;
}

KeptFleetJson::Counted KeptFleetJson::Counted::of(const FleetView& view, std::size_t row) {
    const RowSlot& slot = view.slot(row);
    return {.rtt = slot.rtt(),
            .missed = slot.missed(),
            .other_ages = slot.captured_lag() ||
                          view.block(row / kBlockRows).triggers_only[row % kBlockRows]};
}

bool KeptFleetJson::write_ages(std::string& text, const Place& place, const FleetView& view,
                               std::size_t row, std::optional<Duration> age, Time now) {
    const AgePlaces& at = place.ages;
    if (!age || at.age.size == 0 || at.alive.size == 0) return false;
    const Counted counted = Counted::of(view, row);
    if (counted.other_ages || counted != place.counted) return false;
    // If only one of them fits, both are written again with all the rest.
    char* const passing = text.data() + place.passing_at;
    return detail::put_age(passing + at.age.at, at.age.size, *age) &&
           detail::put_age(passing + at.alive.at, at.alive.size, view.alive_age_at(row, now));
}

void KeptFleetJson::write_whole(std::size_t b, const RowTexts& texts,
                                const detail::RowContext& context) {
    Block& block = blocks_[b];
    const BlockMoment& moment = statistics_.rows(b);
    std::string& text = *block.text;
    text.clear();
    block.rows.resize(context.view.block(b).rows);
    PassingText passing;
    const auto append = [&](std::string_view what, std::size_t room) {
        const std::size_t at = text.size();
        text.append(what).append(room - what.size(), ' ');
        return static_cast<std::uint32_t>(at);
    };
    for (std::size_t i = 0; i < block.rows.size(); ++i) {
        const std::size_t row = b * kBlockRows + i;
        const RowText& kept = texts.text(row);
        const std::string_view rest = kept.text;
        Place& place = block.rows[i];
        place.revision = texts.revision(row);
        place.state = moment.states[i];
        text += row == 0 ? "{" : ",{";
        text += rest.substr(0, kept.state_at);
        place.state_at =
            append(detail::state_text(passing, context, place.state), detail::kStateRoom);
        text += rest.substr(kept.state_at, kept.passing_at - kept.state_at);
        place.counted = Counted::of(context.view, row);
        const std::string_view now =
            detail::passing_text(passing, context, row, moment.ages[i], place.ages);
        place.passing_room = static_cast<std::uint32_t>(now.size() + kSpareRoom);
        place.passing_at = append(now, place.passing_room);
        text += rest.substr(kept.passing_at);
        text += '}';
    }
}

}  // namespace muster
