// `muster journal` on the command line.
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "flags/command.hpp"
#include "flags/journal_place.hpp"
#include "flags/usage_error.hpp"
#include "flags/view_flags.hpp"
#include "journal_command.hpp"
#include "local_zone.hpp"

namespace muster {
namespace {

// What is told where nobody says since when.
constexpr Duration kSinceUnlessGiven = std::chrono::hours(1);

constexpr std::array kWhenFlags = {
    Flag{"--since", "TIME", "03:12, RFC 3339 or 15m (ago) [1h]"},
    Flag{"--until", "TIME", "The same; not after this [now]"},
    Flag{"--worker", "ID", "Only what concerns this one"},
};

constexpr std::array kPlaceFlags = {kStateDirFlag};

constexpr std::array kOutputFlags = {
    Flag{"--output", "FORM", "table|json [table]"},
};

constexpr std::array kGroups = {
    FlagGroup{"What", kWhenFlags},
    FlagGroup{"Source", kPlaceFlags},
    kServerGroup,
    FlagGroup{"Output", kOutputFlags},
};

Result<bool> read_is_json(const GivenFlags& given) {
    const std::string form = given.text("--output", "table");
    const std::vector<std::string> forms = {"table", "json"};
    if (form == forms[0] || form == forms[1]) return form == forms[1];
    return wrong_usage("unknown form: --output " + form + ": " +
                       suggestion(form, forms, "give table or json"));
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    JournalOptionsGiven options;
    auto place = read_journal_place(given);
    if (!place) return std::unexpected(std::move(place.error()));
    auto since = read_moment_flag(given, "--since", wall_time_now() - kSinceUnlessGiven);
    if (!since) return std::unexpected(std::move(since.error()));
    auto until = read_moment_flag(given, "--until", WallTime::max());
    if (!until) return std::unexpected(std::move(until.error()));
    auto json = read_is_json(given);
    if (!json) return std::unexpected(std::move(json.error()));
    // Asked after it was read: "0s" is now, not a little later.
    if (*since > wall_time_now()) {
        return wrong_usage("in the future: --since " + given.text("--since") +
                           ": nothing has happened there yet");
    }
    if (*until <= *since) {
        return wrong_usage("nothing lies between: --since " + given.text("--since", "1h") +
                           " and --until " + given.text("--until") + ": give a later --until");
    }
    options.place = std::move(*place);
    options.since = *since;
    options.until = *until;
    options.worker = given.text("--worker");
    options.json = *json;
    return make_command(std::move(options), run_journal);
}

}  // namespace

CommandSpec journal_spec() {
    return {.name = "journal",
            .about = "Tell what happened: who came, left, went stale, and why",
            .examples =
                "  muster journal --since 03:00 --until 04:00\n"
                "  muster journal --since 15m --worker dynamo/backend/75 --output json",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
