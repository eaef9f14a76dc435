// The HTTP API over real sockets: what GET says of a published view, and when a long poll answers.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/http_socket.hpp"
#include "support/view_builder.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::BuiltRow;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::load_of;
using testing::SocketResponse;
using testing::steady_now;
using testing::ViewBuilder;
using testing::wait_until;
using namespace std::chrono_literals;

class HttpFleetTest : public ::testing::Test {
protected:
    HttpFleetTest() { options_.http.listen = "127.0.0.1:0"; }

    void start() {
        auto started = FleetServer::start(cell_, clock_, wall_, "7f3a9c", options_);
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    /// Publishes `workers` workers as the next version.
    void publish(std::size_t workers = 3) {
        ViewBuilder builder(clock_.now());
        builder.version(++version_);
        for (std::size_t i = 0; i < workers; ++i) {
            builder.add({.instance_id = 1000 + i, .load = load_of(i, 1, 10, 0.5)});
        }
        builder.lost({.instance_id = 7}, 1s, LostReason::silent, "silent for 10 s");
        SourceInfo source;
        source.id = "nats-1";
        source.kind = "nats";
        source.target = "nats://127.0.0.1:4222";
        source.asked_once = asked_once_;
        builder.source(source);
        pulse_ = builder.pulse();
        cell_.publish(builder.build());
    }
    [[nodiscard]] HttpSocket connect() const { return HttpSocket(server_->address()); }
    [[nodiscard]] SocketResponse ask(std::string_view target, std::string_view fields = {}) const {
        auto client = connect();
        client.get(target, fields);
        return client.response();
    }
    /// Waits until the server has taken `count` requests.
    [[nodiscard]] bool has_taken(std::uint64_t count) const {
        return wait_until(kLongEnough, [&] { return server_->counters().requests >= count; });
    }

    BootClock clock_;
    WallClock wall_{clock_};
    ViewCell cell_;
    FleetServerOptions options_;
    std::uint64_t version_ = 0;
    bool asked_once_ = true;
    std::shared_ptr<CollectorPulse> pulse_;
    std::unique_ptr<FleetServer> server_;  // Last: it reads all of the above.
};

json body_of(const SocketResponse& response) {
    return json::parse(response.body, nullptr, false);
}

TEST_F(HttpFleetTest, ServesTheView) {
    start();
    publish();
    const auto response = ask("/v1/fleet");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.field("Content-Type"), "application/json");
    EXPECT_EQ(response.field("ETag"), "W/\"7f3a9c-1\"");
    EXPECT_EQ(response.field("Date").size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
    const json fleet = body_of(response);
    EXPECT_EQ(fleet["epoch"], "7f3a9c");
    EXPECT_EQ(fleet["version"], 1);
    EXPECT_EQ(fleet["workers"].size(), 3U);
    EXPECT_EQ(fleet["workers"][2]["load"]["running"], 2);
    EXPECT_EQ(body_of(ask("/v1/fleet?state=stale,late"))["workers"].size(), 0U);
    EXPECT_EQ(body_of(ask("/v1/workers?component=dynamo/backend&fields=state"))["workers"][0],
              json({{"id", "dynamo/backend/1000"}, {"state", "fresh"}}));
    EXPECT_EQ(body_of(ask("/v1/sources"))["sources"][0]["id"], "nats-1");
}

TEST_F(HttpFleetTest, ServesTheEmptyViewBeforeTheFirstPublication) {
    start();
    const json fleet = body_of(ask("/v1/fleet"));
    EXPECT_EQ(fleet["version"], 0);
    EXPECT_TRUE(fleet["workers"].empty());
    EXPECT_TRUE(fleet["stats"]["waiting"]["avg"].is_null());
}

TEST_F(HttpFleetTest, OneWorkerByItsId) {
    start();
    publish();
    for (const char* target :
         {"/v1/workers/dynamo%2Fbackend%2F1001", "/v1/workers/dynamo/backend/1001"}) {
        const auto response = ask(target);
        EXPECT_EQ(response.status, 200U) << target;
        EXPECT_EQ(body_of(response)["instance_id"], "1001");
    }
    const auto unknown = ask("/v1/workers/dynamo%2Fbackend%2F9");
    EXPECT_EQ(unknown.status, 404U);
    EXPECT_EQ(body_of(unknown)["type"], "/problems/unknown-worker");
    const auto lost = ask("/v1/workers/dynamo%2Fbackend%2F7");
    EXPECT_EQ(lost.status, 410U);
    EXPECT_EQ(body_of(lost)["lost"]["reason"], "silent for 10 s");
    EXPECT_EQ(ask("/v1/workers/%f").status, 400U);
    const auto odd = ask("/v1/workers/%ff%22");
    EXPECT_EQ(odd.status, 404U);
    EXPECT_FALSE(body_of(odd).is_discarded()) << odd.body;
}

struct BadRequest {
    std::string target;
    unsigned status;
    std::string detail;
};

TEST_F(HttpFleetTest, ErrorsNameWhatIsWrong) {
    start();
    publish();
    const std::vector<BadRequest> bad = {
        {"/v2", 404, "no such path: /v2: see /v1/openapi.json for those there are"},
        {"/v1/fleet?wait_version=x", 400,
         "wait_version: not a version: x: give the \"version\" of the last view"},
        {"/v1/fleet?wait_version=-1", 400,
         "wait_version: not a version: -1: give the \"version\" of the last view"},
        {"/v1/fleet?timeout=5", 400,
         "timeout: not a duration: 5: write a number with its unit, such as 30s or 500ms"},
        {"/v1/fleet?timeout=1h", 400, "timeout: too long: 1h: at most 5m"},
        {"/v1/fleet?timeout=1s&timeout=2s", 400, "timeout: given twice: give it once"},
        {"/v1/fleet?state=freshh", 400,
         "state: no such state: freshh: choose among unknown, fresh, late, stale, lost"},
        {"/v1/fleet?label=zone", 400, "label: not a label: zone: write NAME=VALUE"},
        {"/v1/fleet?component=", 400, "component: empty: give a value or leave it out"},
        {"/v1/fleet?componnet=a", 400,
         "componnet: no such parameter: choose among wait_version, timeout, at, component, state, "
         "label, fields"},
        {"/v1/sources?x=1", 400, "x: no such parameter: this path takes none"},
        {"/v1/fleet?state=%zz", 400, "state: broken percent-escape: write %XX with two hex digits"},
    };
    for (const BadRequest& request : bad) {
        const auto response = ask(request.target);
        EXPECT_EQ(response.status, request.status) << request.target;
        EXPECT_EQ(response.field("Content-Type"), "application/problem+json");
        EXPECT_EQ(body_of(response)["detail"], request.detail);
    }
    EXPECT_TRUE(body_of(ask("/v1/workers?fields=nothing"))["detail"].get<std::string>().starts_with(
        "fields: no such field: nothing: choose among id, component"));
}

TEST_F(HttpFleetTest, OtherMethodsAreNotAllowed) {
    start();
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
        auto client = connect();
        client.send(method + " /v1/fleet HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        const auto response = client.response();
        EXPECT_EQ(response.status, 405U) << method;
        EXPECT_EQ(response.field("Allow"), "GET, HEAD");
    }
    auto client = connect();
    client.send("HEAD /v1/fleet HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = client.response(true);
    EXPECT_EQ(head.status, 200U);
    EXPECT_GT(std::stoi(head.field("Content-Length")), 100);
    client.get("/v1/fleet");
    EXPECT_EQ(client.response().status, 200U) << "nothing of a body came before";
}

TEST_F(HttpFleetTest, TheETagSavesWhatIsKnownUnlessTheCollectorHangs) {
    start();
    publish();
    for (const char* tag : {"W/\"7f3a9c-1\"", "\"x\", \"7f3a9c-1\"", "*"}) {
        const auto response = ask("/v1/fleet", "If-None-Match: " + std::string(tag) + "\r\n");
        EXPECT_EQ(response.status, 304U) << tag;
        EXPECT_EQ(response.field("ETag"), "W/\"7f3a9c-1\"");
        EXPECT_TRUE(response.field("Content-Length").empty());
    }
    EXPECT_EQ(ask("/v1/fleet", "If-None-Match: W/\"7f3a9c-11\"\r\n").status, 200U);
    EXPECT_EQ(ask("/v1/fleet", "If-None-Match: W/\"other-1\"\r\n").status, 200U);
    pulse_->last_step_nanos -= Duration(3s).count();
    EXPECT_EQ(ask("/v1/fleet", "If-None-Match: W/\"7f3a9c-1\"\r\n").status, 200U);
}

TEST_F(HttpFleetTest, PacksTheViewWhenAsked) {
    start();
    publish(100);
    const auto plain = ask("/v1/fleet");
    const auto packed = ask("/v1/fleet", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
    EXPECT_EQ(packed.field("Vary"), "Accept-Encoding");
    EXPECT_LT(packed.body.size() * 4, plain.body.size());
    z_stream stream{};
    inflateInit2(&stream, 15 + 16);
    std::string in = packed.body;
    std::string text(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    EXPECT_EQ(json::parse(text)["workers"].size(), 100U);
}

TEST_F(HttpFleetTest, HealthIsTheCollectorsStep) {
    start();
    EXPECT_EQ(ask("/healthz").status, 503U) << "nothing has stepped yet";
    publish();
    EXPECT_EQ(ask("/healthz").status, 200U);
    pulse_->last_step_nanos -= Duration(3s).count();
    const auto stuck = ask("/healthz");
    EXPECT_EQ(stuck.status, 503U);
    EXPECT_EQ(body_of(stuck)["type"], "/problems/collector-stuck");
    pulse_->last_step_nanos = clock_.now().time_since_epoch().count();
    EXPECT_EQ(ask("/healthz").status, 200U);
}

TEST_F(HttpFleetTest, ReadyOnceAsked) {
    start();
    EXPECT_EQ(body_of(ask("/readyz"))["detail"], "not asked yet: no view yet");
    asked_once_ = false;
    publish();
    const auto waiting = ask("/readyz");
    EXPECT_EQ(waiting.status, 503U);
    EXPECT_EQ(body_of(waiting)["detail"],
              "not asked yet: nats-1 (nats://127.0.0.1:4222, disconnected)");
    asked_once_ = true;
    publish();
    EXPECT_EQ(ask("/readyz").status, 200U);
    asked_once_ = false;
    publish();
    EXPECT_EQ(ask("/readyz").status, 200U) << "it stays ready";
}

TEST_F(HttpFleetTest, ALongPollAnswersWhenAViewIsPublished) {
    start();
    publish();
    auto client = connect();
    client.get("/v1/fleet?wait_version=1&timeout=60s");
    ASSERT_TRUE(has_taken(1));
    EXPECT_TRUE(client.silent());
    publish();
    EXPECT_EQ(body_of(client.response())["version"], 2);
    // Behind and ahead of ours: at once.
    for (const char* version : {"0", "1", "3", "18446744073709551615"}) {
        client.get("/v1/fleet?timeout=60s&wait_version=" + std::string(version));
        EXPECT_EQ(body_of(client.response())["version"], 2) << version;
    }
}

TEST_F(HttpFleetTest, ALongPollThatTimesOutSaysTheSameVersion) {
    start();
    publish();
    const Time begin = steady_now();
    const auto response = ask("/v1/fleet?wait_version=1&timeout=50ms");
    EXPECT_GE(steady_now() - begin, 50ms);
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(body_of(response)["version"], 1);
    EXPECT_EQ(body_of(ask("/v1/fleet?wait_version=1&timeout=0"))["version"], 1);
}

/// Lets this process have `count` descriptors, where the machine allows it.
bool allow_descriptors(rlim_t count) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    if (limit.rlim_cur >= count) return true;
    limit.rlim_cur = count;
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

TEST_F(HttpFleetTest, OneThousandPollersSeeTheWake) {
    if (!allow_descriptors(2500)) GTEST_SKIP() << "needs 2,500 descriptors: raise `ulimit -Hn`";
    options_.http.threads = 2;
    start();
    publish();
    std::vector<HttpSocket> clients;
    for (int i = 0; i < 1000; ++i) {
        clients.push_back(connect());
        // Two kinds of question, so that shared texts must not be mixed up.
        clients.back().get(i % 2 == 0 ? "/v1/fleet?wait_version=1&timeout=60s"
                                      : "/v1/fleet?wait_version=1&timeout=60s&fields=state");
    }
    ASSERT_TRUE(has_taken(1000));
    clients[0].close();  // One that goes away harms nobody.
    publish();
    for (std::size_t i = 1; i < clients.size(); ++i) {
        const json fleet = body_of(clients[i].response());
        ASSERT_EQ(fleet["version"], 2) << i;
        ASSERT_EQ(fleet["workers"][0].contains("load"), i % 2 == 0);
    }
}

// A publication between the look at the version and the wait must not be missed; nor one while a
// wake is deferred.
TEST_F(HttpFleetTest, NoPublicationIsMissed) {
    start();
    publish();
    constexpr std::uint64_t kLast = 2000;
    std::jthread publisher([this] {
        while (version_ < kLast) publish(1);
    });
    auto client = connect();
    std::uint64_t seen = 1;
    while (seen < kLast) {
        client.get("/v1/fleet?timeout=60s&fields=state&wait_version=" + std::to_string(seen));
        const auto response = client.response();
        ASSERT_EQ(response.status, 200U) << "stuck at " << seen;
        const auto version = body_of(response)["version"].get<std::uint64_t>();
        ASSERT_GT(version, seen);
        seen = version;
    }
}

TEST_F(HttpFleetTest, AStopAnswersWhatWaits) {
    start();
    publish();
    std::vector<HttpSocket> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(connect());
        clients.back().get("/v1/fleet?wait_version=1&timeout=60s");
    }
    ASSERT_TRUE(has_taken(100));
    const Time begin = steady_now();
    server_->stop();
    EXPECT_LT(steady_now() - begin, 1s);
    for (HttpSocket& client : clients) {
        const auto response = client.response();
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.field("Connection"), "close");
    }
}

/// Resident memory of this process, in bytes.
std::size_t resident_bytes() {
    std::size_t pages = 0;
    std::size_t resident = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r"); file != nullptr) {
        if (std::fscanf(file, "%zu %zu", &pages, &resident) != 2) resident = 0;
        std::fclose(file);
    }
    return resident * 4096;
}

TEST_F(HttpFleetTest, StalledPollersCostOneTextTogether) {
    options_.poll_gap = Duration::zero();
    start();
    publish(3000);  // A text of 1.6 MB.
    std::vector<HttpSocket> clients;
    for (int i = 0; i < 100; ++i) {
        clients.emplace_back(server_->address(), 4096);
        clients.back().get("/v1/fleet?wait_version=1&timeout=60s");
    }
    ASSERT_TRUE(has_taken(100));
    const std::size_t before = resident_bytes();
    publish(3000);
    // Not its health: on a slow machine nobody has stepped for long, here where there is no
    // collector.
    EXPECT_EQ(ask("/v1/openapi.json").status, 200U);
    // Half of what 100 texts take; ThreadSanitizer keeps several bytes for each that is touched.
    EXPECT_LT(resident_bytes(), before + 80'000'000) << "not 100 texts of 1.6 MB";
    server_->stop();
}

// Out of descriptors the server waits and goes on; it neither spins nor ends.
TEST_F(HttpFleetTest, SurvivesRunningOutOfDescriptors) {
    start();
    publish();
    auto client = connect();
    client.get("/healthz");
    ASSERT_EQ(client.response().status, 200U);
    HttpSocket second(server_->address());
    second.get("/healthz");
    ASSERT_EQ(second.response().status, 200U);
    second.close();
    ASSERT_TRUE(wait_until(kLongEnough, [&] { return server_->counters().open_connections == 1; }));

    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    // One descriptor is free: the client's own. The server finds none to accept with.
    const int free = ::dup(0);
    ASSERT_GE(free, 0);
    ::close(free);
    rlimit tight = before;
    tight.rlim_cur = static_cast<rlim_t>(free) + 1;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    auto starved = connect();
    starved.get("/healthz");
    client.get("/healthz");
    EXPECT_EQ(client.response().status, 200U) << "who is connected is served";
    EXPECT_TRUE(starved.silent());
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(starved.response().status, 200U);
}

TEST_F(HttpFleetTest, StartsAndStopsLeaveNothingBehind) {
    const auto entries_of = [](const char* folder) {
        return std::distance(std::filesystem::directory_iterator(folder), {});
    };
    std::ptrdiff_t descriptors = 0;
    std::ptrdiff_t threads = 0;
    publish();
    for (int i = 0; i < 200; ++i) {
        start();
        auto client = connect();
        client.get("/v1/fleet?timeout=60s&wait_version=" + std::to_string(i % 2));
        ASSERT_TRUE(has_taken(1));
        server_.reset();
        client.close();
        if (i == 20) {
            descriptors = entries_of("/proc/self/fd");
            threads = entries_of("/proc/self/task");
        }
    }
    EXPECT_EQ(entries_of("/proc/self/fd"), descriptors);
    // A thread that was waited for is listed a moment longer.
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return entries_of("/proc/self/task") <= threads; }));
}

}  // namespace
}  // namespace muster
