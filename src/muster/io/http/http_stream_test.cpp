// Responses that go on, over real sockets: order, backpressure, and every way in which they end.
#include "muster/io/http/http_stream.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include "muster/io/http/http_server.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "support/http_socket.hpp"
#include "support/manual_clock.hpp"

namespace muster {
namespace {

using testing::HttpSocket;
using testing::ManualClock;
using namespace std::chrono_literals;

std::shared_ptr<const std::string> text(std::string value) {
    return std::make_shared<const std::string>(std::move(value));
}

/// What a test and its handler share. The stream itself is touched by tasks of the loop only.
struct Desk {
    HttpLoop* loop = nullptr;
    std::unique_ptr<HttpStream> stream;
    std::counting_semaphore<> begun{0};
    std::counting_semaphore<> ready{0};
    std::counting_semaphore<> gone{0};
    bool ends_on_stop = true;

    /// Runs `act` on the loop and waits for it.
    void on_loop(const std::function<void()>& act) {
        std::binary_semaphore done{0};
        ASSERT_TRUE(loop->post([&] {
            act();
            done.release();
        }));
        done.acquire();
    }
    [[nodiscard]] bool is_ready() {
        bool ready_now = false;
        on_loop([&] { ready_now = stream != nullptr && stream->ready(); });
        return ready_now;
    }
    void write(HttpPieces pieces) {
        on_loop([&] { stream->write(std::move(pieces)); });
    }
};

class StreamHandler final : public HttpHandler {
public:
    explicit StreamHandler(Desk& desk) : desk_(desk) {}
    ~StreamHandler() override { desk_.stream.reset(); }

    void handle(HttpRequest request, HttpReply reply) override {
        if (request.target == "/plain") {
            HttpResponse response;
            response.body = text("plain");
            reply.send(std::move(response));
            return;
        }
        HttpResponse head;
        head.content_type = "text/event-stream";
        desk_.stream = std::make_unique<HttpStream>(reply.stream(std::move(head)));
        desk_.stream->watch([this] { desk_.ready.release(); },
                            [this] {
                                desk_.stream.reset();
                                desk_.gone.release();
                            });
        desk_.begun.release();
    }
    void stopping() override {
        if (desk_.ends_on_stop && desk_.stream != nullptr) desk_.stream->end();
    }

private:
    Desk& desk_;
};

class HttpStreamTest : public ::testing::Test {
protected:
    void SetUp() override {
        HttpServerOptions options;
        options.listen = "127.0.0.1:0";
        options.stream_stall_timeout = 60s;
        auto started = HttpServer::start(options, clock_, [this](HttpLoop& loop) {
            desk_.loop = &loop;
            return std::make_unique<StreamHandler>(desk_);
        });
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    /// A client whose stream has begun.
    [[nodiscard]] HttpSocket begin(int receive_buffer = 0) {
        HttpSocket client(server_->address(), receive_buffer);
        client.get("/stream");
        desk_.begun.acquire();
        const auto head = client.response(true);
        EXPECT_EQ(head.status, 200U);
        EXPECT_EQ(head.field("Transfer-Encoding"), "chunked");
        EXPECT_EQ(head.field("Content-Length"), "");
        EXPECT_EQ(head.field("Content-Type"), "text/event-stream");
        return client;
    }
    /// Writes more than the kernel takes in for a client that does not read.
    void stall() {
        ASSERT_TRUE(desk_.is_ready());
        desk_.write({text(std::string(20'000'000, 'x'))});
        EXPECT_FALSE(desk_.is_ready()) << "a write is under way";
    }

    ManualClock clock_;
    Desk desk_;
    std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpStreamTest, WritesArriveInOrderAndTheConnectionGoesOnAfterwards) {
    auto client = begin();
    desk_.write({text("one")});
    EXPECT_EQ(client.chunk(), "one");
    ASSERT_TRUE(desk_.is_ready());
    desk_.write({text("t"), text("w"), text(""), text("o")});
    EXPECT_EQ(client.chunk(), "two");
    desk_.on_loop([&] { desk_.stream->end(); });
    EXPECT_EQ(client.chunk(), "");
    client.get("/plain");
    EXPECT_EQ(client.response().body, "plain");
    EXPECT_FALSE(desk_.ready.try_acquire()) << "only for writes that had to wait";
    EXPECT_FALSE(desk_.gone.try_acquire());
}

TEST_F(HttpStreamTest, ASlowReaderHoldsBackItsWriterOnly) {
    auto client = begin(4096);
    stall();
    HttpSocket other(server_->address());
    other.get("/plain");
    EXPECT_EQ(other.response().body, "plain");
    EXPECT_FALSE(desk_.ready.try_acquire());
    const auto chunk = client.chunk();
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->size(), 20'000'000U);
    desk_.ready.acquire();
    ASSERT_TRUE(desk_.is_ready());
    desk_.write({text("newest")});
    EXPECT_EQ(client.chunk(), "newest");
}

TEST_F(HttpStreamTest, AStalledReaderIsKeptForAWhileThenCutOff) {
    auto client = begin(4096);
    stall();
    clock_.advance(59s);
    EXPECT_FALSE(desk_.gone.try_acquire_for(300ms)) << "three looks at the deadlines";
    clock_.advance(2s);
    desk_.gone.acquire();
    EXPECT_EQ(server_->counters().timed_out, 1U);
}

TEST_F(HttpStreamTest, AQuietStreamHasNoDeadline) {
    auto client = begin();
    clock_.advance(24h);
    EXPECT_FALSE(desk_.gone.try_acquire_for(300ms));
    desk_.write({text("still here")});
    EXPECT_EQ(client.chunk(), "still here");
}

TEST_F(HttpStreamTest, AClientThatLeavesIsNoticed) {
    auto closed = begin();
    closed.close();
    desk_.gone.acquire();
    auto half = begin();
    half.finish_sending();
    desk_.gone.acquire();
    auto reset = begin(4096);
    stall();
    reset.reset();
    desk_.gone.acquire();
}

// The client may be gone while its stream is being written: the owner learns it afterwards.
TEST_F(HttpStreamTest, AFailingWriteDoesNotTakeTheStreamFromItsWriter) {
    auto client = begin();
    bool alive = false;
    desk_.on_loop([&] {
        client.reset();
        for (int i = 0; i < 1000 && desk_.stream->ready(); ++i) {
            desk_.stream->write({text(std::string(10'000, 'x'))});
        }
        alive = desk_.stream != nullptr;
    });
    EXPECT_TRUE(alive);
    desk_.gone.acquire();
    EXPECT_FALSE(desk_.is_ready());
}

TEST_F(HttpStreamTest, HeadGetsTheHeadAlone) {
    HttpSocket client(server_->address());
    client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(client.response(true).status, 200U);
    desk_.gone.acquire();
    client.get("/plain");
    EXPECT_EQ(client.response().body, "plain");
}

TEST_F(HttpStreamTest, AnOldClientGetsItUntilTheConnectionEnds) {
    HttpSocket client(server_->address());
    client.send("GET /stream HTTP/1.0\r\n\r\n");
    desk_.begun.acquire();
    const auto head = client.response(true);
    EXPECT_EQ(head.field("Transfer-Encoding"), "");
    EXPECT_EQ(head.field("Connection"), "close");
    desk_.write({text("5\r\nhello")});
    desk_.on_loop([&] { desk_.stream->end(); });
    EXPECT_EQ(client.chunk(), std::nullopt) << "no framing";
    EXPECT_TRUE(client.ended());
}

TEST_F(HttpStreamTest, PipelinedRequestsWaitForTheEnd) {
    auto client = begin();
    client.get("/plain");
    desk_.write({text("first")});
    EXPECT_EQ(client.chunk(), "first");
    desk_.on_loop([&] { desk_.stream->end(); });
    EXPECT_EQ(client.chunk(), "");
    EXPECT_EQ(client.response().body, "plain");
}

TEST_F(HttpStreamTest, AStopEndsStreamsWhetherTheirOwnersDoOrNot) {
    for (const bool ends : {true, false}) {
        if (server_ == nullptr) SetUp();
        desk_.ends_on_stop = ends;
        auto client = begin();
        desk_.write({text("last words")});
        const BootClock clock;
        const Time before = clock.now();
        server_->stop();
        EXPECT_LT(clock.now() - before, 1s);
        EXPECT_EQ(client.chunk(), "last words");
        EXPECT_EQ(client.chunk(), "");
        EXPECT_TRUE(client.ended());
        server_.reset();
    }
}

TEST_F(HttpStreamTest, AStopDoesNotWaitForAStalledReader) {
    auto client = begin(4096);
    stall();
    const BootClock clock;
    const Time before = clock.now();
    server_->stop();
    EXPECT_LT(clock.now() - before, 1s);
}

}  // namespace
}  // namespace muster
