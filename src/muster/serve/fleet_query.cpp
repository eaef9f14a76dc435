// Reads parameters, one function for each.
//
// Pure; any thread.
#include "muster/serve/fleet_query.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <system_error>

#include "muster/base/duration_text.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

namespace {

std::unexpected<Error> complain(std::string_view parameter, std::string_view what) {
    std::string line(parameter);
    line.append(": ").append(what);
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(line));
}

template <typename Names>
std::string joined(const Names& names) {
    std::string text;
    for (const std::string_view name : names) {
        if (!text.empty()) text += ", ";
        text += name;
    }
    return text;
}

std::vector<std::string_view> elements_of(std::string_view list) {
    std::vector<std::string_view> elements;
    for (;;) {
        const auto comma = list.find(',');
        elements.push_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return elements;
        list.remove_prefix(comma + 1);
    }
}

Result<void> read_state(std::string_view name, FleetFilter& filter) {
    if (name == "lost") {
        filter.lost = true;
        return {};
    }
    const auto* found = std::ranges::find(kWorkerStateNames, name);
    if (found == kWorkerStateNames.end()) {
        return complain("state", "no such state: " + std::string(name) + ": choose among " +
                                     joined(kWorkerStateNames) + ", lost");
    }
    filter.states.push_back(static_cast<WorkerState>(found - kWorkerStateNames.begin()));
    return {};
}

Result<void> read_label(std::string_view label, FleetFilter& filter) {
    const auto equals = label.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return complain("label", "not a label: " + std::string(label) + ": write NAME=VALUE");
    }
    filter.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
    return {};
}

/// What was read so far, beside the query.
struct ReadSoFar {
    WorkerMembers members;
    bool history = false;
    std::map<std::string, std::size_t, std::less<>> values;  ///< Of each list.
};

Result<void> read_field(std::string_view name, const FleetQueryRules& rules, ReadSoFar& so_far) {
    if (name == "id") return {};  // Always there.
    if (rules.history && name == "history") {
        so_far.history = true;
        return {};
    }
    const auto* found = std::ranges::find(kWorkerMemberNames, name);
    if (found == kWorkerMemberNames.end()) {
        return complain("fields", "no such field: " + std::string(name) + ": choose among id, " +
                                      joined(kWorkerMemberNames) +
                                      (rules.history ? ", history" : ""));
    }
    so_far.members.add(static_cast<WorkerMember>(found - kWorkerMemberNames.begin()));
    return {};
}

Result<void> read_wait_version(std::string_view text, FleetQuery& query) {
    if (query.wait_version) return complain("wait_version", "given twice: give it once");
    std::uint64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return complain("wait_version", "not a version: " + std::string(text) +
                                            ": give the \"version\" of the last view");
    }
    query.wait_version = version;
    return {};
}

Result<void> read_timeout(std::string_view text, FleetQuery& query, Duration most) {
    if (query.timeout) return complain("timeout", "given twice: give it once");
    query.timeout = parse_duration(text);
    if (!query.timeout) {
        return complain("timeout", "not a duration: " + std::string(text) +
                                       ": write a number with its unit, such as 30s or 500ms");
    }
    if (*query.timeout > most) {
        return complain("timeout",
                        "too long: " + std::string(text) + ": at most " + print_duration(most));
    }
    return {};
}

Result<void> read_max_rate(std::string_view text, FleetQuery& query, std::uint32_t most) {
    if (query.max_rate) return complain("max_rate", "given twice: give it once");
    std::uint32_t rate = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (error != std::errc{} || end != text.data() + text.size() || rate == 0 || rate > most) {
        return complain("max_rate", "not a rate: " + std::string(text) +
                                        ": give changes a second, from 1 to " +
                                        std::to_string(most));
    }
    query.max_rate = rate;
    return {};
}

Result<void> read_at(std::string_view text, FleetQuery& query, WallTime now) {
    if (query.at) return complain("at", "given twice: give it once");
    query.at = read_moment(std::string(text), now);
    if (query.at) return {};
    return complain("at", "not a moment: " + std::string(text) +
                              ": write 2026-11-23T03:12:00Z, or 15m for so long ago");
}

/// Reads one parameter; nothing if the path does not take it.
std::optional<Result<void>> read_parameter(const QueryParameter& parameter,
                                           const FleetQueryRules& rules, FleetQuery& query,
                                           ReadSoFar& so_far) {
    const std::string_view name = parameter.name;
    if (rules.long_poll && name == "wait_version") {
        return read_wait_version(parameter.value, query);
    }
    if (rules.long_poll && name == "timeout") {
        return read_timeout(parameter.value, query, rules.timeout_max);
    }
    if (rules.event_rate && name == "max_rate") {
        return read_max_rate(parameter.value, query, rules.event_rate_max);
    }
    if (rules.past && name == "at") return read_at(parameter.value, query, rules.now);
    const bool filters = name == "component" || name == "state" || name == "label";
    if (!(rules.filters && filters) && !(rules.fields && name == "fields")) return std::nullopt;
    // With its length: else a value that holds "state=..." would pass for another question.
    query.key.append(name).append(std::to_string(parameter.value.size()));
    query.key.append("=").append(parameter.value).append("\n");
    for (const std::string_view element : elements_of(parameter.value)) {
        Result<void> read;
        if (++so_far.values[parameter.name] > kQueryValuesMax)
            read =
                complain(name, "too many values: give at most " + std::to_string(kQueryValuesMax));
        else if (element.empty())
            read = complain(name, "empty: give a value or leave it out");
        else if (name == "component")
            query.filter.components.emplace_back(element);
        else if (name == "state")
            read = read_state(element, query.filter);
        else if (name == "label")
            read = read_label(element, query.filter);
        else
            read = read_field(element, rules, so_far);
        if (!read) return read;
    }
    return Result<void>{};
}

std::string parameters_of(const FleetQueryRules& rules) {
    std::vector<std::string_view> names;
    const auto add = [&](std::string_view name) { names.push_back(name); };
    if (rules.long_poll) {
        add("wait_version");
        add("timeout");
    }
    if (rules.event_rate) add("max_rate");
    if (rules.past) add("at");
    if (rules.filters) {
        add("component");
        add("state");
        add("label");
    }
    if (rules.fields) add("fields");
    return names.empty() ? "this path takes none" : "choose among " + joined(names);
}

}  // namespace

std::optional<WallTime> read_moment(std::string text, WallTime now) {
    constexpr std::size_t kOffsetChars = 6;  // "+01:00"
    if (text.size() > kOffsetChars && text[text.size() - kOffsetChars] == ' ') {
        text[text.size() - kOffsetChars] = '+';
    }
    if (const auto moment = parse_rfc3339(text)) return moment;
    if (const auto ago = parse_duration(text)) return now - *ago;
    return std::nullopt;
}

Result<FleetQuery> parse_fleet_query(const std::vector<QueryParameter>& parameters,
                                     const FleetQueryRules& rules) {
    FleetQuery query;
    ReadSoFar so_far;
    bool chooses_fields = false;
    for (const QueryParameter& parameter : parameters) {
        const auto read = read_parameter(parameter, rules, query, so_far);
        if (!read) {
            return complain(parameter.name, "no such parameter: " + parameters_of(rules));
        }
        if (!*read) return std::unexpected(read->error());
        chooses_fields = chooses_fields || parameter.name == "fields";
    }
    if (chooses_fields) {
        query.filter.members = so_far.members;
        query.history = so_far.history;
    }
    return query;
}

}  // namespace muster
