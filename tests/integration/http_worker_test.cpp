// One worker over HTTP, on real sockets and a collector that runs: its cordon, its last record as
// received, its recent history.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/answering_source.hpp"
#include "support/http_socket.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::AnsweringSource;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::SocketResponse;
using testing::wait_until;
using namespace std::chrono_literals;

constexpr std::string_view kCordon = "/v1/workers/lab%2Fbackend%2F1001/cordon";

class HttpWorkerTest : public ::testing::Test {
protected:
    void SetUp() override {
        host_.start();
        FleetServerOptions options;
        options.http.listen = "127.0.0.1:0";
        options.http.threads = 2;
        options.collector = &host_.collector();
        options.history_interval = 20ms;
        auto started =
            FleetServer::start(host_.view_cell(), host_.clock(), wall_, "7f3a9c", options);
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
        ASSERT_TRUE(
            wait_until(kLongEnough, [&] { return host_.view_cell().current()->size() == 3; }));
    }
    ~HttpWorkerTest() override {
        server_.reset();
        host_.stop();
    }
    /// `more`: further fields, each with its line end, then an empty line and the body.
    [[nodiscard]] SocketResponse send(const std::string& method, std::string_view target,
                                      const std::string& more = "\r\n") const {
        HttpSocket client(server_->address());
        client.send(method + ' ' + std::string(target) + " HTTP/1.1\r\nHost: localhost:6878\r\n" +
                    more);
        return client.response(method == "HEAD");
    }
    [[nodiscard]] SocketResponse get(std::string_view target) const { return send("GET", target); }
    [[nodiscard]] SocketResponse put(std::string_view target, const std::string& body,
                                     const std::string& type = "application/json") const {
        return send("PUT", target,
                    "Content-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
                        "\r\n\r\n" + body);
    }

    CollectorHost host_;
    WallClock wall_{host_.clock()};
    AnsweringSource source_{host_.collector(), host_.clock(), 3};
    std::unique_ptr<FleetServer> server_;
};

json body_of(const SocketResponse& response) {
    return json::parse(response.body, nullptr, false);
}

TEST_F(HttpWorkerTest, ACordonIsMadeShownAndLifted) {
    const auto made = put(kCordon, R"({"why": "new driver", "by": "ada"})");
    ASSERT_EQ(made.status, 200U) << made.body;
    const json cordon = body_of(made)["cordon"];
    EXPECT_EQ(body_of(made)["id"], "lab/backend/1001");
    EXPECT_EQ(cordon["why"], "new driver");
    EXPECT_EQ(cordon["by"], "ada");

    // Who was answered finds it in the view at once, whichever path he asks.
    const json worker = body_of(get("/v1/workers/lab%2Fbackend%2F1001"));
    EXPECT_EQ(worker["flags"], json::array({"cordoned"}));
    EXPECT_EQ(worker["cordon"], cordon);
    EXPECT_EQ(worker["flags_since"]["cordoned"], cordon["since"]);
    EXPECT_FALSE(body_of(get("/v1/workers/lab/backend/1000")).contains("cordon"));
    EXPECT_EQ(body_of(get(kCordon))["cordon"], cordon);
    EXPECT_EQ(body_of(get("/v1/workers/lab/backend/1001/cordon"))["cordon"], cordon);
    const json all = body_of(get("/v1/cordons"));
    ASSERT_EQ(all["cordons"].size(), 1U);
    EXPECT_EQ(all["cordons"][0]["id"], "lab/backend/1001");
    EXPECT_EQ(all["cordons"][0]["present"], true);
    EXPECT_EQ(all["cordons"][0]["why"], "new driver");

    const auto again = put(kCordon, R"({"why": "fan broken"})");
    EXPECT_EQ(body_of(again)["cordon"]["why"], "fan broken");
    EXPECT_TRUE(body_of(again)["cordon"]["by"].is_null());
    EXPECT_EQ(body_of(again)["cordon"]["since"], cordon["since"]);

    const auto lifted = send("DELETE", std::string(kCordon) + "?by=bob");
    EXPECT_EQ(lifted.status, 204U);
    EXPECT_EQ(lifted.body, "");
    EXPECT_TRUE(body_of(get("/v1/workers/lab/backend/1001"))["flags"].empty());
    EXPECT_EQ(body_of(get("/v1/cordons"))["cordons"].size(), 0U);
    std::vector<std::string> told;
    for (const FleetEvent& event : host_.collector().take_events()) {
        if (event.detail.starts_with("cordoned")) told.push_back(event.detail);
    }
    EXPECT_THAT(told, ::testing::ElementsAre("cordoned: new driver (by ada)",
                                             "cordoned: fan broken", "cordoned: by bob"));
}

struct BadOrder {
    std::string method;
    std::string target;
    std::string body;
    unsigned status;
    std::string type;
    std::string detail;
};

TEST_F(HttpWorkerTest, OrdersThatCannotBeFollowedSayWhy) {
    const std::string nobody = "/v1/workers/lab%2Fbackend%2F9/cordon";
    const std::vector<BadOrder> bad = {
        {"PUT", nobody, R"({"why": "x"})", 404, "unknown-worker",
         "lab/backend/9: no such worker: see /v1/workers for those there are"},
        {"GET", nobody, "", 404, "unknown-worker",
         "lab/backend/9: no such worker: see /v1/workers for those there are"},
        {"GET", std::string(kCordon), "", 404, "not-cordoned",
         "lab/backend/1001: not cordoned: see /v1/cordons for those that are"},
        {"DELETE", std::string(kCordon), "", 404, "not-cordoned",
         "lab/backend/1001: not cordoned: see /v1/cordons for those that are"},
        {"PUT", std::string(kCordon), "", 400, "bad-body",
         "the body is no JSON object: send {\"why\": \"...\", \"by\": \"...\"}"},
        {"PUT", std::string(kCordon), R"({"by": "ada"})", 400, "bad-body",
         "why: missing: say why the worker is cordoned"},
        {"PUT", std::string(kCordon) + "?force=1", R"({"why": "x"})", 400, "bad-parameter",
         "force: no such parameter: this path takes none"},
        {"DELETE", std::string(kCordon) + "?who=ada", "", 400, "bad-parameter",
         "who: no such parameter: there is by"},
        {"DELETE", std::string(kCordon) + "?by=", "", 400, "bad-parameter",
         "by: empty: say it in a few words"},
        {"PUT", "/v1/workers/%f/cordon", R"({"why": "x"})", 400, "bad-parameter",
         "id: broken percent-escape: write %XX with two hex digits"},
    };
    for (const BadOrder& order : bad) {
        const auto response = order.method == "PUT" ? put(order.target, order.body)
                                                    : send(order.method, order.target);
        EXPECT_EQ(response.status, order.status) << order.method << ' ' << order.target;
        EXPECT_EQ(body_of(response)["type"], "/problems/" + order.type);
        EXPECT_EQ(body_of(response)["detail"], order.detail);
    }
    const auto form = put(kCordon, "why=x", "application/x-www-form-urlencoded");
    EXPECT_EQ(form.status, 415U);
    EXPECT_EQ(body_of(form)["type"], "/problems/media-type");
    EXPECT_EQ(put(kCordon, R"({"why": "x"})", "Application/JSON; charset=utf-8").status, 200U);
    const auto post = send("POST", kCordon, "Content-Length: 0\r\n\r\n");
    EXPECT_EQ(post.status, 405U);
    EXPECT_EQ(post.field("Allow"), "GET, HEAD, PUT, DELETE");
}

TEST_F(HttpWorkerTest, TheLastRecordIsShownAsItWasReceived) {
    const auto raw = get("/v1/workers/lab%2Fbackend%2F1002/raw");
    ASSERT_EQ(raw.status, 200U) << raw.body;
    EXPECT_EQ(raw.body, "{\"running\":2}");
    EXPECT_EQ(raw.field("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(raw.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(raw.field("Muster-Road"), "polled");
    EXPECT_EQ(raw.field("Muster-Record-Bytes"), "13");
    EXPECT_THAT(raw.field("Muster-Received"), ::testing::MatchesRegex("20..-..-..T..:..:...*Z"));
    EXPECT_EQ(get("/v1/workers/lab/backend/1002/raw").body, raw.body);
    EXPECT_EQ(body_of(get("/v1/workers/lab%2Fbackend%2F9/raw"))["type"],
              "/problems/unknown-worker");
}

TEST_F(HttpWorkerTest, AWorkerComesWithItsRecentHistory) {
    json history;
    ASSERT_TRUE(wait_until(kLongEnough, [&] {
        history = body_of(get("/v1/workers/lab%2Fbackend%2F1002"))["history"];
        return history["time"].size() >= 5;
    })) << history;
    EXPECT_EQ(history["interval_ms"], 20);
    for (const char* column : {"state", "running", "waiting", "kv_active_blocks", "kv_usage"}) {
        ASSERT_EQ(history[column].size(), history["time"].size()) << column;
    }
    EXPECT_LT(history["time"][0].get<std::string>(), history["time"][4].get<std::string>());
    EXPECT_EQ(history["running"].back(), 2);
    EXPECT_EQ(history["kv_active_blocks"].back(), 20);
    EXPECT_TRUE(history["waiting"].back().is_null()) << "not told is not 0";
    EXPECT_EQ(history["state"].back(), "fresh");

    const json chosen = body_of(get("/v1/workers/lab%2Fbackend%2F1002?fields=history"));
    EXPECT_TRUE(chosen.contains("history"));
    EXPECT_FALSE(chosen.contains("load"));
    EXPECT_FALSE(body_of(get("/v1/workers/lab%2Fbackend%2F1002?fields=load")).contains("history"));
    EXPECT_EQ(get("/v1/workers?fields=history").status, 400U) << "only of one worker";
}

}  // namespace
}  // namespace muster
