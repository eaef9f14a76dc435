// Discovery by REST through the real binary: a `muster serve` that is told of simulated engines by
// POST and DELETE, killed and started again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/io/http/http_client.hpp"
#include "muster/io/http/url.hpp"
#include "muster/sim/engine_fleet.hpp"
#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/http_socket.hpp"
#include "support/places.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr Duration kDeadline = kLongEnough;

struct Said {
    unsigned status = 0;
    json body;
    std::string location;
};

class RestWorkersTest : public ::testing::Test {
protected:
    RestWorkersTest() {
        SimulatedEnginesOptions options;
        options.engine = Engine::vllm;
        options.workers = 3;
        auto started = SimulatedEngines::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        if (started) engines_ = std::move(*started);
    }
    void serve(const std::string& flags = "--discover rest") {
        port_ = std::to_string(free_port());
        log_ = dir_.file("log" + port_);
        child_ = std::make_unique<ChildProcess>(
            std::vector<std::string>{"/bin/sh", "-c",
                                     "exec '" + places::muster_binary() + "' serve " + flags +
                                         " --listen 127.0.0.1:" + port_ + " --state-dir '" +
                                         state_.path() + "'"},
            log_);
        ASSERT_TRUE(wait_until(kDeadline, [&] {
            return text_of(log_).find("serving http://") != std::string::npos;
        })) << text_of(log_);
    }
    [[nodiscard]] Said ask(HttpMethod method, const std::string& target,
                           const std::string& body = "") const {
        HttpClient client({"127.0.0.1", port_, "", false});
        const auto answer =
            client.ask({.method = method, .target = target, .json = body}, kDeadline);
        if (!answer) return {0, answer.error().what, ""};
        Said said{answer->status, json::parse(*answer->body, nullptr, false), ""};
        for (const HttpHeader& header : answer->headers) {
            if (header.name == "Location") said.location = header.value;
        }
        return said;
    }
    [[nodiscard]] Said get(const std::string& target) const { return ask(HttpMethod::get, target); }
    [[nodiscard]] Said post(const json& order) const {
        return ask(HttpMethod::post, "/v1/workers", order.dump());
    }
    [[nodiscard]] Said remove(const std::string& id, const std::string& query = "") const {
        return ask(HttpMethod::del, "/v1/workers/" + percent_encode(id) + query);
    }
    [[nodiscard]] std::string url(std::uint32_t worker) const {
        return "http://" + engines_->address(worker);
    }
    [[nodiscard]] std::string id(std::uint32_t worker) const {
        return "http/" + engines_->address(worker);
    }
    [[nodiscard]] bool fresh(std::uint32_t worker) const {
        return wait_until(kDeadline, [&] {
            const Said said = get("/v1/workers/" + percent_encode(id(worker)));
            return said.status == 200 && said.body["state"] == "fresh";
        });
    }

    std::unique_ptr<SimulatedEngines> engines_;
    TempDir dir_;
    TempDir state_;
    std::string port_;
    std::string log_;
    std::unique_ptr<ChildProcess> child_;
};

TEST_F(RestWorkersTest, AWorkerIsNamedWatchedAndTakenAwayWithTheReason) {
    serve();
    EXPECT_EQ(get("/v1/sources").body["sources"][0]["id"], "rest-1");
    const Said made = post({{"url", url(0)}, {"labels", {{"zone", "west"}}}, {"by", "ada"}});
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(made.body["id"], id(0));
    EXPECT_EQ(made.body["url"], url(0));
    EXPECT_EQ(made.body["by"], "ada");
    EXPECT_EQ(made.body["kept"], true);
    EXPECT_EQ(made.location, "/v1/workers/" + percent_encode(id(0)));
    // Who was answered finds it in the view at once.
    const Said worker = get(made.location);
    ASSERT_EQ(worker.status, 200U) << worker.body;
    EXPECT_EQ(worker.body["labels"]["zone"], "west");
    EXPECT_EQ(worker.body["source"], "rest-1");
    ASSERT_TRUE(fresh(0)) << text_of(log_);
    EXPECT_EQ(get(made.location).body["engine"], "vllm");

    const Said again = post({{"url", url(0)}, {"labels", {{"zone", "east"}}}, {"by", "bob"}});
    EXPECT_EQ(again.status, 200U) << again.body;
    EXPECT_EQ(again.body["by"], "ada") << "who named it first";
    EXPECT_EQ(again.body["since"], made.body["since"]);
    EXPECT_TRUE(
        wait_until(kDeadline, [&] { return get(made.location).body["labels"]["zone"] == "east"; }));
    EXPECT_EQ(get("/v1/fleet").body["workers"].size(), 1U);

    ASSERT_EQ(remove(id(0), "?by=bob&why=moved%20to%20another%20rack").status, 204U);
    const Said gone = get(made.location);
    EXPECT_EQ(gone.status, 410U);
    EXPECT_EQ(gone.body["lost"]["cause"], "withdrawn");
    EXPECT_EQ(gone.body["lost"]["reason"], "taken away over REST by bob: moved to another rack");
    EXPECT_EQ(remove(id(0)).status, 404U);
    // Named again it comes back.
    EXPECT_EQ(post({{"url", url(0)}}).status, 201U);
    EXPECT_TRUE(fresh(0));
}

TEST_F(RestWorkersTest, TheyAreKeptOverARestart) {
    serve();
    ASSERT_EQ(post({{"url", url(0)}, {"labels", {{"zone", "west"}}}}).status, 201U);
    ASSERT_EQ(post({{"url", url(1)}}).status, 201U);
    ASSERT_EQ(post({{"url", url(2)}}).status, 201U);
    ASSERT_EQ(remove(id(1)).status, 204U);
    child_->kill();  // As it is: nothing is written at the end.
    serve();
    ASSERT_TRUE(fresh(0)) << text_of(log_);
    ASSERT_TRUE(fresh(2)) << text_of(log_);
    const json fleet = get("/v1/fleet").body;
    EXPECT_EQ(fleet["workers"].size(), 2U) << fleet;
    EXPECT_EQ(get("/v1/workers/" + percent_encode(id(0))).body["labels"]["zone"], "west");
}

TEST_F(RestWorkersTest, TheirLastLoadsComeBackFromTheJournalUntilTheyAnswer) {
    Load load;
    load.set_count(LoadField::running, 5);
    load.set_count(LoadField::waiting, 2);
    ASSERT_TRUE(engines_->set_load(0, load));
    serve("--worker " + url(0));
    const std::string path = "/v1/workers/" + percent_encode(id(0));
    json before;
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        const Said past = get("/v1/fleet?at=0s");  // Before the first sample there is no past.
        if (past.status != 200 || past.body["workers"].size() != 1) return false;
        before = past.body["workers"][0];
        return before["load"]["running"] == 5;
    })) << text_of(log_);
    child_->kill();
    ASSERT_TRUE(engines_->set_fault(0, {.kind = FaultKind::hang}));
    serve("--worker " + url(0));
    ASSERT_TRUE(wait_until(kDeadline, [&] { return get(path).status == 200; })) << text_of(log_);
    const json restored = get(path).body;
    EXPECT_EQ(restored["state"], "stale") << "nothing is fresh that was not heard";
    EXPECT_EQ(restored["flags"], json::array({"restored"}));
    EXPECT_EQ(restored["load"]["running"], 5);
    EXPECT_EQ(restored["engine"], "vllm");
    EXPECT_EQ(restored["first_seen"], before["first_seen"]);
    EXPECT_EQ(get("/v1/fleet").body["stats"]["running"]["count"], 0);
    ASSERT_TRUE(engines_->clear_faults(0));
    ASSERT_TRUE(fresh(0)) << text_of(log_);
    EXPECT_EQ(get(path).body["flags"], json::array());
    EXPECT_EQ(get(path).body["generation"], before["generation"]) << "the same process";
}

TEST_F(RestWorkersTest, WhatAnotherSourceHasIsSaid) {
    serve("--worker " + url(0));
    ASSERT_TRUE(fresh(0)) << text_of(log_);
    EXPECT_EQ(get("/v1/fleet").body["sources"].size(), 1U) << "no source before it is needed";
    const Said twice = post({{"url", url(0)}});
    EXPECT_EQ(twice.status, 409U);
    EXPECT_EQ(twice.body["type"], "/problems/named-elsewhere");
    EXPECT_EQ(twice.body["detail"],
              id(0) + ": http-1 (" + url(0) + ") has it: a worker is named once");
    const Said kept = remove(id(0));
    EXPECT_EQ(kept.status, 409U);
    EXPECT_THAT(kept.body["detail"].get<std::string>(), HasSubstr("http-1 (" + url(0) + ")"));
    EXPECT_TRUE(fresh(0));
    EXPECT_EQ(post({{"url", url(1)}}).status, 201U);
    EXPECT_TRUE(fresh(1));
    EXPECT_EQ(get("/v1/fleet").body["sources"].size(), 2U);
}

TEST_F(RestWorkersTest, AServerOfSeveralRanksGoesAsAWhole) {
    SimulatedEnginesOptions options;
    options.engine = Engine::vllm;
    options.workers = 1;
    options.ranks = 2;
    auto ranks = SimulatedEngines::start(std::move(options));
    ASSERT_TRUE(ranks) << ranks.error().what;
    const std::string whole = "http/" + (*ranks)->address(0);
    serve();
    ASSERT_EQ(post({{"url", "http://" + (*ranks)->address(0)}}).status, 201U);
    ASSERT_TRUE(wait_until(kDeadline, [&] { return get("/v1/fleet").body["workers"].size() == 2; }))
        << text_of(log_);
    const Said one = remove(whole + "/1");
    EXPECT_EQ(one.status, 409U);
    EXPECT_EQ(one.body["type"], "/problems/rank-of-server");
    EXPECT_EQ(one.body["detail"], whole + "/1: a rank of " + whole + ": take that away");
    EXPECT_EQ(remove(whole).status, 204U);
    EXPECT_EQ(get("/v1/fleet").body["workers"].size(), 0U);
}

TEST_F(RestWorkersTest, OrdersThatCannotBeFollowedSayWhy) {
    serve();
    const Said none = post({{"labels", json::object()}});
    EXPECT_EQ(none.status, 400U);
    EXPECT_EQ(none.body["type"], "/problems/bad-body");
    EXPECT_THAT(none.body["detail"].get<std::string>(), StartsWith("url: missing"));
    EXPECT_EQ(post({{"url", "ftp://a"}}).status, 400U);
    const Said unknown = remove("http/nobody:1");
    EXPECT_EQ(unknown.status, 404U);
    EXPECT_EQ(unknown.body["detail"], "http/nobody:1: no such worker: see /v1/workers");
    EXPECT_EQ(remove("http/nobody:1", "?force=1").status, 400U);
    EXPECT_EQ(remove("http/nobody:1", "?why=").status, 400U);
    EXPECT_EQ(ask(HttpMethod::post, "/v1/workers?x=1", "{}").status, 400U);
    EXPECT_EQ(ask(HttpMethod::put, "/v1/workers", "{}").status, 405U);
    HttpSocket form("127.0.0.1:" + port_);
    form.send("POST /v1/workers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_EQ(form.response().status, 415U);
    // By the rule of cordons: this machine, meant by a local name.
    HttpSocket stranger("127.0.0.1:" + port_);
    stranger.send(
        "POST /v1/workers HTTP/1.1\r\nHost: muster.example\r\nContent-Type: application/json\r\n"
        "Content-Length: 2\r\n\r\n{}");
    EXPECT_EQ(stranger.response().status, 403U);
}

TEST_F(RestWorkersTest, WhatCannotBeKeptIsNotDone) {
    serve();
    ASSERT_EQ(post({{"url", url(0)}}).status, 201U);
    // A folder where the new file would be written: also root cannot write there.
    const std::string beside = state_.file("rest-workers.json.new");
    std::filesystem::create_directory(beside);
    const Said refused = post({{"url", url(1)}});
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.body["type"], "/problems/not-kept");
    EXPECT_THAT(refused.body["detail"].get<std::string>(),
                AllOf(HasSubstr(beside), HasSubstr("--state-dir")));
    EXPECT_EQ(remove(id(0)).status, 503U);
    EXPECT_EQ(get("/v1/fleet").body["workers"].size(), 1U);
    std::filesystem::remove(beside);
    EXPECT_EQ(post({{"url", url(1)}}).status, 201U);
    EXPECT_EQ(remove(id(0)).status, 204U);
}

TEST_F(RestWorkersTest, AFileThatIsNotUnderstoodIsNotWrittenOver) {
    const std::string text = "{\"muster_rest_workers\": 9, \"workers\": []}";
    const std::string file = state_.write("rest-workers.json", text);
    ChildProcess refused({places::muster_binary(), "serve", "--discover", "rest", "--listen",
                          "127.0.0.1:0", "--state-dir", state_.path()},
                         dir_.file("refused"));
    EXPECT_EQ(refused.wait(kDeadline), 2);
    EXPECT_THAT(text_of(dir_.file("refused")),
                HasSubstr("muster: workers named over REST not read: " + file +
                          ": its form is 9, we read 1: mend it, or take it away"));
    EXPECT_EQ(text_of(file), text);
}

TEST_F(RestWorkersTest, WithoutAStateDirectoryTheyLiveAsLongAsMuster) {
    port_ = std::to_string(free_port());
    log_ = dir_.file("log");
    child_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{"/bin/sh", "-c",
                                 "unset HOME XDG_STATE_HOME STATE_DIRECTORY; exec '" +
                                     places::muster_binary() +
                                     "' serve --discover rest --listen 127.0.0.1:" + port_},
        log_);
    ASSERT_TRUE(wait_until(kDeadline, [&] {
        return text_of(log_).find("serving http://") != std::string::npos;
    })) << text_of(log_);
    const Said made = post({{"url", url(0)}});
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(made.body["kept"], false);
    EXPECT_TRUE(fresh(0));
}

TEST_F(RestWorkersTest, OnlyServeTakesThem) {
    ChildProcess get({places::muster_binary(), "get", "--discover", "rest"}, dir_.file("get"));
    EXPECT_EQ(get.wait(kDeadline), 2);
    EXPECT_THAT(text_of(dir_.file("get")), HasSubstr("only muster serve takes them over REST"));
}

}  // namespace
}  // namespace muster::testing
