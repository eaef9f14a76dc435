// GET /metrics over a real socket: which form, packed or not, and what the answer says of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/http_socket.hpp"
#include "support/metrics_text.hpp"
#include "support/view_builder.hpp"

namespace muster {
namespace {

using testing::HttpSocket;
using ::testing::IsEmpty;
using testing::load_of;
using testing::read_metrics;
using testing::SocketResponse;
using testing::ViewBuilder;

class HttpMetricsTest : public ::testing::Test {
protected:
    HttpMetricsTest() {
        FleetServerOptions options;
        options.http.listen = "127.0.0.1:0";
        auto started = FleetServer::start(cell_, clock_, wall_, "7f3a9c", options);
        if (!started) throw std::runtime_error(started.error().what);
        server_ = std::move(*started);
    }
    void publish(std::size_t workers) {
        ViewBuilder builder(clock_.now());
        builder.version(++version_);
        for (std::size_t i = 0; i < workers; ++i) {
            builder.add({.instance_id = 1000 + i, .load = load_of(i, 1, 10, 0.5)});
        }
        cell_.publish(builder.build());
    }
    [[nodiscard]] SocketResponse ask(std::string_view target, std::string_view fields = {}) const {
        HttpSocket client(server_->address());
        client.get(target, fields);
        return client.response();
    }

    BootClock clock_;
    WallClock wall_{clock_};
    ViewCell cell_;
    std::uint64_t version_ = 0;
    std::unique_ptr<FleetServer> server_;  // Last: it reads all of the above.
};

std::string unpacked(const std::string& packed) {
    std::string text(64 << 20, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    return text;
}

TEST_F(HttpMetricsTest, TheFormIsTheOneThatIsAccepted) {
    publish(3);
    const auto text = ask("/metrics");
    EXPECT_EQ(text.status, 200U);
    EXPECT_EQ(text.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(text.field("Cache-Control"), "no-store");
    EXPECT_EQ(text.field("Vary"), "Accept, Accept-Encoding");
    EXPECT_EQ(text.field("Content-Encoding"), "");
    const auto page = read_metrics(text.body);
    EXPECT_THAT(page.complaints, IsEmpty());
    EXPECT_EQ(page.count("muster_worker_requests_running"), 3U);
    EXPECT_EQ(page.value("muster_view_version"), "1");
    EXPECT_NE(page.value("process_open_fds"), "");
    EXPECT_NE(page.value("process_start_time_seconds"), "");

    const auto open = ask("/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
    EXPECT_EQ(open.field("Content-Type"),
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_TRUE(read_metrics(open.body).ended);
    EXPECT_THAT(read_metrics(open.body).complaints, IsEmpty());
}

TEST_F(HttpMetricsTest, ThePageIsPackedWhenAsked) {
    publish(200);
    const auto packed = ask("/metrics", "Accept-Encoding: gzip\r\n");
    EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
    const auto page = read_metrics(unpacked(packed.body));
    EXPECT_THAT(page.complaints, IsEmpty());
    EXPECT_EQ(page.count("muster_worker_state", {{"state", "fresh"}}), 200U);
}

TEST_F(HttpMetricsTest, TheNewestViewIsShownEachTime) {
    EXPECT_EQ(read_metrics(ask("/metrics").body).value("muster_view_version"), "0");
    publish(1);
    EXPECT_EQ(read_metrics(ask("/metrics").body).value("muster_view_version"), "1");
    publish(2);
    EXPECT_EQ(read_metrics(ask("/metrics").body).count("muster_worker_generation"), 2U);
}

TEST_F(HttpMetricsTest, WhatItDoesNotUnderstandItSays) {
    EXPECT_EQ(ask("/metrics?name=x").status, 400U);
    HttpSocket client(server_->address());
    client.send("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    const auto refused = client.response();
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(refused.field("Allow"), "GET, HEAD");
}

}  // namespace
}  // namespace muster
