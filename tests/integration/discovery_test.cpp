// Discovery against the real things: files as editors and programs replace them, a real dnsmasq, a
// real etcd. What cannot be read removes nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "muster/io/discovery/discovery.hpp"
#include "muster/io/http/http_client.hpp"
#include "support/child_process.hpp"
#include "support/dns_server.hpp"
#include "support/free_port.hpp"
#include "support/http_muster.hpp"
#include "support/rude_server.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::ChildProcess;
using testing::DnsServer;
using testing::free_port;
using ::testing::HasSubstr;
using testing::HttpMuster;
using testing::kLongEnough;
using testing::RudePeer;
using testing::RudeServer;
using testing::TempDir;
using testing::wait_until;

/// An engine that tells how many requests run.
RudeServer::Manners engine_with(int running) {
    return [running](RudePeer& peer) {
        for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
            if (head.starts_with("GET /metrics ")) {
                peer.send_page(
                    "# TYPE vllm:num_requests_running gauge\n"
                    "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} " +
                    std::to_string(running) + ".0\n");
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    };
}

/// A muster whose workers one place names.
class Discovered : public HttpMuster {
public:
    explicit Discovered(const std::string& place, const std::string& dns = {})
        : HttpMuster(Nobody{}, NameResolverOptions{.servers = dns}) {
        auto parsed = parse_discovery_place(place);
        EXPECT_TRUE(parsed) << parsed.error().what;
        if (parsed) {
            discovery_ = Discovery::start(std::move(*parsed), source(), host().clock(), names());
        }
    }
    ~Discovered() { discovery_.reset(); }

    [[nodiscard]] bool comes(const std::string& id) {
        return wait_until(kPatience, [&] { return view()->find(id).has_value(); });
    }
    [[nodiscard]] bool leaves(const std::string& id) {
        return wait_until(kPatience, [&] { return view()->find_tombstone(id) != nullptr; });
    }
    [[nodiscard]] std::string reason_once(SourceState state) {
        (void)wait_until(kPatience, [&] { return view()->sources().at(0).state == state; });
        const SourceInfo source = view()->sources().at(0);
        return source.state == state ? source.reason : "(not in that state)";
    }

private:
    std::unique_ptr<Discovery> discovery_;
};

/// As programs do it: a new file, then renamed over the old one.
void replace(const TempDir& dir, const std::string& name, const std::string& text) {
    const std::string fresh = dir.write(name + ".new", text);
    std::filesystem::rename(fresh, dir.file(name));
}

TEST(FileDiscovery, NamesWorkersWithTheirLabelsAndFollowsTheFile) {
    const RudeServer a(engine_with(1));
    const RudeServer b(engine_with(2));
    const TempDir dir;
    const std::string here = "127.0.0.1:";
    dir.write("workers.json", R"([{"targets": [")" + here + std::to_string(a.port()) +
                                  R"("], "labels": {"zone": "west"}}])");
    Discovered muster("file:" + dir.file("workers.json"));
    ASSERT_TRUE(muster.sees(a.worker_id(), 1));
    const auto view = muster.view();
    EXPECT_EQ(view->identity(*view->find(a.worker_id())).labels, (Labels{{"zone", "west"}}));

    // Well before the file would be looked at anyway.
    const Time before = testing::steady_now();
    replace(dir, "workers.json",
            R"([{"targets": [")" + here + std::to_string(a.port()) +
                R"("], "labels": {"zone": "east"}}, {"targets": [")" + here +
                std::to_string(b.port()) + R"("]}])");
    ASSERT_TRUE(muster.sees(b.worker_id(), 2));
    EXPECT_LT(testing::steady_now() - before, 20s);
    const auto after = muster.view();
    EXPECT_EQ(after->identity(*after->find(a.worker_id())).labels, (Labels{{"zone", "east"}}));
    EXPECT_EQ(after->generation(*after->find(a.worker_id())), 1U) << "the same worker";
}

TEST(FileDiscovery, WhoIsTakenOutIsLostWithTheReason) {
    const RudeServer a(engine_with(1));
    const RudeServer b(engine_with(2));
    const TempDir dir;
    const std::string one = "- targets: ['127.0.0.1:" + std::to_string(a.port()) + "']\n";
    dir.write("workers.yml", one + "- targets: ['127.0.0.1:" + std::to_string(b.port()) + "']\n");
    Discovered muster("file:" + dir.file("workers.yml"));
    ASSERT_TRUE(muster.sees(b.worker_id(), 2));
    replace(dir, "workers.yml", one);
    ASSERT_TRUE(muster.leaves(b.worker_id()));
    EXPECT_EQ(muster.view()->find_tombstone(b.worker_id())->detail,
              "no longer listed by file:" + dir.file("workers.yml"));
    EXPECT_TRUE(muster.sees(a.worker_id(), 1));
}

TEST(FileDiscovery, ABrokenAnEmptyAndAMissingFileRemoveNobody) {
    const RudeServer a(engine_with(1));
    const TempDir dir;
    const std::string good = "- targets: ['127.0.0.1:" + std::to_string(a.port()) + "']\n";
    dir.write("workers.yml", good);
    Discovered muster("file:" + dir.file("workers.yml"));
    ASSERT_TRUE(muster.sees(a.worker_id(), 1));
    replace(dir, "workers.yml", "- targets: [127.0.0.1:1\n");
    EXPECT_THAT(muster.reason_once(SourceState::suspect), HasSubstr("correct the YAML or JSON"));
    replace(dir, "workers.yml", good);
    EXPECT_EQ(muster.reason_once(SourceState::connected), "");
    replace(dir, "workers.yml", "[]\n");
    EXPECT_THAT(muster.reason_once(SourceState::suspect), HasSubstr("nobody is listed any more"));
    replace(dir, "workers.yml", good);
    EXPECT_EQ(muster.reason_once(SourceState::connected), "");
    std::filesystem::remove(dir.file("workers.yml"));
    EXPECT_THAT(muster.reason_once(SourceState::suspect), HasSubstr("cannot read"));
    EXPECT_EQ(muster.state(a.worker_id()), WorkerState::fresh);
}

TEST(FileDiscovery, AFileThatIsNotThereYetIsSaidAndComesLater) {
    const RudeServer a(engine_with(1));
    const TempDir dir;
    Discovered muster("file:" + dir.file("workers.yml"));
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        return !view->sources().empty() && view->sources()[0].last_error.has_value();
    }));
    EXPECT_THAT(*muster.view()->sources()[0].last_error,
                HasSubstr("give a file that this user can read"));
    replace(dir, "workers.yml", "- targets: ['127.0.0.1:" + std::to_string(a.port()) + "']\n");
    EXPECT_TRUE(muster.sees(a.worker_id(), 1));
}

class DnsDiscovery : public ::testing::Test {
protected:
    void SetUp() override {
        if (!DnsServer::available()) {
            GTEST_SKIP()
                << "no /usr/sbin/dnsmasq here: install dnsmasq-base (tools/install_deps.sh "
                   "test)";
        }
    }
};

TEST_F(DnsDiscovery, EachAddressIsAWorkerAndAnOutageRemovesNobody) {
    const RudeServer engine(engine_with(4));
    const std::string port = std::to_string(engine.port());
    DnsServer dns("127.0.0.1 engines.lab\n");
    Discovered muster("dns:engines.lab:" + port, dns.address());
    ASSERT_TRUE(muster.sees(engine.worker_id(), 4));
    dns.set_hosts("127.0.0.1 engines.lab\n127.0.0.2 engines.lab\n");
    EXPECT_TRUE(muster.comes("http/127.0.0.2:" + port));
    dns.set_hosts("127.0.0.1 engines.lab\n");
    ASSERT_TRUE(muster.leaves("http/127.0.0.2:" + port));
    EXPECT_EQ(muster.view()->find_tombstone("http/127.0.0.2:" + port)->detail,
              "no longer listed by dns:engines.lab:" + port);
    dns.stop();
    EXPECT_THAT(muster.reason_once(SourceState::suspect),
                HasSubstr("not resolved: dns:engines.lab:" + port));
    EXPECT_EQ(muster.state(engine.worker_id()), WorkerState::fresh);
}

TEST_F(DnsDiscovery, ANameThatIsNotThereIsSaid) {
    const DnsServer dns("127.0.0.1 engines.lab\n");
    Discovered muster("dns:other.lab:8000", dns.address());
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        return !view->sources().empty() && view->sources()[0].last_error.has_value();
    }));
    EXPECT_EQ(*muster.view()->sources()[0].last_error,
              "not resolved: dns:other.lab:8000: no host of that name: correct the name, or ask "
              "the name servers");
}

TEST_F(DnsDiscovery, SrvNamesHostsAndPorts) {
    const RudeServer engine(engine_with(6));
    const std::string port = std::to_string(engine.port());
    DnsServer dns("127.0.0.1 gpu1.lab\n", {"_vllm._tcp.lab,gpu1.lab," + port});
    Discovered muster("srv:_vllm._tcp.lab", dns.address());
    EXPECT_TRUE(muster.sees("http/gpu1.lab:" + port, 6));
}

/// A real etcd.
class EtcdServer {
public:
    [[nodiscard]] static bool available() { return std::filesystem::exists("/usr/bin/etcd"); }
    EtcdServer() {
        const std::string peers = "http://127.0.0.1:" + std::to_string(free_port());
        child_.emplace(
            std::vector<std::string>{
                "/usr/bin/etcd", "--data-dir", dir_.file("data"), "--listen-client-urls", url(),
                "--advertise-client-urls", url(), "--listen-peer-urls", peers,
                "--initial-advertise-peer-urls", peers, "--initial-cluster", "default=" + peers},
            dir_.file("log"));
    }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    /// `key` and `value` in base64. True once it is so.
    [[nodiscard]] bool put(const std::string& key, const std::string& value) {
        return ask("/v3/kv/put", R"({"key":")" + key + R"(","value":")" + value + R"("})");
    }
    [[nodiscard]] bool remove(const std::string& key) {
        return ask("/v3/kv/deleterange", R"({"key":")" + key + R"("})");
    }
    void stop() { child_.reset(); }

private:
    bool ask(const std::string& target, const std::string& json) {
        HttpClient client(*parse_http_url(url()));
        return wait_until(kLongEnough, [&] {
            const auto answer =
                client.ask({.method = HttpMethod::post, .target = target, .json = json}, 2s);
            return answer && answer->status == 200;
        });
    }

    TempDir dir_;
    std::uint16_t port_ = free_port();
    std::optional<ChildProcess> child_;
};

std::string base64(const std::string& text) {
    static const std::string kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned word = 0;
    int bits = -6;
    for (const char letter : text) {
        word = (word << 8U) + static_cast<unsigned char>(letter);
        bits += 8;
        while (bits >= 0) {
            out += kDigits[(word >> static_cast<unsigned>(bits)) & 63U];
            bits -= 6;
        }
    }
    if (bits > -6) out += kDigits[((word << 8U) >> static_cast<unsigned>(bits + 8)) & 63U];
    while (out.size() % 4 != 0) out += '=';
    return out;
}

TEST(EtcdDiscovery, EachValueBelowThePrefixIsAWorker) {
    if (!EtcdServer::available()) {
        GTEST_SKIP() << "no /usr/bin/etcd here: install etcd-server (tools/install_deps.sh test)";
    }
    const RudeServer a(engine_with(1));
    const RudeServer b(engine_with(2));
    EtcdServer etcd;
    ASSERT_TRUE(etcd.put(base64("/muster/a"), base64(a.url())));
    ASSERT_TRUE(etcd.put(base64("/mustard/b"), base64("http://127.0.0.1:1")));
    const std::string place = "etcd:" + etcd.url() + "/muster/";
    Discovered muster(place);
    ASSERT_TRUE(muster.sees(a.worker_id(), 1));
    EXPECT_EQ(muster.view()->size(), 1U) << "the other key is not below the prefix";
    ASSERT_TRUE(etcd.put(base64("/muster/b"), base64(b.url())));
    ASSERT_TRUE(muster.sees(b.worker_id(), 2));
    ASSERT_TRUE(etcd.remove(base64("/muster/a")));
    ASSERT_TRUE(muster.leaves(a.worker_id()));
    EXPECT_EQ(muster.view()->find_tombstone(a.worker_id())->detail, "no longer listed by " + place);
    ASSERT_TRUE(etcd.put(base64("/muster/b"), base64(R"({"component":"backend"})")));
    EXPECT_THAT(muster.reason_once(SourceState::suspect),
                HasSubstr("no key there holds a URL such as http://HOST:8000 "
                          "(1 listed, the first: /muster/b)"));
    EXPECT_EQ(muster.state(b.worker_id()), WorkerState::fresh);
    ASSERT_TRUE(etcd.put(base64("/muster/b"), base64(b.url())));
    EXPECT_EQ(muster.reason_once(SourceState::connected), "");
    etcd.stop();
    EXPECT_THAT(muster.reason_once(SourceState::suspect), HasSubstr("is etcd running there?"));
    EXPECT_EQ(muster.state(b.worker_id()), WorkerState::fresh);
}

}  // namespace
}  // namespace muster
