// The description and the routing table say the same, and the description holds together.
#include "muster/serve/openapi_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "muster/fleet/fleet_event.hpp"
#include "muster/fleet/labels.hpp"
#include "muster/fleet/tombstone.hpp"
#include "muster/fleet/worker_flags.hpp"
#include "muster/serve/fleet_handler.hpp"

namespace muster {
namespace {

using nlohmann::json;

json document() {
    return json::parse(openapi_document());
}

using Methods = std::map<std::string, std::set<std::string>>;

TEST(OpenapiDocument, DescribesEveryRouteAndNoOther) {
    Methods served;
    for (const auto& [path, methods] : FleetHandler::described()) {
        served[path].insert(methods.begin(), methods.end());
        served[path].erase("HEAD");  // Understood wherever GET is.
    }
    Methods described;
    const json whole = document();
    for (const auto& [path, operations] : whole["paths"].items()) {
        for (const auto& [method, operation] : operations.items()) {
            std::string name = method;
            std::ranges::transform(name, name.begin(),
                                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
            described[path].insert(name);
        }
    }
    EXPECT_EQ(described, served);
}

/// Calls `visit` with every reference in it.
template <typename Visit>
void each_reference(const json& value, const Visit& visit) {
    if (value.is_object() && value.contains("$ref")) visit(value["$ref"].get<std::string>());
    if (!value.is_structured()) return;
    for (const json& child : value) each_reference(child, visit);
}

TEST(OpenapiDocument, ItsReferencesLeadSomewhereAndEveryPartIsUsed) {
    const json whole = document();
    std::set<std::string> used;
    each_reference(whole, [&](const std::string& reference) {
        ASSERT_TRUE(reference.starts_with("#/")) << reference;
        EXPECT_TRUE(whole.contains(json::json_pointer(reference.substr(1)))) << reference;
        used.insert(reference);
    });
    for (const auto& [kind, parts] : whole["components"].items()) {
        if (kind == "securitySchemes") continue;
        for (const auto& [name, part] : parts.items()) {
            EXPECT_TRUE(used.contains("#/components/" + kind + "/" + name)) << name;
        }
    }
}

template <typename Names>
void expect_names(const json& list, const Names& names) {
    EXPECT_THAT(list.get<std::vector<std::string>>(),
                ::testing::UnorderedElementsAreArray(names.begin(), names.end()));
}

TEST(OpenapiDocument, ListsTheNamesThatTheCodeHas) {
    const json schemas = document()["components"]["schemas"];
    expect_names(schemas["EventKind"]["enum"], kFleetEventNames);
    expect_names(schemas["Flag"]["enum"], kWorkerFlagNames);
    expect_names(schemas["State"]["enum"], kWorkerStateNames);
    expect_names(schemas["LostWorker"]["properties"]["cause"]["enum"], kLostReasonNames);
    std::vector<std::string_view> causes(kLostReasonNames.begin(), kLostReasonNames.end());
    for (const char* other : {"renamed", "not_chosen", "forgotten"}) causes.emplace_back(other);
    expect_names(schemas["LeftWorker"]["properties"]["cause"]["enum"], causes);
    std::vector<std::string_view> members(kWorkerMemberNames.begin(), kWorkerMemberNames.end());
    members.emplace_back("id");
    expect_names(schemas["WorkerMember"]["enum"], members);
    expect_names(schemas["Load"]["required"], kLoadFieldNames);
    EXPECT_EQ(schemas["Why"]["maxLength"], kCordonWhyCharactersMax);
    EXPECT_EQ(schemas["WorkerOrder"]["properties"]["labels"]["maxProperties"], kLabelsPerWorkerMax);
    EXPECT_EQ(schemas["Name"]["maxLength"], kCordonByCharactersMax);
    EXPECT_EQ(schemas["History"]["properties"]["time"]["maxItems"], kHistorySamplesMax);
}

TEST(OpenapiDocument, CarriesOurVersion) {
    const json info = document()["info"];
    EXPECT_EQ(document()["openapi"], "3.1.0");
    EXPECT_THAT(info["version"].get<std::string>(), ::testing::MatchesRegex("[0-9.]+"));
}

}  // namespace
}  // namespace muster
