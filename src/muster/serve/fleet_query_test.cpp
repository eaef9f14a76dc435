// Parameters: what they choose, and that any text is either understood or complained about by name.
#include "muster/serve/fleet_query.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace muster {
namespace {

using namespace std::chrono_literals;

constexpr FleetQueryRules kAll{
    .filters = true, .fields = true, .long_poll = true, .timeout_max = 5min};

TEST(FleetQuery, NothingAskedIsEverything) {
    const auto query = parse_fleet_query({}, kAll);
    ASSERT_TRUE(query);
    EXPECT_EQ(query->filter.members, WorkerMembers::all());
    EXPECT_FALSE(query->filter.chooses_states());
    EXPECT_FALSE(query->wait_version);
    EXPECT_FALSE(query->timeout);
}

TEST(FleetQuery, ListsComeByCommaAndByRepetition) {
    const auto query = parse_fleet_query({{"component", "a/b,c/d"},
                                          {"component", "e/f"},
                                          {"state", "stale,lost"},
                                          {"label", "zone=a=b"},
                                          {"fields", "id,load"},
                                          {"wait_version", "18446744073709551615"},
                                          {"timeout", "1m30s"}},
                                         kAll);
    ASSERT_TRUE(query) << query.error().what;
    EXPECT_EQ(query->filter.components, (std::vector<std::string>{"a/b", "c/d", "e/f"}));
    EXPECT_EQ(query->filter.states, std::vector{WorkerState::stale});
    EXPECT_TRUE(query->filter.lost);
    EXPECT_EQ(query->filter.labels.front(),
              std::make_pair(std::string("zone"), std::string("a=b")));
    WorkerMembers load;
    load.add(WorkerMember::load);
    EXPECT_EQ(query->filter.members, load);
    EXPECT_EQ(query->wait_version, UINT64_MAX);
    EXPECT_EQ(query->timeout, 90s);
}

TEST(FleetQuery, ListsAreBounded) {
    const auto states = [](std::size_t count) {
        std::vector<QueryParameter> parameters(count - 1, {"state", "stale"});
        parameters.push_back({"label", "a=b"});  // Another list has a count of its own.
        parameters.push_back({"state", "lost"});
        return parse_fleet_query(parameters, kAll);
    };
    EXPECT_TRUE(states(kQueryValuesMax));
    const auto too_many = states(kQueryValuesMax + 1);
    ASSERT_FALSE(too_many);
    EXPECT_EQ(too_many.error().what, "state: too many values: give at most 32");
}

TEST(FleetQuery, OnlyWhatChoosesIsPartOfTheKey) {
    const auto key = [](std::vector<QueryParameter> parameters) {
        return parse_fleet_query(parameters, kAll)->key;
    };
    EXPECT_EQ(key({{"wait_version", "1"}, {"timeout", "1s"}}), key({{"wait_version", "2"}}));
    EXPECT_NE(key({{"state", "fresh"}}), key({{"state", "late"}}));
    EXPECT_NE(key({{"component", "fresh"}}), key({{"state", "fresh"}}));
    EXPECT_NE(key({{"component", "a\nstate5=fresh"}}),
              key({{"component", "a"}, {"state", "fresh"}}));
}

TEST(FleetQuery, RatesAreWholeAndBounded) {
    constexpr FleetQueryRules kStream{.event_rate = true, .event_rate_max = 1000};
    const auto rate = [&](const std::string& text) {
        const auto query = parse_fleet_query({{"max_rate", text}}, kStream);
        return query ? std::to_string(query->max_rate.value_or(0)) : query.error().what;
    };
    EXPECT_EQ(rate("1"), "1");
    EXPECT_EQ(rate("1000"), "1000");
    for (const char* bad : {"0", "1001", "-1", "1.5", "", "10x", "99999999999"}) {
        EXPECT_EQ(rate(bad), "max_rate: not a rate: " + std::string(bad) +
                                 ": give changes a second, from 1 to 1000");
    }
    EXPECT_FALSE(parse_fleet_query({{"max_rate", "1"}, {"max_rate", "2"}}, kStream));
    EXPECT_FALSE(parse_fleet_query({{"max_rate", "1"}}, kAll)) << "where it means nothing";
}

TEST(FleetQuery, AnyTextIsUnderstoodOrComplainedAboutByName) {
    EXPECT_TRUE(rc::check([](const std::string& value) {
        const auto name = *rc::gen::element<std::string>("component", "state", "label", "fields",
                                                         "wait_version", "timeout", "other");
        const auto query = parse_fleet_query({{name, value}}, kAll);
        if (!query) RC_ASSERT(query.error().what.starts_with(name + ": "));
        if (!query) RC_ASSERT(query.error().kind == ErrorKind::bad_input);
        if (name == "other") RC_ASSERT(!query);
    }));
}

}  // namespace
}  // namespace muster
