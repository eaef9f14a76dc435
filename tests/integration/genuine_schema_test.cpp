// The API against its own description: a schema-driven tester asks a running `muster serve` what
// /v1/openapi.json says it may be asked, and what it says it may not, and holds every answer
// against it. The tester is schemathesis, in an environment of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "muster/io/http/http_client.hpp"
#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::string kHere = MUSTER_SOURCE_DIR "/tests/integration/";
constexpr const char* kTester = "schemathesis==4.32.5";

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Descriptions are open: clients pass over what they do not know. Here every member that is not
/// described is a deviation. What others build upon (allOf) is closed where it is used.
void close_objects(json& schema, const std::set<std::string>& built_upon) {
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

void close_description(json& description) {
    const std::set<std::string> built_upon = {"#/components/schemas/Worker",
                                              "#/components/schemas/Problem"};
    json& schemas = description["components"]["schemas"];
    for (auto& [name, schema] : schemas.items()) {
        if (!built_upon.contains("#/components/schemas/" + name)) {
            close_objects(schema, built_upon);
            continue;
        }
        for (auto& [member, part] : schema["properties"].items()) close_objects(part, built_upon);
    }
    close_objects(description["components"]["responses"], built_upon);
}

class GenuineSchemaTest : public ::testing::Test {
protected:
    void SetUp() override {
        ChildProcess making({kHere + "genuine_venv.sh", kTester}, dir_.file("venv"));
        const auto code = making.wait(280s);
        if (code != 0) {
            GTEST_SKIP() << "SKIPPED: the API was NOT held against its description: " << kTester
                         << " could not be installed (exit code " << code.value_or(-1)
                         << "): make a Python package index reachable for pip, and install "
                            "python3-venv";
        }
        // The last line, since pip may have said something before it.
        python_ = text_of(dir_.file("venv"));
        python_.erase(python_.find_last_not_of('\n') + 1);
        python_ = python_.substr(python_.rfind('\n') + 1);

        SimulatedFleetOptions options;
        options.nats_url = broker_.url();
        auto started = SimulatedFleet::start(std::move(options));
        ASSERT_TRUE(started) << started.error().what;
        workers_ = std::move(*started);
        port_ = std::to_string(free_port());
        serve_ = std::make_unique<MusterCall>("serve --nats " + broker_.url() +
                                              " --listen 127.0.0.1:" + port_);
        ASSERT_TRUE(wait_until(20s, [&] { return get("/v1/workers")["workers"].size() == 3; }))
            << serve_->err();
    }
    [[nodiscard]] json get(const std::string& target) const {
        HttpClient client({"127.0.0.1", port_, "", false});
        const auto answer = client.get(target, 10s);
        return answer ? json::parse(*answer->body, nullptr, false) : json();
    }
    /// Runs the tester; its output where it finds something.
    std::string deviations(json description) {
        // A stream has no end, and the tester reads to the end; http_events_test knows it.
        description["paths"].erase("/v1/fleet/events");
        const std::string file = dir_.write("openapi.json", description.dump());
        // A worker that there is: else every path of one worker ends with 404.
        const std::string settings =
            dir_.write("schemathesis.toml",
                       "[parameters]\n\"path.id\" = \"" + workers_->worker_id(1) + "\"\n");
        const std::string output = dir_.file("tester");
        ChildProcess tester({"/usr/bin/env", "HOME=" + dir_.path(), "nice", "-n", "10", python_,
                             "-m", "schemathesis.cli", "--config-file", settings, "run", file, "-u",
                             "http://127.0.0.1:" + port_, "--checks", "all",
                             // The settings name one worker for every path, so what was just
                             // created is never the one that is asked (rest_workers_test does).
                             "--exclude-checks", "ensure_resource_availability", "--max-examples",
                             "15", "--seed", "1", "--request-timeout", "40",
                             "--continue-on-failure", "--generation-database", "none"},
                            output);
        const auto code = tester.wait(360s);
        return code == 0 ? "" : text_of(output);
    }

    TempDir dir_;
    NatsServer broker_;
    std::unique_ptr<SimulatedFleet> workers_;
    std::string port_;
    std::unique_ptr<MusterCall> serve_;
    std::string python_;
};

TEST_F(GenuineSchemaTest, FindsNoDeviation) {
    json description = get("/v1/openapi.json");
    ASSERT_TRUE(description.is_object());
    close_description(description);
    EXPECT_EQ(deviations(description), "");
}

// That the tester would notice: each lie alone is found.
TEST_F(GenuineSchemaTest, WouldFindOne) {
    json description = get("/v1/openapi.json");
    ASSERT_TRUE(description.is_object());
    json lie = description;
    lie["paths"] = {{"/v1/sources", description["paths"]["/v1/sources"]}};
    lie["components"]["schemas"]["Source"]["properties"]["kind"] = {{"type", "integer"}};
    EXPECT_THAT(deviations(lie), ::testing::HasSubstr("kind"));
}

}  // namespace
}  // namespace muster::testing
