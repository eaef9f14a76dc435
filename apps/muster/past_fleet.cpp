// Both places give the same text.
#include "past_fleet.hpp"

#include <utility>

#include "fleet_feed.hpp"
#include "local_zone.hpp"
#include "muster/io/http/http_client.hpp"
#include "muster/io/http/url.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/wire/problem_document.hpp"
#include "muster/wire/rfc3339.hpp"
#include "server_words.hpp"

namespace muster {
namespace {

// A serve reads files for it, perhaps after other questions.
constexpr Duration kPatience = std::chrono::seconds(30);

Result<std::string> from_files(const std::string& directory, WallTime when,
                               const FleetFilter& filter) {
    const LocalZone zone;
    const auto past = JournalReader(directory, &zone).fleet_at(when, wall_time_now());
    if (!past) return std::unexpected(past.error());
    std::string json;
    append_fleet_json(json, *past->view, {past->as_of.steady, past->as_of, past->epoch, true},
                      filter);
    return json;
}

Result<std::string> from_server(const ServerRoad& road, WallTime when, const FleetFilter& filter,
                                const std::stop_token& stop) {
    std::string target = "/v1/fleet" + query_of(filter);
    target += target.find('?') == std::string::npos ? '?' : '&';
    std::string moment;
    append_rfc3339(moment, when, 9);
    target += "at=" + percent_encode(moment);
    HttpClient client(road.server, road.client);
    auto answer = client.get(target, kPatience, stop);
    if (!answer) return std::unexpected(cannot_reach(road.server, answer.error()));
    if (answer->status == 200) return *answer->body;
    // That it is not in the journal is an answer, and in words.
    const auto problem = parse_problem(*answer->body);
    if (answer->status == 404 && problem) {
        return fail(ErrorKind::bad_input, ErrorOrigin::upstream, problem->detail);
    }
    return std::unexpected(refused_by(road.server, target, *answer));
}

}  // namespace

Result<std::string> past_fleet_json(const JournalPlace& place, WallTime when,
                                    const FleetFilter& filter, const std::stop_token& stop) {
    if (place.server) return from_server(*place.server, when, filter, stop);
    return from_files(place.state_dir, when, filter);
}

Result<FleetDocument> past_fleet(const JournalPlace& place, WallTime when,
                                 const FleetFilter& filter, const std::stop_token& stop) {
    auto json = past_fleet_json(place, when, filter, stop);
    if (!json) return std::unexpected(std::move(json.error()));
    auto document = parse_fleet_document(*json);
    if (document) return document;
    return fail(document.error().kind, document.error().origin,
                "no fleet of muster's: " + place.shown() + ": " + document.error().what);
}

}  // namespace muster
