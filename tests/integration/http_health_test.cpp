// /healthz and /readyz over HTTP before a real collector whose steps, and whose time, this test
// makes by hand: a collector that hangs is one that nobody steps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/collect/collector.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/answering_source.hpp"
#include "support/http_socket.hpp"
#include "support/manual_clock.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// A broker that is away until it is connected; nobody answers there.
class AbsentSource final : public Source {
public:
    AbsentSource(Collector& collector, const Clock& clock) : collector_(collector), clock_(clock) {
        source_ = collector.add_source({.id = "lab-2", .kind = "lab", .target = "there"}, *this,
                                       clock.now());
        (void)collector.add_component(source_, {.name = "lab/prefill"}, clock.now());
    }
    ~AbsentSource() override { collector_.detach_source(source_, "the test ends", clock_.now()); }
    AbsentSource(const AbsentSource&) = delete;
    AbsentSource& operator=(const AbsentSource&) = delete;
    void connect() { collector_.connected(source_, clock_.now()); }
    void disconnect() { collector_.disconnected(source_, "the cable is out", clock_.now()); }

    bool ask(const Question& question) override { return echo(question.echo); }
    bool echo(EchoId id) override {
        collector_.echo_received(source_, id, clock_.now());
        collector_.drained(clock_.now());
        return true;
    }

private:
    Collector& collector_;
    const Clock& clock_;
    SourceId source_;
};

class HttpHealthTest : public ::testing::Test {
protected:
    HttpHealthTest() {
        FleetServerOptions options;
        // On the usual port another one may listen: a test beside this one.
        options.http.listen = "127.0.0.1:0";
        auto started =
            FleetServer::start(collector_.view_cell(), clock_, wall_, "7f3a9c", std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    struct Answer {
        unsigned status = 0;
        std::string type;
        std::string detail;
    };
    [[nodiscard]] Answer ask(const std::string& target) const {
        testing::HttpSocket client(server_->address());
        client.get(target);
        const auto response = client.response();
        const auto body = nlohmann::json::parse(response.body);
        return {response.status, body.value("type", ""), body.value("detail", "")};
    }
    void step() { (void)collector_.step(clock_.now()); }
    /// As a collector's thread does it, for so long.
    void step_for(Duration time) {
        for (Duration done{}; done < time; done += 100ms) {
            clock_.advance(100ms);
            step();
        }
    }

    testing::ManualClock clock_;
    testing::ManualCpuMeter meter_;
    WallClock wall_{clock_};
    Collector collector_{{}, meter_, clock_.now()};
    std::unique_ptr<FleetServer> server_;
};

TEST_F(HttpHealthTest, ACollectorThatHangsIsToldAfterTwoSecondsUntilItStepsAgain) {
    EXPECT_EQ(ask("/healthz").status, 503U) << "it has not begun";
    const testing::AnsweringSource source(collector_, clock_, 3);
    step_for(1s);
    EXPECT_EQ(ask("/healthz").status, 200U);
    clock_.advance(2s);
    EXPECT_EQ(ask("/healthz").status, 200U) << "two seconds are allowed";
    clock_.advance(1ms);
    const Answer stuck = ask("/healthz");
    EXPECT_EQ(stuck.status, 503U) << "and no more";
    EXPECT_EQ(stuck.type, "/problems/collector-stuck");
    EXPECT_THAT(stuck.detail, HasSubstr("has not stepped for"));
    EXPECT_EQ(ask("/v1/fleet").status, 200U) << "the view stays readable";
    step();
    EXPECT_EQ(ask("/healthz").status, 200U);
}

TEST_F(HttpHealthTest, AViewThatNeverChangesIsNoHang) {
    step_for(1s);
    const std::uint64_t version = collector_.view_cell().version();
    step_for(60s);
    EXPECT_EQ(collector_.view_cell().version(), version);
    EXPECT_EQ(ask("/healthz").status, 200U);
}

TEST_F(HttpHealthTest, ReadyOnceEverySourceWasAskedAndThenForEver) {
    EXPECT_EQ(ask("/readyz").status, 503U);
    const testing::AnsweringSource here(collector_, clock_, 3);
    AbsentSource there(collector_, clock_);
    step_for(30s);
    const Answer waiting = ask("/readyz");
    EXPECT_EQ(waiting.status, 503U);
    EXPECT_EQ(waiting.type, "/problems/not-ready");
    EXPECT_THAT(waiting.detail, HasSubstr("lab-2 (there, disconnected"));
    EXPECT_THAT(waiting.detail, Not(HasSubstr("lab-1"))) << "that one was asked";

    there.connect();
    EXPECT_EQ(ask("/readyz").status, 503U) << "reached, but not asked yet";
    step_for(1s);
    EXPECT_EQ(ask("/readyz").status, 200U);

    there.disconnect();
    step_for(1s);
    EXPECT_EQ(ask("/readyz").status, 200U) << "a sick broker is no reason to hide the view";
    clock_.advance(1h);
    EXPECT_EQ(ask("/readyz").status, 200U);
    EXPECT_EQ(ask("/healthz").status, 503U);
}

}  // namespace
}  // namespace muster
