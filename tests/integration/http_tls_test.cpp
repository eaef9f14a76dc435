// HTTPS over real sockets: our server and our client with each other, and each with what does not
// fit it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "muster/io/http/http_client.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "support/certificates.hpp"
#include "support/child_process.hpp"
#include "support/http_socket.hpp"
#include "support/view_builder.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using nlohmann::json;
using testing::CertificateAuthority;
using ::testing::HasSubstr;
using testing::HttpSocket;
using testing::kLongEnough;
using testing::load_of;
using ::testing::StartsWith;
using testing::steady_now;
using testing::TempDir;
using testing::ViewBuilder;
using testing::wait_until;
using namespace std::chrono_literals;

constexpr Duration kPatience = 10s;

class HttpTlsTest : public ::testing::Test {
protected:
    HttpTlsTest() {
        options_.http.listen = "127.0.0.1:0";
        options_.http.threads = 2;
        use(authority_.issue("DNS:localhost,IP:127.0.0.1"));
        ca_ = dir_.write("ca.pem", authority_.pem());
    }
    void use(const CertificateAuthority::Leaf& leaf) {
        options_.http.tls.certificate = dir_.write("cert.pem", leaf.certificate_pem);
        options_.http.tls.key = dir_.write("key.pem", leaf.key_pem);
    }
    void start() {
        auto started = FleetServer::start(cell_, clock_, wall_, "7f3a9c", options_);
        ASSERT_TRUE(started) << started.error().what;
        server_ = std::move(*started);
    }
    [[nodiscard]] std::string refusal() {
        auto started = FleetServer::start(cell_, clock_, wall_, "7f3a9c", options_);
        return started ? "it started" : started.error().what;
    }
    void publish(std::size_t workers) {
        ViewBuilder builder(clock_.now());
        builder.version(++version_);
        for (std::size_t i = 0; i < workers; ++i) {
            builder.add({.instance_id = 1000 + i, .load = load_of(i, 1, 10, 0.5)});
        }
        cell_.publish(builder.build());
    }
    [[nodiscard]] HttpUrl url(std::string host = "127.0.0.1") const {
        const std::string& address = server_->address();
        return {std::move(host), address.substr(address.rfind(':') + 1), "", true};
    }
    [[nodiscard]] HttpClient client(TlsClientFiles files) const {
        return HttpClient(url(), {.tls = std::move(files), .token = {}});
    }
    [[nodiscard]] HttpClient client() const {
        return client({.ca = ca_, .certificate = {}, .key = {}});
    }
    [[nodiscard]] Error failure(HttpClient asking) const {
        const auto answer = asking.get("/v1/fleet", kPatience);
        return answer ? Error{ErrorKind::internal, ErrorOrigin::self, "it answered"}
                      : answer.error();
    }

    TempDir dir_;
    CertificateAuthority authority_;
    std::string ca_;
    BootClock clock_;
    WallClock wall_{clock_};
    ViewCell cell_;
    FleetServerOptions options_;
    std::uint64_t version_ = 0;
    std::unique_ptr<FleetServer> server_;
};

TEST_F(HttpTlsTest, ServesTheViewAndKeepsTheConnection) {
    start();
    publish(3);
    HttpClient asking = client();
    for (int i = 0; i < 3; ++i) {
        const auto answer = asking.get("/v1/fleet", kPatience);
        ASSERT_TRUE(answer) << answer.error().what;
        EXPECT_EQ(json::parse(*answer->body)["workers"].size(), 3U);
    }
    EXPECT_EQ(server_->counters().connections, 1U);
    EXPECT_EQ(server_->counters().failed_handshakes, 0U);
    HttpClient by_name(url("localhost"),
                       {.tls = {.ca = ca_, .certificate = {}, .key = {}}, .token = {}});
    EXPECT_TRUE(by_name.get("/v1/fleet", kPatience));
}

TEST_F(HttpTlsTest, LargeAnswersComeWhole) {
    start();
    publish(5000);  // 2.7 MB: many records, and more than a socket takes at once.
    HttpClient asking = client();
    for (int i = 0; i < 3; ++i) {
        const auto answer = asking.get("/v1/fleet", kPatience);
        ASSERT_TRUE(answer) << answer.error().what;
        EXPECT_EQ(json::parse(*answer->body)["workers"].size(), 5000U);
    }
}

TEST_F(HttpTlsTest, OrdersHaveBodies) {
    start();
    publish(1);
    HttpClient asking = client();
    const auto answer = asking.ask({.method = HttpMethod::put,
                                    .target = "/v1/workers/dynamo%2Fbackend%2F1000/cordon",
                                    .json = "{\"why\": \"" + std::string(30'000, 'x') + "\"}"},
                                   kPatience);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->status, 501U) << "it was read whole: there is no collector here";
    const auto next = asking.get("/v1/fleet", kPatience);
    ASSERT_TRUE(next) << next.error().what;
    EXPECT_EQ(server_->counters().connections, 1U);
}

TEST_F(HttpTlsTest, ALongPollWaitsAndItsEndIsNoticed) {
    start();
    publish(1);
    HttpClient asking = client();
    std::jthread later([this] {
        (void)wait_until(kLongEnough, [&] { return server_->counters().requests >= 1; });
        publish(2);
    });
    const auto answer = asking.get("/v1/fleet?wait_version=1&timeout=60s", kPatience);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(json::parse(*answer->body)["version"], 2);
    EXPECT_FALSE(asking.get("/v1/fleet?wait_version=2&timeout=60s", 50ms)) << "it gives up";
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return server_->counters().open_connections == 0; }));
}

TEST_F(HttpTlsTest, AClientTrustsOnlyWhomItMay) {
    start();
    const Error stranger = failure(client({}));
    EXPECT_EQ(stranger.kind, ErrorKind::unsupported);
    EXPECT_THAT(stranger.what, StartsWith("its certificate is not trusted ("));
    const CertificateAuthority other;
    EXPECT_THAT(
        failure(client({.ca = dir_.write("other.pem", other.pem()), .certificate = {}, .key = {}}))
            .what,
        StartsWith("its certificate is not trusted ("));
    EXPECT_TRUE(
        wait_until(kLongEnough, [&] { return server_->counters().failed_handshakes == 2; }));
}

TEST_F(HttpTlsTest, TheNameMustBeTheCertificates) {
    use(authority_.issue("DNS:elsewhere.lab"));
    start();
    EXPECT_THAT(failure(client()).what, HasSubstr("IP address mismatch"));
    HttpClient by_name(url("localhost"),
                       {.tls = {.ca = ca_, .certificate = {}, .key = {}}, .token = {}});
    EXPECT_THAT(failure(std::move(by_name)).what, HasSubstr("hostname mismatch"));
}

TEST_F(HttpTlsTest, AnExpiredCertificateIsRefused) {
    use(authority_.issue("IP:127.0.0.1", true));
    start();
    EXPECT_THAT(failure(client()).what, HasSubstr("certificate has expired"));
}

TEST_F(HttpTlsTest, ClientsProveThemselvesWhereTheyMust) {
    options_.http.tls.client_ca = ca_;
    start();
    publish(1);
    const Error none = failure(client());
    EXPECT_EQ(none.what, "it asks for a certificate of ours");
    EXPECT_EQ(none.kind, ErrorKind::unsupported);
    const auto with = [&](const CertificateAuthority& by, const char* name) {
        const auto leaf = by.issue("DNS:client");
        return client({.ca = ca_,
                       .certificate = dir_.write(std::string(name) + ".pem", leaf.certificate_pem),
                       .key = dir_.write(std::string(name) + ".key", leaf.key_pem)});
    };
    const CertificateAuthority other;
    EXPECT_EQ(failure(with(other, "stranger")).what, "it does not trust our certificate");
    HttpClient known = with(authority_, "known");
    const auto answer = known.get("/v1/fleet", kPatience);
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->status, 200U);
}

TEST_F(HttpTlsTest, WhoSpeaksHttpToItIsToldSo) {
    start();
    HttpSocket plain(server_->address());
    plain.get("/v1/fleet");
    const auto answer = plain.response();
    EXPECT_EQ(answer.status, 400U);
    EXPECT_EQ(json::parse(answer.body)["type"], "/problems/tls-needed");
    EXPECT_EQ(json::parse(answer.body)["detail"], "this address speaks TLS: ask it with https://");
    EXPECT_TRUE(plain.ended());
    HttpSocket garbage(server_->address());
    garbage.send("\x16\x03\x01garbage that is no hello");
    garbage.finish_sending();
    EXPECT_TRUE(wait_until(kLongEnough, [&] { return server_->counters().open_connections == 0; }));
    EXPECT_EQ(server_->counters().failed_handshakes, 2U);
}

TEST_F(HttpTlsTest, AClientThatExpectsTlsSaysThatThereIsNone) {
    options_.http.tls = {};
    start();
    const Error error = failure(client());
    EXPECT_EQ(error.what, "it does not speak TLS");
    EXPECT_EQ(error.kind, ErrorKind::bad_input);
}

TEST_F(HttpTlsTest, ASilentClientIsSentAway) {
    options_.http.request_timeout = 200ms;
    start();
    HttpSocket silent(server_->address());
    ASSERT_TRUE(silent.connected());
    EXPECT_TRUE(silent.ended());
    EXPECT_EQ(server_->counters().timed_out, 1U);
}

TEST_F(HttpTlsTest, AStopEndsAllThatIsUnderWay) {
    start();
    publish(1);
    HttpSocket in_handshake(server_->address());
    std::jthread waiting([this] {
        HttpClient asking = client();
        const auto answer = asking.get("/v1/fleet?wait_version=1&timeout=60s", kPatience);
        EXPECT_TRUE(answer) << "it is answered at the stop: " << answer.error().what;
    });
    ASSERT_TRUE(wait_until(kLongEnough, [&] {
        return server_->counters().requests == 1 && server_->counters().open_connections == 2;
    }));
    const Time begin = steady_now();
    server_->stop();
    EXPECT_LT(steady_now() - begin, 1s);
}

TEST_F(HttpTlsTest, FilesThatDoNotFitAreNamed) {
    const TlsServerFiles good = options_.http.tls;
    const auto refusal_with = [&](TlsServerFiles files) {
        options_.http.tls = std::move(files);
        return refusal();
    };
    EXPECT_EQ(refusal_with({.certificate = good.certificate, .key = {}, .client_ca = {}}),
              "half of TLS: --tls-key: give --tls-cert and --tls-key together");
    EXPECT_EQ(refusal_with({.certificate = {}, .key = good.key, .client_ca = {}}),
              "half of TLS: --tls-cert: give --tls-cert and --tls-key together");
    EXPECT_EQ(refusal_with({.certificate = {}, .key = {}, .client_ca = ca_}),
              "half of TLS: --tls-cert and --tls-key: give --tls-cert and --tls-key together");
    EXPECT_EQ(refusal_with({.certificate = "/nowhere.pem", .key = good.key, .client_ca = {}}),
              "cannot read the certificate: /nowhere.pem: No such file or directory: give a PEM "
              "file with --tls-cert");
    EXPECT_THAT(refusal_with({.certificate = good.key, .key = good.key, .client_ca = {}}),
                StartsWith("cannot read the certificate: " + good.key + ": "));
    EXPECT_THAT(
        refusal_with({.certificate = good.certificate, .key = good.certificate, .client_ca = {}}),
        StartsWith("cannot read the key: " + good.certificate + ": "));
    const std::string other = dir_.write("other.key", authority_.issue("DNS:localhost").key_pem);
    EXPECT_EQ(refusal_with({.certificate = good.certificate, .key = other, .client_ca = {}}),
              "the key is not the certificate's: " + other + ": it is another than that of " +
                  good.certificate + ": give its PEM file with --tls-key");
    EXPECT_THAT(
        refusal_with({.certificate = good.certificate, .key = good.key, .client_ca = "/no"}),
        StartsWith("cannot read the clients' authority: /no: "));
    options_.http.tls = good;
    start();
    EXPECT_THAT(failure(client({.ca = "/no.pem", .certificate = {}, .key = {}})).what,
                StartsWith("cannot read the authority: /no.pem: "));
    EXPECT_THAT(failure(client({.ca = ca_, .certificate = good.certificate, .key = {}})).what,
                StartsWith("a certificate without its key"));
}

}  // namespace
}  // namespace muster
