// Who may ask what, over real sockets: tokens, local orders, web pages; and the errors' bodies,
// word by word (tests/golden/problems).
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/answering_source.hpp"
#include "support/golden.hpp"
#include "support/http_socket.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using testing::AnsweringSource;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::SocketResponse;
using testing::wait_until;
using testing_support::golden;
using namespace std::chrono_literals;

const std::string kOrder =
    "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"why\": \"x\"}";

class HttpAccessTest : public ::testing::Test {
protected:
    HttpAccessTest() { options_.http.listen = "127.0.0.1:0"; }
    ~HttpAccessTest() override {
        server_.reset();
        host_.stop();
    }
    void start() {
        host_.start();
        options_.collector = &host_.collector();
        auto started =
            FleetServer::start(host_.view_cell(), host_.clock(), wall_, "7f3a9c", options_);
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
        ASSERT_TRUE(
            wait_until(kLongEnough, [&] { return host_.view_cell().current()->size() == 1; }));
    }
    /// `line`: method and target. `rest`: fields with their line ends, an empty line, a body.
    [[nodiscard]] SocketResponse ask(const std::string& line, const std::string& rest) const {
        HttpSocket client(server_->address());
        client.send(line + " HTTP/1.1\r\n" + rest);
        return client.response();
    }
    [[nodiscard]] unsigned order(const std::string& fields) const {
        return ask("PUT /v1/workers/lab%2Fbackend%2F1000/cordon", fields + kOrder).status;
    }

    CollectorHost host_;
    WallClock wall_{host_.clock()};
    AnsweringSource source_{host_.collector(), host_.clock(), 1};
    FleetServerOptions options_;
    std::unique_ptr<FleetServer> server_;
};

TEST_F(HttpAccessTest, OrdersAreTakenFromThisMachineOnly) {
    start();
    EXPECT_EQ(order("Host: localhost\r\n"), 200U);
    EXPECT_EQ(order("Host: 127.0.0.1:6878\r\n"), 200U);
    EXPECT_EQ(order("Host: evil.example\r\n"), 403U) << "a name that was made to point here";
    EXPECT_EQ(order("Host: localhost\r\nX-Forwarded-For: 10.0.0.9\r\n"), 403U);
    EXPECT_EQ(order("Host: localhost\r\nOrigin: https://evil.example\r\n"), 403U);
    EXPECT_EQ(ask("GET /v1/fleet", "Host: evil.example\r\n\r\n").status, 200U) << "may be read";
}

TEST_F(HttpAccessTest, ATokenIsAskedOfWhoIsNotLocal) {
    options_.access.token = "s3cret";
    start();
    const std::string far = "Host: muster.lab\r\n";
    const std::string token = "Authorization: Bearer s3cret\r\n";
    EXPECT_EQ(ask("GET /v1/fleet", far + "\r\n").status, 401U);
    EXPECT_EQ(ask("GET /nothing", far + "\r\n").status, 401U) << "nor what is there";
    EXPECT_EQ(ask("GET /v1/fleet", far + token + "\r\n").status, 200U);
    EXPECT_NE(ask("GET /readyz", far + "\r\n").status, 401U);
    EXPECT_EQ(ask("GET /healthz", far + "\r\n").status, 200U);
    EXPECT_EQ(order(far), 401U);
    EXPECT_EQ(order(far + token), 200U);
    EXPECT_EQ(order("Host: localhost\r\n"), 200U);
    EXPECT_EQ(order("Host: localhost\r\nAuthorization: Bearer wrong\r\n"), 401U);
}

TEST_F(HttpAccessTest, WebPagesMayReadOnlyWhereTheyAreAllowedTo) {
    options_.access.cors_origins = {"https://board.lab"};
    start();
    const auto page = ask("GET /v1/fleet", "Host: localhost\r\nOrigin: https://board.lab\r\n\r\n");
    EXPECT_EQ(page.field("Access-Control-Allow-Origin"), "https://board.lab");
    const auto error = ask("GET /nothing", "Host: localhost\r\nOrigin: https://board.lab\r\n\r\n");
    EXPECT_EQ(error.status, 404U);
    EXPECT_EQ(error.field("Access-Control-Allow-Origin"), "https://board.lab");
    const auto other =
        ask("GET /v1/fleet", "Host: localhost\r\nOrigin: https://evil.example\r\n\r\n");
    EXPECT_EQ(other.field("Access-Control-Allow-Origin"), "");
    const std::string question =
        "Host: localhost\r\nOrigin: https://board.lab\r\n"
        "Access-Control-Request-Method: PUT\r\n\r\n";
    const auto preflight = ask("OPTIONS /v1/workers/a%2Fb/cordon", question);
    EXPECT_EQ(preflight.status, 204U);
    EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "GET, HEAD, PUT, DELETE");
    // Also a long poll, whose answer is made later.
    HttpSocket poll(server_->address());
    const auto version = std::to_string(host_.view_cell().version());
    poll.send("GET /v1/fleet?timeout=1ms&wait_version=" + version +
              " HTTP/1.1\r\nHost: localhost\r\nOrigin: https://board.lab\r\n\r\n");
    EXPECT_EQ(poll.response().field("Access-Control-Allow-Origin"), "https://board.lab");
}

TEST_F(HttpAccessTest, WithoutPermissionForPagesNothingSpeaksOfOrigins) {
    start();
    const auto page = ask("GET /v1/fleet", "Host: localhost\r\nOrigin: https://board.lab\r\n\r\n");
    EXPECT_EQ(page.head.find("Access-Control"), std::string::npos);
    EXPECT_EQ(ask("OPTIONS /v1/fleet",
                  "Host: localhost\r\nOrigin: https://board.lab\r\n"
                  "Access-Control-Request-Method: GET\r\n\r\n")
                  .status,
              405U);
}

// Each error as users' programs match on it.
TEST_F(HttpAccessTest, ErrorsAreWhatTheyWere) {
    options_.access.token = "s3cret";
    options_.http.header_bytes_max = 1024;
    options_.http.body_bytes_max = 256;
    start();
    const std::string local = "Host: localhost\r\n";
    const auto expect = [](const SocketResponse& response, unsigned status,
                           const std::string& name) {
        EXPECT_EQ(response.status, status) << name;
        EXPECT_EQ(response.field("Content-Type"), "application/problem+json") << name;
        EXPECT_EQ(response.body, golden("problems/" + name + ".json")) << name;
    };
    expect(ask("GET /v1/fleet", "Host: muster.lab\r\n\r\n"), 401, "no-token");
    const auto wrong = ask("GET /v1/fleet", local + "Authorization: Bearer wrong\r\n\r\n");
    expect(wrong, 401, "wrong-token");
    EXPECT_EQ(wrong.field("WWW-Authenticate"), "Bearer realm=\"muster\", error=\"invalid_token\"");
    expect(ask("GET /v1/workers/lab%2Fbackend%2F9", local + "\r\n"), 404, "unknown-worker");
    const auto method = ask("POST /v1/fleet", local + "Content-Length: 0\r\n\r\n");
    expect(method, 405, "method-not-allowed");
    EXPECT_EQ(method.field("Allow"), "GET, HEAD");
    expect(ask("PUT /v1/workers/lab%2Fbackend%2F1000/cordon",
               local + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"),
           413, "body-too-large");
    expect(ask("GET /v1/fleet", local + "X: " + std::string(2000, 'x') + "\r\n\r\n"), 431,
           "header-too-large");
    expect(ask("PUT /v1/workers/lab%2Fbackend%2F1000/cordon",
               local + "Origin: https://evil.example\r\n" + kOrder),
           403, "forbidden-origin");
}

TEST_F(HttpAccessTest, AViewWithoutACollectorOffersNoOrders) {
    start();
    options_.collector = nullptr;
    auto viewer = FleetServer::start(host_.view_cell(), host_.clock(), wall_, "7f3a9c", options_);
    ASSERT_TRUE(viewer) << viewer.error().what;
    server_ = std::move(*viewer);
    EXPECT_EQ(order("Host: localhost\r\n"), 501U);
    EXPECT_EQ(ask("GET /v1/workers/lab%2Fbackend%2F1000/raw", "Host: localhost\r\n\r\n").status,
              501U);
    EXPECT_EQ(ask("GET /v1/cordons", "Host: localhost\r\n\r\n").status, 200U);
}

}  // namespace
}  // namespace muster
