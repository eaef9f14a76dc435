// HttpSource against servers that misbehave, each in its own way: every fault ends in a named
// trouble, with a sentence that says what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "muster/io/http/gzip.hpp"
#include "muster/io/http/http_server.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "support/certificates.hpp"
#include "support/child_process.hpp"
#include "support/http_muster.hpp"
#include "support/rude_server.hpp"
#include "support/vllm_page.hpp"

namespace muster {
namespace {

using testing::CertificateAuthority;
using ::testing::HasSubstr;
using testing::HttpMuster;
using testing::kPage;
using testing::named;
using testing::RudePeer;
using testing::RudeServer;
using testing::serve_vllm;
using testing::TempDir;
using testing::vllm_page;

struct Fault {
    const char* name;
    RudeServer::Manners manners;
    const char* kind;
    const char* words;
};

class HttpSourceFault : public ::testing::TestWithParam<Fault> {};

TEST_P(HttpSourceFault, IsNamedAndSaysWhatToDo) {
    const RudeServer engine(GetParam().manners);
    HttpMuster muster({engine.url()}, named());
    const std::string sentence = muster.waits_for(engine.worker_id(), GetParam().kind);
    EXPECT_THAT(sentence, HasSubstr(engine.url())) << muster.trouble_of(engine.worker_id());
    EXPECT_THAT(sentence, HasSubstr(GetParam().words));
    EXPECT_EQ(sentence.find('\n'), std::string::npos);
    EXPECT_FALSE(muster.running(engine.worker_id()));
}

void answer(RudePeer& peer, const std::string& head, const std::string& body) {
    std::string whole = head;
    whole.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
    whole.append(body);
    while (!peer.request().empty()) {
        if (!peer.send(whole)) return;
    }
}

std::string zipped(const std::string& text) {
    return *gzip(text);
}

const Fault kFaults[] = {
    {"reset",
     [](RudePeer& peer) {
         (void)peer.request();
         peer.reset();
     },
     "reset", "without an answer"},
    {"closes_without_a_word", [](RudePeer& peer) { (void)peer.request(); }, "reset",
     "look into the engine's log"},
    {"half_page",
     [](RudePeer& peer) {
         (void)peer.request();
         peer.send(
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50000\r\n\r\n# H");
     },
     "half_page", "after 3 of 50000 bytes"},
    {"endless_page",
     [](RudePeer& peer) {
         (void)peer.request();
         peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n");
         const std::string line(65536, '#');
         while (peer.send(line)) {
         }
     },
     "too_large", "above 8 MiB"},
    {"endless_chunks",
     [](RudePeer& peer) {
         (void)peer.request();
         peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
         const std::string chunk = "10000\r\n" + std::string(65536, '#') + "\r\n";
         while (peer.send(chunk)) {
         }
     },
     "too_large", "above 8 MiB"},
    {"gzip_bomb",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n",
                zipped(std::string(std::size_t{64} << 20, '#')));
     },
     "gzip_bomb", "unpacks to more than 8 MiB"},
    {"broken_gzip",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n",
                zipped(vllm_page(3)).substr(0, 40));
     },
     "bad_gzip", "does not unpack"},
    {"hangs", [](RudePeer& peer) { peer.hold(); }, "timeout", "not a byte within 5 s"},
    {"slow_drip",
     [](RudePeer& peer) {
         (void)peer.request();
         peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 50000\r\n\r\n");
         while (peer.send("#")) peer.pause_ms(50);
     },
     "slow_drip", "not whole within 5 s"},
    {"speaks_no_http", [](RudePeer& peer) { peer.send("SSH-2.0-OpenSSH_9.2\r\n"); }, "not_http",
     "correct the port"},
    {"is_a_port_of_events",  // ZeroMQ greets first.
     [](RudePeer& peer) {
         peer.send(std::string("\xFF\0\0\0\0\0\0\0\1\x7F\3", 11));
         peer.hold();
     },
     "not_http", "correct the port"},
    {"speaks_http2_only",
     [](RudePeer& peer) {
         peer.send(std::string("\0\0\6\4\0\0\0\0\0\0\4\0\0\xFF\xFF", 15));
         peer.hold();
     },
     "not_http", "correct the port"},
    {"not_found", [](RudePeer& peer) { answer(peer, "HTTP/1.1 404 Not Found\r\n", "nothing"); },
     "not_offered", "404"},
    {"unauthorized", [](RudePeer& peer) { answer(peer, "HTTP/1.1 401 Unauthorized\r\n", "{}"); },
     "unauthorized", "401"},
    {"redirect",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 302 Found\r\nLocation: https://login.example/\r\n", "");
     },
     "redirected", "https://login.example/"},
    {"wrong_content_type",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
                "<!DOCTYPE html><html><body>Welcome</body></html>");
     },
     "not_readable", "http://"},
    {"model_still_loading",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n",
                R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})");
     },
     "loading", "503"},
    {"starts_up",
     [](RudePeer& peer) {
         answer(peer, "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n", "starting");
     },
     "loading", "nothing to do but wait"},
};

INSTANTIATE_TEST_SUITE_P(All, HttpSourceFault, ::testing::ValuesIn(kFaults),
                         [](const auto& test) { return std::string(test.param.name); });

/// One engine behind TLS.
class TlsEngine {
public:
    explicit TlsEngine(const CertificateAuthority::Leaf& leaf) {
        HttpServerOptions options;
        options.listen = "127.0.0.1:0";
        options.tls = {.certificate = dir_.write("cert.pem", leaf.certificate_pem),
                       .key = dir_.write("key.pem", leaf.key_pem),
                       .client_ca = {}};
        auto started = HttpServer::start(options, clock_,
                                         [](HttpLoop&) { return std::make_unique<Handler>(); });
        if (started) server_ = std::move(*started);
    }
    [[nodiscard]] const std::string& address() const { return server_->address(); }
    [[nodiscard]] const TempDir& dir() const { return dir_; }

private:
    class Handler final : public HttpHandler {
    public:
        void handle(HttpRequest request, HttpReply reply) override {
            HttpResponse response;
            if (request.target == "/metrics") {
                response.content_type = kPage;
                response.body = std::make_shared<const std::string>(vllm_page(3));
            } else {
                response.status = 404;
            }
            reply.send(std::move(response));
        }
        void stopping() override {}
    };

    TempDir dir_;
    BootClock clock_;
    std::unique_ptr<HttpServer> server_;
};

TEST(HttpSourceTls, SpeaksTlsWithATrustedEngine) {
    const CertificateAuthority authority;
    const TlsEngine engine(authority.issue("IP:127.0.0.1"));
    HttpSourceOptions options = named();
    options.tls.ca = engine.dir().write("ca.pem", authority.pem());
    HttpMuster muster({"https://" + engine.address()}, std::move(options));
    EXPECT_TRUE(muster.sees("http/" + engine.address(), 3));
}

TEST(HttpSourceTls, TrustsNoCertificateByItself) {
    const CertificateAuthority authority;
    const TlsEngine engine(authority.issue("IP:127.0.0.1"));
    HttpMuster muster({"https://" + engine.address()}, named());
    EXPECT_THAT(muster.waits_for("http/" + engine.address(), "tls"),
                AllOf(HasSubstr("not trusted"), HasSubstr("--worker-tls-ca")));
}

TEST(HttpSourceTls, TrustsNoCertificateOfAnotherName) {
    const CertificateAuthority authority;
    const TlsEngine engine(authority.issue("DNS:elsewhere.example"));
    HttpSourceOptions options = named();
    options.tls.ca = engine.dir().write("ca.pem", authority.pem());
    HttpMuster muster({"https://" + engine.address()}, std::move(options));
    EXPECT_THAT(muster.waits_for("http/" + engine.address(), "tls"), HasSubstr("not trusted"));
}

TEST(HttpSourceTls, TlsToAnEngineThatSpeaksNoneIsSaid) {
    const RudeServer engine([](RudePeer& peer) { serve_vllm(peer, 1); });
    HttpMuster muster({"https://127.0.0.1:" + std::to_string(engine.port())}, named());
    EXPECT_THAT(muster.waits_for(engine.worker_id(), "tls"), HasSubstr("write http://"));
}

}  // namespace
}  // namespace muster
