// The event stream against its own description: streams of a fleet to which things happen, each
// event of which must be as /v1/openapi.json says (x-events). The validator is the one that
// schemathesis uses; schemathesis itself reads answers to their end, and a stream has none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/io/http/http_client.hpp"
#include "muster/sim/fleet.hpp"
#include "support/closed_description.hpp"
#include "support/event_client.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/places.hpp"
#include "support/python_environment.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::size_t kWorkers = 5;
constexpr std::size_t kPushing = 2;  // Their load comes by pushes alone: two ages.
constexpr std::size_t kEngines = 2;  // One of them is not there.

bool has_cause(const StreamEvent& event, const std::string& cause) {
    return event.name == "change" && std::ranges::any_of(event.data["left"], [&](const json& left) {
               return left["cause"] == cause;
           });
}

class GenuineEventSchemaTest : public ::testing::Test {
protected:
    void SetUp() override {
        const PythonEnvironment environment(kSchemaTester);
        if (!environment.why_not().empty()) {
            GTEST_SKIP() << "SKIPPED: the events were NOT held against their description: "
                         << environment.why_not();
        }
        python_ = environment.python();
        backend_ = simulate("backend", kWorkers, {});
        pushing_ = simulate("pushing", kPushing, {0, 7, 0});
        const std::string engine = "127.0.0.1:" + std::to_string(free_port());
        engine_ = std::make_unique<MusterCall>("sim vllm --workers 1 --port " +
                                               engine.substr(engine.find(':') + 1));
        const std::string gone = "127.0.0.1:" + std::to_string(free_port());
        port_ = std::to_string(free_port());
        configure("[expect]\n\"dynamo/backend\" = 6\n");
        serve_ = std::make_unique<MusterCall>("serve --config " + dir_.file("muster.toml") +
                                              " --worker " + engine + " --worker " + gone +
                                              " --lost-after 2s --listen " + address());
        ASSERT_TRUE(wait_until(20s, [&] {
            return serve_->err().find("serving http://") != std::string::npos;
        })) << serve_->err();
    }
    [[nodiscard]] std::unique_ptr<SimulatedFleet> simulate(const std::string& name,
                                                           std::uint32_t count,
                                                           DynamoRelease release) const {
        SimulatedFleetOptions options;
        options.nats_url = broker_.url();
        options.component = {"dynamo", name};
        options.workers = count;
        options.release = release;
        auto started = SimulatedFleet::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        return started ? std::move(*started) : nullptr;
    }
    void configure(const std::string& more) const {
        dir_.write("muster.toml", "[[nats]]\nurl = \"" + broker_.url() + "\"\n" + more);
    }
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + port_; }
    [[nodiscard]] json description() const {
        HttpClient client({"127.0.0.1", port_, "", false});
        const auto answer = client.get("/v1/openapi.json", 10s);
        return answer ? json::parse(*answer->body, nullptr, false) : json();
    }
    /// Reads on and keeps every event, until `done` holds after one.
    template <typename Done>
    [[nodiscard]] bool follow(EventClient& client, const Done& done) {
        return client.follow_until([&](const StreamEvent& event) {
            lines_ += json{{"event", event.name}, {"data", event.data}}.dump() + '\n';
            return done(event);
        });
    }
    /// What the validator finds in all that was kept.
    [[nodiscard]] std::string deviations(const json& description) const {
        const TempDir dir;
        const std::string output = dir.file("deviations");
        ChildProcess validator(
            {python_, places::source_dir() + "/tests/integration/event_schema.py",
             dir.write("openapi.json", description.dump()), dir.write("events", lines_)},
            output);
        const auto code = validator.wait(60s);
        return code == 0
                   ? ""
                   : "exit code " + std::to_string(code.value_or(-1)) + '\n' + text_of(output);
    }
    void everything_happens();

    TempDir dir_;
    NatsServer broker_;
    std::unique_ptr<SimulatedFleet> backend_;
    std::unique_ptr<SimulatedFleet> pushing_;
    std::unique_ptr<MusterCall> engine_;
    std::string port_;
    std::unique_ptr<MusterCall> serve_;
    std::string python_;
    std::string lines_;
};

// Each kind of event, each member that an event may have: the wait for it is the proof.
void GenuineEventSchemaTest::everything_happens() {
    EventClient all(address(), "/v1/fleet/events?max_rate=20");
    EventClient chosen(address(), "/v1/fleet/events?max_rate=20&state=fresh&fields=load");
    ASSERT_EQ(all.open().status, 200U);
    ASSERT_EQ(chosen.open().status, 200U);
    const auto row_has = [&](const char* member) {
        return [&, member](const StreamEvent&) {
            return std::ranges::any_of(all.follower().fleet()["workers"],
                                       [&](const json& worker) { return worker.contains(member); });
        };
    };
    ASSERT_TRUE(follow(all, [&](const StreamEvent&) {
        return all.follower().fleet()["workers"].size() == kWorkers + kPushing + kEngines;
    })) << all.follower().fleet();
    ASSERT_TRUE(follow(chosen, [&](const StreamEvent&) {
        return chosen.follower().fleet()["workers"].size() >= kWorkers;
    }));
    ASSERT_TRUE(follow(all, row_has("trouble")));
    ASSERT_TRUE(follow(all, row_has("activity")));
    ASSERT_TRUE(follow(all, [](const StreamEvent& event) {
        return event.name == "ages" && event.data.contains("record_age_ms");
    }));

    ASSERT_TRUE(backend_->set_fault(1, {.kind = FaultKind::dead}));
    ASSERT_TRUE(follow(all, [](const StreamEvent& e) { return has_cause(e, "silent"); }));
    ASSERT_TRUE(backend_->clear_faults(1));
    ASSERT_TRUE(follow(all, [](const StreamEvent& event) {
        return event.name == "change" && event.data.contains("lost_ended") &&
               !event.data["lost_ended"].empty();
    }));
    ASSERT_TRUE(backend_->set_fault(2, {.kind = FaultKind::ranks, .amount = 2}));
    ASSERT_TRUE(follow(all, [](const StreamEvent& e) { return has_cause(e, "renamed"); }));
    ASSERT_TRUE(backend_->set_fault(3, {.kind = FaultKind::garbage}));
    ASSERT_TRUE(follow(all, [&](const StreamEvent&) {
        return std::ranges::any_of(all.follower().fleet()["sources"],
                                   [](const json& source) { return source.contains("rejected"); });
    }));
    MusterCall cordon("cordon " + backend_->worker_id(0) + " --why 'new driver' --server http://" +
                      address());
    ASSERT_EQ(cordon.code(), 0) << cordon.err();
    ASSERT_TRUE(follow(all, row_has("cordon")));
    configure("");
    serve_->send(SIGHUP);
    ASSERT_TRUE(follow(all, [](const StreamEvent& event) {
        return event.name == "change" && event.data.contains("expected") &&
               event.data["expected"].is_null();
    })) << serve_->err();
    broker_.kill();
    ASSERT_TRUE(follow(all, [&](const StreamEvent&) {
        return all.follower().fleet()["stats"]["workers"]["stale"] >= kWorkers;
    }));
    ASSERT_TRUE(follow(chosen, [](const StreamEvent& e) { return has_cause(e, "not_chosen"); }));
}

TEST_F(GenuineEventSchemaTest, EveryEventIsAsDescribedAndALieWouldBeFound) {
    const json open = description();
    ASSERT_TRUE(open.is_object());
    everything_happens();
    if (HasFatalFailure()) return;
    const json whole = closed(open);
    EXPECT_EQ(deviations(whole), "");
    // Each lie alone is found: one in each kind of event.
    const std::map<std::string, std::string> lies = {
        {"/Stats/properties/oldest_age_ms/type", "fleet: stats/oldest_age_ms: "},
        {"/LeftWorker/properties/reason/type", "change: left/0/reason: "},
        {"/FleetAges/properties/missed/items/type", "ages: missed/0: "},
    };
    for (const auto& [place, words] : lies) {
        SCOPED_TRACE(place);
        json lie = whole;
        json& schema = lie["components"]["schemas"][json::json_pointer(place).parent_pointer()];
        schema = {{"type", "boolean"}};
        EXPECT_THAT(deviations(lie), HasSubstr(words));
    }
    json less = whole;
    less["components"]["schemas"]["FleetChange"]["properties"].erase("lost_ended");
    EXPECT_THAT(deviations(less), HasSubstr("lost_ended"));
}

}  // namespace
}  // namespace muster::testing
