// From flags to a place and a moment.
#include "flags/journal_place.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "flags/usage_error.hpp"
#include "local_zone.hpp"
#include "muster/wire/moment_text.hpp"
#include "state_dir.hpp"

namespace muster {

Result<JournalPlace> read_journal_place(const GivenFlags& given) {
    const FlagOrigin dir = given.origin("--state-dir");
    const FlagOrigin server = given.origin("--server");
    if (dir == FlagOrigin::command_line && server == FlagOrigin::command_line) {
        return wrong_usage("contradiction: --state-dir and --server: give one of the two");
    }
    // A flag beats the environment, which beats the file, also where they name different places. A
    // file may name both, for serve and for those who look: then the files are nearer.
    JournalPlace place;
    if (dir != FlagOrigin::nowhere && dir >= server) {
        place.state_dir = given.text("--state-dir");
        return place;
    }
    if (server == FlagOrigin::nowhere) {
        place.state_dir = default_state_dir();
        std::error_code failed;
        if (!place.state_dir.empty() && std::filesystem::exists(place.state_dir, failed)) {
            return place;
        }
    }
    auto road = read_server_road(given);
    if (!road) return std::unexpected(std::move(road.error()));
    place.server = std::move(*road);
    return place;
}

Result<WallTime> read_moment_flag(const GivenFlags& given, const char* flag, WallTime otherwise) {
    if (!given.is_given(flag)) return otherwise;
    const std::string text = given.text(flag);
    const auto moment = parse_moment(text, wall_time_now(), LocalZone());
    if (moment) return *moment;
    return wrong_usage("not a moment: " + given.where(flag) + ' ' + text + ": " +
                       moment.error().what);
}

}  // namespace muster
