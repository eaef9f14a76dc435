// What a client's question holds beside its body: the target with its parameters, the cursor of a
// page of the journal, the fields that say which form is wanted. No text may hurt; what is
// understood prints and reads again as the same; a complaint names its parameter.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "muster/io/http/http_message.hpp"
#include "muster/io/http/url.hpp"
#include "muster/io/journal/journal_reader.hpp"
#include "muster/serve/fleet_query.hpp"
#include "muster/serve/media_range.hpp"
#include "muster/serve/metrics_format.hpp"
#include "muster/wire/rfc3339.hpp"
#include "require.hpp"

namespace {

using muster::FleetQuery;
using muster::QueryParameter;
using muster::fuzzing::require;
using muster::fuzzing::require_words;
using namespace std::chrono_literals;

constexpr muster::WallTime kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};
constexpr muster::FleetQueryRules kAll{.filters = true,
                                       .fields = true,
                                       .history = true,
                                       .long_poll = true,
                                       .past = true,
                                       .now = kNow,
                                       .timeout_max = 5min,
                                       .event_rate = true,
                                       .event_rate_max = 1000};

std::string printed(muster::WallTime moment) {
    std::string text;
    muster::append_rfc3339(text, moment, 9);
    return text;
}

std::string target_of(const std::string& path, const std::vector<QueryParameter>& parameters) {
    std::string text = path;
    for (const QueryParameter& parameter : parameters) {
        text += text.size() == path.size() ? '?' : '&';
        text += muster::percent_encode(parameter.name) + '=';
        text += muster::percent_encode(parameter.value);
    }
    return text;
}

std::vector<QueryParameter> parameters_of(const FleetQuery& query) {
    std::vector<QueryParameter> parameters;
    for (const auto& name : query.filter.components) parameters.push_back({"component", name});
    for (const muster::WorkerState state : query.filter.states) {
        parameters.push_back(
            {"state", std::string(muster::kWorkerStateNames[static_cast<std::size_t>(state)])});
    }
    if (query.filter.lost) parameters.push_back({"state", "lost"});
    for (const auto& [name, value] : query.filter.labels) {
        parameters.push_back({"label", std::string(name).append("=").append(value)});
    }
    if (query.filter.members != muster::WorkerMembers::all() || !query.history) {
        std::string fields = query.history ? "id,history" : "id";
        for (std::size_t i = 0; i < muster::kWorkerMemberCount; ++i) {
            if (!query.filter.members.has(static_cast<muster::WorkerMember>(i))) continue;
            fields.append(",").append(muster::kWorkerMemberNames[i]);
        }
        parameters.push_back({"fields", fields});
    }
    if (query.wait_version) {
        parameters.push_back({"wait_version", std::to_string(*query.wait_version)});
    }
    if (query.timeout) {
        parameters.push_back({"timeout", std::to_string(query.timeout->count()) + "ns"});
    }
    if (query.max_rate) parameters.push_back({"max_rate", std::to_string(*query.max_rate)});
    if (query.at) parameters.push_back({"at", printed(*query.at)});
    return parameters;
}

void check_query(const std::vector<QueryParameter>& parameters) {
    const auto query = muster::parse_fleet_query(parameters, kAll);
    if (!query) {
        require(std::ranges::any_of(parameters, [&](const QueryParameter& parameter) {
            return query.error().what.starts_with(parameter.name + ": ");
        }));
        return;
    }
    require(query->filter.components.size() <= muster::kQueryValuesMax);
    require(query->filter.states.size() <= muster::kQueryValuesMax);
    require(query->filter.labels.size() <= muster::kQueryValuesMax);
    require(!query->timeout || (*query->timeout >= 0s && *query->timeout <= kAll.timeout_max));
    require(!query->max_rate || (*query->max_rate > 0 && *query->max_rate <= kAll.event_rate_max));
    const auto again = muster::parse_fleet_query(parameters_of(*query), kAll);
    require(again && again->filter.components == query->filter.components);
    require(again->filter.states == query->filter.states);
    require(again->filter.lost == query->filter.lost);
    require(again->filter.labels == query->filter.labels);
    require(again->filter.members == query->filter.members && again->history == query->history);
    require(again->wait_version == query->wait_version && again->timeout == query->timeout);
    require(again->max_rate == query->max_rate && again->at == query->at);
}

void check_target(std::string_view text) {
    const auto target = muster::parse_target(text);
    if (!target) return require_words(target.error(), "\n");  // Escapes hide any character.
    require(target->path.find_first_of("?#") == std::string::npos);
    require(target->parameters.size() <= 256);
    const auto again = muster::parse_target(target_of(target->path, target->parameters));
    require(again && again->path == target->path);
    require(std::ranges::equal(again->parameters, target->parameters,
                               [](const QueryParameter& a, const QueryParameter& b) {
                                   return a.name == b.name && a.value == b.value;
                               }));
    check_query(target->parameters);
    if (!target->parameters.empty()) require(!muster::parse_fleet_query(target->parameters, {}));
}

/// The values of header fields: Accept, Accept-Encoding.
void check_fields(std::string_view text) {
    static_cast<void>(muster::accepts_token(text, "gzip"));
    static_cast<void>(muster::prefers_html(text));
    static_cast<void>(muster::metrics_format_of(text));
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t before = rest.size();
        const muster::MediaRange range = muster::take_media_range(rest);
        require(rest.size() < before);
        require(range.quality >= 0.0 && range.quality <= 1.0);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_target(text);
    check_fields(text);
    for (const bool plus_is_space : {false, true}) {
        const auto decoded = muster::percent_decode(text, plus_is_space);
        if (!decoded) continue;
        require(decoded->size() <= size);
        require(muster::percent_decode(muster::percent_encode(*decoded), plus_is_space) == decoded);
    }
    if (const auto moment = muster::read_moment(text, kNow)) {
        require(muster::read_moment(printed(*moment), kNow) == moment);
    }
    if (const auto cursor = muster::parse_journal_cursor(text)) {
        require(muster::parse_journal_cursor(muster::to_string(*cursor)) == cursor);
    }
    return 0;
}
