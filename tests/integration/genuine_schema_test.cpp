// The API against its own description: a schema-driven tester asks a running `muster serve` what
// /v1/openapi.json says it may be asked, and what it says it may not, and holds every answer
// against it. The tester is schemathesis, in an environment of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/io/http/http_client.hpp"
#include "muster/sim/fleet.hpp"
#include "support/child_process.hpp"
#include "support/closed_description.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/python_environment.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class GenuineSchemaTest : public ::testing::Test {
protected:
    void SetUp() override {
        const PythonEnvironment environment(kSchemaTester);
        if (!environment.why_not().empty()) {
            GTEST_SKIP() << "SKIPPED: the API was NOT held against its description: "
                         << environment.why_not();
        }
        python_ = environment.python();

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
        // A stream has no end, and the tester reads to the end: genuine_event_schema_test.
        description["paths"].erase("/v1/fleet/events");
        // A worker that there is: else every path of one worker ends with 404. Those that the
        // tester names itself it asks by the links of the answer.
        description["components"]["parameters"]["id"]["schema"] = {
            {"enum", {workers_->worker_id(1)}}};
        const std::string file = dir_.write("openapi.json", description.dump());
        // A worker that was just named has no cordon yet, and no record: 404 is the right answer.
        std::string settings = "[checks]\nenabled = true\n";
        for (const char* operation : {"getCordon", "deleteCordon", "getWorkerRaw"}) {
            settings += std::string("[[operations]]\ninclude-operation-id = \"") + operation +
                        "\"\nchecks.ensure_resource_availability.enabled = false\n";
        }
        settings = dir_.write("schemathesis.toml", settings);
        const std::string output = dir_.file("tester");
        const std::string command =
            "exec nice -n 10 '" + python_ + "' -m schemathesis.cli --config-file '" + settings +
            "' run '" + file + "' -u http://127.0.0.1:" + port_ +
            " --max-examples 15 --seed 1 --request-timeout 40 --continue-on-failure "
            "--generation-database none";
        ChildProcess tester({"/usr/bin/env", "HOME=" + dir_.path(), "/bin/sh", "-c", command},
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
    const json description = get("/v1/openapi.json");
    ASSERT_TRUE(description.is_object());
    EXPECT_EQ(deviations(closed(description)), "");
}

// That the tester would notice: each lie alone is found.
TEST_F(GenuineSchemaTest, WouldFindOne) {
    const json description = get("/v1/openapi.json");
    ASSERT_TRUE(description.is_object());
    json lie = description;
    lie["paths"] = {{"/v1/sources", description["paths"]["/v1/sources"]}};
    lie["components"]["schemas"]["Source"]["properties"]["kind"] = {{"type", "integer"}};
    EXPECT_THAT(deviations(lie), ::testing::HasSubstr("kind"));
}

}  // namespace
}  // namespace muster::testing
