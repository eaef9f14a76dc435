// The server's side of HTTP/1.1 over real sockets: what well and badly behaved clients get.
#include "muster/io/http/http_server.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

#include "muster/io/runtime/boot_clock.hpp"
#include "support/http_socket.hpp"
#include "support/manual_clock.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using testing::HttpSocket;
using testing::ManualClock;
using namespace std::chrono_literals;

HttpResponse text_response(std::string text) {
    HttpResponse response;
    response.content_type = "text/plain";
    response.body = std::make_shared<const std::string>(std::move(text));
    return response;
}

/// What the handlers of a test share with it.
struct Desk {
    std::counting_semaphore<> waiting{0};  ///< Released for each /wait that arrived.
    std::counting_semaphore<> gone{0};     ///< Released for each client that left while waiting.
    std::mutex mutex;
    std::vector<HttpReply> replies;  ///< Of /hand-over, for another thread to answer.
};

class TestHandler final : public HttpHandler {
public:
    explicit TestHandler(Desk& desk) : desk_(desk) {}

    void handle(HttpRequest request, HttpReply reply) override {
        if (request.target == "/wait") {
            const auto key = next_++;
            reply.on_gone([this, key] {
                replies_.erase(key);
                desk_.gone.release();
            });
            replies_.emplace(key, std::move(reply));
            desk_.waiting.release();
        } else if (request.target == "/hand-over") {
            const std::lock_guard lock(desk_.mutex);
            desk_.replies.push_back(std::move(reply));
            desk_.waiting.release();
        } else if (request.target == "/big") {
            std::string big;
            big.resize(20'000'000, 'x');
            reply.send(text_response(std::move(big)));
        } else if (request.target == "/drop") {
            const HttpReply dropped = std::move(reply);
        } else {
            reply.send(
                text_response(request.method_name + " " + request.target + " " + request.body));
        }
    }
    void stopping() override {
        auto replies = std::move(replies_);
        for (auto& [key, reply] : replies) reply.send(text_response("stopping"));
    }

private:
    Desk& desk_;
    std::map<int, HttpReply> replies_;
    int next_ = 0;
};

class HttpServerTest : public ::testing::Test {
protected:
    HttpServerTest() { options_.listen = "127.0.0.1:0"; }

    void start() {
        auto started = HttpServer::start(
            options_, clock_, [this](HttpLoop&) { return std::make_unique<TestHandler>(desk_); });
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    [[nodiscard]] HttpSocket connect() const { return HttpSocket(server_->address()); }
    [[nodiscard]] Duration time_to_stop() {
        const BootClock clock;
        const Time begin = clock.now();
        server_->stop();
        return clock.now() - begin;
    }

    ManualClock clock_;
    HttpServerOptions options_;
    Desk desk_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, KeepsTheConnectionBetweenRequests) {
    start();
    auto client = connect();
    for (int i = 0; i < 3; ++i) {
        client.get("/hello");
        const auto response = client.response();
        EXPECT_EQ(response.status, 200U);
        EXPECT_EQ(response.body, "GET /hello ");
    }
    EXPECT_EQ(server_->counters().connections, 1U);
    EXPECT_EQ(server_->counters().requests, 3U);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
    options_.threads = 2;
    start();
    auto client = connect();
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    client.send(requests);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(client.response().body, "GET /" + std::to_string(i) + " ");
    }
}

TEST_F(HttpServerTest, AnswersWhatWasAskedBeforeAHalfClose) {
    start();
    auto client = connect();
    client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3");
    client.finish_sending();
    EXPECT_EQ(client.response().body, "GET /1 ");
    EXPECT_EQ(client.response().body, "GET /2 ");
    EXPECT_TRUE(client.ended());
}

TEST_F(HttpServerTest, HeadHasTheLengthButNoBody) {
    start();
    auto client = connect();
    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto head = client.response(true);
    EXPECT_EQ(head.field("Content-Length"), "12");
    client.get("/next");
    EXPECT_EQ(client.response().body, "GET /next ");
}

TEST_F(HttpServerTest, TakesBodiesWholeAndInChunks) {
    start();
    auto client = connect();
    client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    client.send("llo");
    EXPECT_EQ(client.response().body, "POST /a hello");
    client.send("PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("2\r\nde\r\n0\r\n\r\n");
    EXPECT_EQ(client.response().body, "PUT /b abcde");
    client.send("PUT /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    EXPECT_EQ(client.response(true).status, 100U);
    client.send("x");
    EXPECT_EQ(client.response().body, "PUT /c x");
}

TEST_F(HttpServerTest, SpeaksWithOldAndOddClients) {
    start();
    auto old = connect();
    old.send("GET /old HTTP/1.0\r\n\r\n");
    const auto response = old.response();
    EXPECT_EQ(response.body, "GET /old ");
    EXPECT_EQ(response.field("Connection"), "close");
    EXPECT_TRUE(old.ended());
    auto absolute = connect();
    absolute.send("\r\nGET http://x:1/path?q=1 HTTP/1.1\r\nHost: x:1\r\n\r\n");
    EXPECT_EQ(absolute.response().body, "GET /path?q=1 ");
    absolute.send("G!T /odd HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(absolute.response().body, "G!T /odd ");
}

struct Refusal {
    std::string request;
    unsigned status;
    std::string type;
};

TEST_F(HttpServerTest, RefusesInProblemDocumentsAndCloses) {
    options_.header_bytes_max = 2'000;
    options_.body_bytes_max = 100;
    start();
    const std::vector<Refusal> refusals = {
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(3'000, 'x') + "\r\n\r\n", 431,
         "header-too-large"},
        {"GET /" + std::string(90'000, 'x'), 431, "header-too-large"},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'), 413,
         "body-too-large"},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
             std::string(101, 'x') + "\r\n0\r\n\r\n",
         413, "body-too-large"},
        {"GET / HTTP/1.1\r\n\r\n", 400, "bad-request"},
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad-request"},
        {"GET nothing HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad-request"},
        {"\x16\x03\x01\x02 this is a TLS hello\r\n\r\n", 400, "bad-request"},
        {"GET / HTTP/1.1\r\nBad Field: x\r\n\r\n", 400, "bad-request"},
        {"GET / HTTP/2.0\r\n\r\n", 505, "http-version"},
    };
    for (const Refusal& refusal : refusals) {
        auto client = connect();
        client.send(refusal.request);
        const auto response = client.response();
        EXPECT_EQ(response.status, refusal.status) << refusal.request.substr(0, 60);
        EXPECT_EQ(response.field("Content-Type"), "application/problem+json");
        const auto problem = nlohmann::json::parse(response.body, nullptr, false);
        EXPECT_EQ(problem.value("type", ""), "/problems/" + refusal.type);
        EXPECT_EQ(problem.value("status", 0U), refusal.status);
        EXPECT_EQ(response.field("Connection"), "close");
        EXPECT_TRUE(client.ended());
    }
}

TEST_F(HttpServerTest, AnswersFromAnotherThread) {
    start();
    auto client = connect();
    client.get("/hand-over");
    desk_.waiting.acquire();
    std::thread([this] {
        const std::lock_guard lock(desk_.mutex);
        desk_.replies.front().send(text_response("from afar"));
        desk_.replies.clear();
    }).join();
    EXPECT_EQ(client.response().body, "from afar");
}

TEST_F(HttpServerTest, AReplyMayOutliveItsServer) {
    start();
    auto client = connect();
    client.get("/hand-over");
    desk_.waiting.acquire();
    server_->stop();
    server_.reset();
    desk_.replies.front().send(text_response("too late"));
    EXPECT_TRUE(client.ended());
}

TEST_F(HttpServerTest, AForgottenReplyIsA500) {
    start();
    auto client = connect();
    client.get("/drop");
    EXPECT_EQ(client.response().status, 500U);
}

TEST_F(HttpServerTest, TellsTheHandlerOfClientsThatLeave) {
    start();
    for (int way = 0; way < 3; ++way) {
        auto client = connect();
        client.get("/wait");
        desk_.waiting.acquire();
        if (way == 0) client.close();
        if (way == 1) client.reset();
        if (way == 2) client.finish_sending();
        EXPECT_TRUE(desk_.gone.try_acquire_for(10s)) << way;
    }
}

TEST_F(HttpServerTest, ABreachOfADeadlineEndsTheConnection) {
    start();
    auto idle = connect();
    idle.get("/hello");
    EXPECT_EQ(idle.response().status, 200U);
    auto half = connect();
    half.send("GET /half HT");
    auto waits = connect();
    waits.get("/wait");
    desk_.waiting.acquire();
    // Round trips behind them: by now the loop has read what came before.
    for (int i = 0; i < 3; ++i) {
        auto other = connect();
        other.get("/hello");
        EXPECT_EQ(other.response().status, 200U);
    }
    clock_.advance(options_.request_timeout + 1ms);
    EXPECT_EQ(half.response().status, 408U);
    EXPECT_TRUE(half.ended());
    clock_.advance(options_.idle_timeout);
    EXPECT_TRUE(idle.ended());
    EXPECT_TRUE(waits.silent()) << "a waiting request has no deadline of the server's";
}

TEST_F(HttpServerTest, AStalledReaderIsCutOff) {
    start();
    HttpSocket client(server_->address(), 4096);
    client.get("/big");
    auto other = connect();
    other.get("/hello");  // The stalled one does not hold up the loop.
    EXPECT_EQ(other.response().status, 200U);
    clock_.advance(options_.write_timeout + 1ms);
    for (int i = 0; i < 1'000'000 && server_->counters().timed_out == 0; ++i) {
        other.get("/hello");  // Passes the time until the loop looks at its deadlines.
        ASSERT_EQ(other.response().status, 200U);
    }
    EXPECT_EQ(server_->counters().timed_out, 1U);
    EXPECT_EQ(client.response().status, 0U) << "the body is cut";
}

TEST_F(HttpServerTest, ABigBodyArrivesWhole) {
    start();
    auto client = connect();
    client.get("/big");
    const auto response = client.response();
    EXPECT_EQ(response.body.size(), 20'000'000U);
    client.get("/hello");
    EXPECT_EQ(client.response().status, 200U);
}

TEST_F(HttpServerTest, RefusesConnectionsAboveTheLimit) {
    options_.connections_max = 2;
    start();
    auto first = connect();
    auto second = connect();
    first.get("/");
    second.get("/");
    EXPECT_EQ(first.response().status, 200U);
    EXPECT_EQ(second.response().status, 200U);
    auto third = connect();
    EXPECT_EQ(third.response().status, 503U);
    EXPECT_EQ(server_->counters().refused_connections, 1U);
    first.close();
    for (unsigned status = 503; status == 503;) {  // Until the server has seen the end of `first`.
        auto again = connect();
        again.get("/");
        status = again.response().status;
        EXPECT_TRUE(status == 503 || status == 200) << status;
    }
}

TEST_F(HttpServerTest, StopsWithinASecondWhateverClientsDo) {
    options_.threads = 2;
    start();
    std::vector<HttpSocket> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(connect());
        clients.back().get("/wait");
        desk_.waiting.acquire();
        clients.push_back(connect());
        clients.back().get("/hand-over");
        desk_.waiting.acquire();
        clients.emplace_back(server_->address(), 4096);
        clients.back().get("/big");
        clients.push_back(connect());
        clients.back().send("GET /half");
        clients.push_back(connect());
    }
    EXPECT_LT(time_to_stop(), 1s);
    EXPECT_EQ(clients.front().response().body, "stopping") << "what waits is answered";
    EXPECT_TRUE(clients.back().ended());
}

TEST_F(HttpServerTest, SaysInOneLineWhyItCannotListen) {
    start();
    const auto fails = [this](const std::string& listen) {
        HttpServerOptions options;
        options.listen = listen;
        const auto server = HttpServer::start(
            options, clock_, [this](HttpLoop&) { return std::make_unique<TestHandler>(desk_); });
        return server ? std::string("started") : server.error().what;
    };
    EXPECT_EQ(fails(server_->address()),
              "address in use: " + server_->address() +
                  ": stop the other server or choose another port with --listen");
    EXPECT_EQ(fails("192.0.2.1:0"),
              "not an address of this machine: 192.0.2.1:0: correct --listen");
    EXPECT_EQ(fails("example.org:80"),
              "not an IP address to listen on: example.org:80: give an address of this machine, "
              "such as 127.0.0.1 or 0.0.0.0");
    EXPECT_EQ(fails("127.0.0.1"),
              "no port in the address to listen on: 127.0.0.1: write HOST:PORT");
    EXPECT_EQ(fails("127.0.0.1:99999"),
              "not a port: 127.0.0.1:99999: give a number from 0 to 65535 behind the last colon");
    EXPECT_EQ(fails("::1:80"),
              "ambiguous address to listen on: ::1:80: write an IPv6 address as [ADDRESS]:PORT");
}

TEST_F(HttpServerTest, ListensOnIpv6) {
    options_.listen = "[::1]:0";
    auto started = HttpServer::start(
        options_, clock_, [this](HttpLoop&) { return std::make_unique<TestHandler>(desk_); });
    if (!started) GTEST_SKIP() << "this machine has no IPv6 loopback: " << started.error().what;
    server_ = std::move(*started);
    EXPECT_TRUE(server_->address().starts_with("[::1]:"));
    auto client = connect();
    client.get("/six");
    EXPECT_EQ(client.response().body, "GET /six ");
}

std::ptrdiff_t entries_of(const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST_F(HttpServerTest, StartsAndStopsLeaveNothingBehind) {
    std::ptrdiff_t descriptors = 0;
    std::ptrdiff_t threads = 0;
    for (int i = 0; i < 200; ++i) {
        start();
        auto client = connect();
        client.get(i % 2 == 0 ? "/hello" : "/wait");
        if (i % 2 == 1) desk_.waiting.acquire();
        server_->stop();
        server_.reset();
        client.close();
        if (i == 20) {
            descriptors = entries_of("/proc/self/fd");
            threads = entries_of("/proc/self/task");
        }
    }
    EXPECT_EQ(entries_of("/proc/self/fd"), descriptors);
    // A thread that was waited for is listed a moment longer.
    EXPECT_TRUE(testing::wait_until(10s, [&] { return entries_of("/proc/self/task") <= threads; }));
}

}  // namespace
}  // namespace muster
