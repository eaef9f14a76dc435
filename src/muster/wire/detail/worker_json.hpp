// One row of a view as a JSON object: the hot part of every response.
//
// Private to wire. Pure but for `out`; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/fleet/fleet_view.hpp"
#include "muster/wire/fleet_json.hpp"
#include "muster/wire/row_texts.hpp"

namespace muster::detail {

/// What all rows of one text share.
struct RowContext {
    const FleetView& view;
    FleetMoment moment;
    WorkerMembers members;
    std::vector<std::string_view> source_ids;  ///< By SourceId.

    /// The name of its source; without a pointer if there is none.
    [[nodiscard]] std::string_view source_of(const WorkerIdentity& identity) const noexcept;
};

[[nodiscard]] RowContext row_context(const FleetView& view, const FleetMoment& moment,
                                     WorkerMembers members);

/// The members of the row, without braces: `"id":...,"component":...`.
void append_worker_members(std::string& out, const RowContext& context, std::size_t row,
                           WorkerState state);

/// What of the row does not pass with time; the text is replaced. A function of the row, its
/// identity, the members and source ids of the context, and the anchor: RowTexts keeps it as long
/// as all of these are the same. Whatever else comes to matter here must be looked at there.
void write_row_text(RowText& to, const RowContext& context, std::size_t row);
/// The same as append_worker_members, from a text made before.
void append_row_text(std::string& out, const RowText& text, const RowContext& context,
                     std::size_t row, WorkerState state);

/// Room for the state, and for what else passes with time: six numbers and their names.
inline constexpr std::size_t kStateRoom = 18;
inline constexpr std::size_t kPassingRoom = 400;
/// The member of the state with its leading comma, at most kStateRoom bytes; nothing where it is
/// not chosen. Written into `room`.
[[nodiscard]] std::string_view state_text(std::span<char, kPassingRoom> room,
                                          const RowContext& context, WorkerState state);
/// What else passes with time, each member with its leading comma; `age` is that of the row's load.
/// `places` gets told where the ages are.
[[nodiscard]] std::string_view passing_text(std::span<char, kPassingRoom> room,
                                            const RowContext& context, std::size_t row,
                                            std::optional<Duration> age, AgePlaces& places);
/// Writes the age over one that stands at `at` in `size` digits; false, and nothing is written, if
/// it takes another number of them.
[[nodiscard]] bool put_age(char* at, std::size_t size, Duration age) noexcept;

/// {"running":..., all seven fields}, null where unknown.
void append_load_json(std::string& out, const Load& load);

/// Milliseconds with one decimal, rounded up.
void append_age_json(std::string& out, Duration age);
/// Milliseconds, to the microsecond.
void append_exact_ms_json(std::string& out, Duration duration);

}  // namespace muster::detail
