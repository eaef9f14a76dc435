// The API's description as its tests hold answers against it.
//
// Descriptions are open: clients pass over what they do not know. Here every member that is not
// described is a deviation. Pure functions.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace muster::testing {

/// Closes what it can reach, but not the schemas of `built_upon` (allOf): these are closed where
/// they are used.
inline void close_objects(nlohmann::json& schema, const std::set<std::string>& built_upon) {
    if (schema.is_object() && schema.contains("allOf")) {
        schema["unevaluatedProperties"] = false;
    } else if (schema.is_object() && schema.contains("$ref")) {
        if (built_upon.contains(schema["$ref"])) {
            schema = {{"allOf", {schema}}, {"unevaluatedProperties", false}};
        }
        return;
    } else if (schema.is_object() && schema.contains("properties")) {
        schema.emplace("additionalProperties", false);
    }
    if (!schema.is_structured()) return;
    for (auto& [key, child] : schema.items()) {
        if (key != "allOf") close_objects(child, built_upon);
    }
}

/// The content of /v1/openapi.json, closed.
[[nodiscard]] inline nlohmann::json closed(nlohmann::json description) {
    const std::set<std::string> built_upon = {"#/components/schemas/Worker",
                                              "#/components/schemas/Problem"};
    nlohmann::json& schemas = description["components"]["schemas"];
    for (auto& [name, schema] : schemas.items()) {
        if (!built_upon.contains("#/components/schemas/" + name)) {
            close_objects(schema, built_upon);
            continue;
        }
        for (auto& [member, part] : schema["properties"].items()) close_objects(part, built_upon);
    }
    close_objects(description["components"]["responses"], built_upon);
    return description;
}

/// The tester that asks a server what its description says. A validator of schemas comes with it.
inline constexpr const char* kSchemaTester = "schemathesis==4.32.5";

}  // namespace muster::testing
