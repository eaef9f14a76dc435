// The real binary with a configuration file: several brokers, SIGHUP, labels, expectations. Real
// nats-servers, simulated workers in this process; only loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "muster/sim/fleet.hpp"
#include "support/certificates.hpp"
#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Duration kDeadline = kLongEnough;

struct Broker {
    NatsServer server;
    std::unique_ptr<SimulatedFleet> workers;
    Broker(const std::string& name, std::uint32_t count, std::uint64_t seed) {
        SimulatedFleetOptions options;
        options.nats_url = server.url();
        options.component = {"dynamo", name};
        options.workers = count;
        options.seed = seed;
        auto started = SimulatedFleet::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        if (started) workers = std::move(*started);
    }
    [[nodiscard]] std::string section() const {
        return "[[nats]]\nurl = \"" + server.url() + "\"\n";
    }
};

// A `muster serve` with a file that a test may write again.
class Serve {
public:
    explicit Serve(const std::string& config, const std::string& flags = "")
        : port_(free_port()), file_(dir_.write("muster.toml", config)) {
        run_.emplace("serve --config '" + file_ + "' --listen 127.0.0.1:" + std::to_string(port_) +
                     flags);
        EXPECT_TRUE(run_->says("serving http://")) << run_->err();
    }
    void write(const std::string& config) { dir_.write("muster.toml", config); }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] json fleet() const {
        MusterCall get("get --output json --server " + url());
        return get.code() == 0 ? json::parse(get.out(), nullptr, false) : json();
    }
    [[nodiscard]] bool becomes(const std::function<bool(const json&)>& holds) const {
        return wait_until(kDeadline, [&] {
            const json now = fleet();
            return now.is_object() && holds(now);
        });
    }
    [[nodiscard]] const std::string& file() const { return file_; }
    MusterCall& run() { return *run_; }

private:
    TempDir dir_;
    std::uint16_t port_;
    std::string file_;
    std::optional<MusterCall> run_;
};

TEST(CliConfig, SeveralBrokersAreOneView) {
    const Broker west("west", 2, 1);
    const Broker east("east", 3, 2);
    const std::string config = west.section() + east.section() +
                               "name = \"east\"\n[labels]\n\"*/east\" = { zone = \"e\" }\n";
    Serve serve(config);
    EXPECT_TRUE(serve.becomes([](const json& f) { return f["workers"].size() == 5; }));
    const json fleet = serve.fleet();
    ASSERT_EQ(fleet["sources"].size(), 2U);
    EXPECT_EQ(fleet["sources"][0]["id"], "nats-1");
    EXPECT_EQ(fleet["sources"][1]["id"], "east");
    for (const json& worker : fleet["workers"]) {
        const bool is_east = worker["component"] == "dynamo/east";
        EXPECT_EQ(worker["source"], is_east ? "east" : "nats-1");
        EXPECT_EQ(worker["labels"], is_east ? json({{"zone", "e"}}) : json::object());
    }
    MusterCall chosen("get --output json --label zone=e --server " + serve.url());
    ASSERT_EQ(chosen.code(), 0) << chosen.err();
    EXPECT_EQ(json::parse(chosen.out())["workers"].size(), 3U);
    MusterCall wide("get --output wide --server " + serve.url());
    ASSERT_EQ(wide.code(), 0);
    EXPECT_THAT(wide.out(), HasSubstr("LABELS"));
    EXPECT_THAT(wide.out(), HasSubstr("zone=e"));
    MusterCall alone("get --output json --config '" + serve.file() + "'");
    ASSERT_EQ(alone.code(), 0) << alone.err();
    EXPECT_EQ(json::parse(alone.out())["workers"].size(), 5U) << "without a server, the same";
}

TEST(CliConfig, AFleetOfWhichABrokerIsAwayIsShownAndIsCodeThree) {
    const Broker west("west", 2, 1);
    const TempDir dir;
    const std::string port = std::to_string(free_port());
    const std::string file = dir.write(
        "muster.toml", west.section() + "[[nats]]\nurl = \"nats://127.0.0.1:" + port + "\"\n");
    MusterCall get("get --config '" + file + "'");
    EXPECT_EQ(get.code(), 3);
    EXPECT_THAT(get.out(), HasSubstr("nats-2 disconnected"));
    EXPECT_THAT(get.out(), HasSubstr("2 workers"));
    EXPECT_THAT(get.err(), HasSubstr("127.0.0.1:" + port));
    MusterCall learn("expect learn --config '" + file + "'");
    EXPECT_EQ(learn.code(), 3) << "half a fleet is not what there should be";
    EXPECT_THAT(learn.out(), IsEmpty());
}

TEST(CliConfig, SighupAppliesWhatItCanSaysWhatItCannotAndIgnoresABadFile) {
    const Broker west("west", 2, 1);
    Serve serve(west.section());
    ASSERT_TRUE(serve.becomes([](const json& f) { return f["workers"].size() == 2; }));
    const json before = serve.fleet();

    serve.write(west.section() +
                "[collection]\ninterval = \"1s\"\n[labels]\n\"*\" = { a = \"b\" }\n" +
                "[expect]\n\"dynamo/west\" = 3\n[[nats]]\nurl = \"nats://h\"\n");
    serve.run().send(SIGHUP);
    EXPECT_TRUE(
        serve.run().says("info [serve] configuration read again: applied collection.interval, "
                         "labels, expect; needs a "
                         "restart: nats[2]\n"))
        << serve.run().err();
    EXPECT_TRUE(serve.becomes([](const json& f) {
        return f["workers"].size() == 2 && f["workers"][0]["interval_ms"] == 1000 &&
               f["workers"][0]["labels"] == json({{"a", "b"}}) && f["expected"][0]["missing"] == 1;
    })) << serve.fleet();
    const json after = serve.fleet();
    EXPECT_EQ(after["epoch"], before["epoch"]);
    EXPECT_EQ(after["sources"].size(), 1U);
    EXPECT_EQ(after["sources"][0]["since"], before["sources"][0]["since"]) << "still connected";
    EXPECT_TRUE(
        serve.run().says("workers missing: component=dynamo/west detail=\"2 of 3, 1 missing"))
        << serve.run().err();

    serve.write("[collection]\ninterval = \"2s\"\npatiense = \"1s\"\n" + west.section());
    serve.run().send(SIGHUP);
    EXPECT_TRUE(
        serve.run().says("error [serve] configuration not read again, nothing is changed: "
                         "unknown key: " +
                         serve.file() + ":3:1: collection.patiense: did you mean patience?"))
        << serve.run().err();
    EXPECT_EQ(serve.fleet()["expected"].size(), 1U);
    EXPECT_EQ(serve.fleet()["workers"][0]["interval_ms"], 1000);

    serve.write(west.section() + "quiet = true\n");
    serve.run().send(SIGHUP);
    EXPECT_TRUE(serve.run().says("unknown key: " + serve.file() + ":3:1: nats.quiet"))
        << "a key below a section is that section's";
    serve.write("quiet = true\n" + west.section());
    serve.run().send(SIGHUP);
    EXPECT_TRUE(serve.run().says("applied collection.interval, quiet, labels, expect\n"))
        << serve.run().err();
    EXPECT_TRUE(serve.becomes([](const json& f) { return !f.contains("expected"); }));

    serve.run().send(SIGTERM);
    EXPECT_EQ(serve.run().code(), 0);
}

// Certificates and tokens are changed at night, by programs that send SIGHUP.
TEST(CliConfig, SighupTakesANewTokenAndCertificateAndKeepsTheOldOnesIfTheyAreNoGood) {
    const Broker west("west", 1, 1);
    const TempDir dir;
    const auto lay_out = [&dir](const CertificateAuthority& authority, const std::string& name,
                                const std::string& token) {
        const auto leaf = authority.issue("IP:127.0.0.1");
        dir.write("serve.pem", leaf.certificate_pem);
        dir.write("serve.key", leaf.key_pem);
        dir.write("serve.token", token + "\n");
        dir.write(name + ".ca", authority.pem());
        dir.write(name + ".token", token + "\n");
    };
    const CertificateAuthority before;
    const CertificateAuthority after;
    lay_out(before, "before", "s3cret-1");
    const std::string address = "127.0.0.1:" + std::to_string(free_port());
    MusterCall serve("serve --nats " + west.server.url() + " --listen " + address +
                     " --tls-cert '" + dir.file("serve.pem") + "' --tls-key '" +
                     dir.file("serve.key") + "' --auth-token-file '" + dir.file("serve.token") +
                     "'");
    ASSERT_TRUE(serve.says("serving https://")) << serve.err();
    const auto code_with = [&](const std::string& ca, const std::string& token) {
        MusterCall get("get --server https://" + address + " --server-ca '" + dir.file(ca + ".ca") +
                       "' --auth-token-file '" + dir.file(token + ".token") + "'");
        return get.code();
    };
    EXPECT_EQ(code_with("before", "before"), 0);

    lay_out(after, "after", "s3cret-2");
    serve.send(SIGHUP);
    ASSERT_TRUE(serve.says("configuration read again: applied the token, the certificate\n"))
        << serve.err();
    EXPECT_EQ(code_with("after", "after"), 0);
    EXPECT_NE(code_with("before", "after"), 0) << "its certificate is another's";
    EXPECT_NE(code_with("after", "before"), 0) << "a token that was replaced opens nothing";

    dir.write("serve.key", before.issue("IP:127.0.0.1").key_pem);
    dir.write("serve.token", "s3cret-3\n");
    serve.send(SIGHUP);
    ASSERT_TRUE(
        serve.says("configuration not read again, nothing is changed: the key is not the "
                   "certificate's: "))
        << serve.err();
    EXPECT_EQ(code_with("after", "after"), 0) << "neither of the two was taken";
    serve.send(SIGTERM);
    EXPECT_EQ(serve.code(), 0);
}

TEST(CliConfig, WithoutAFileSighupEndsServe) {
    const Broker west("west", 1, 1);
    MusterCall serve("serve --nats " + west.server.url() + " --listen 127.0.0.1:0");
    ASSERT_TRUE(serve.says("serving http://"));
    serve.send(SIGHUP);
    EXPECT_EQ(serve.code(), 0);
}

TEST(CliConfig, WhatIsExpectedIsLearntCheckedAndMissed) {
    Broker west("west", 4, 1);
    const TempDir dir;
    MusterCall learn("expect learn --nats " + west.server.url());
    ASSERT_EQ(learn.code(), 0) << learn.err();
    EXPECT_THAT(learn.out(), HasSubstr("[expect]\n\"dynamo/west\" = 4\n"));
    Serve serve(west.section() + "[collection]\nlost_after = \"1s\"\n" + learn.out());
    ASSERT_TRUE(serve.becomes([](const json& f) { return f["expected"][0]["missing"] == 0; }));
    MusterCall well("check --fleet --server " + serve.url());
    EXPECT_EQ(well.code(), 0) << well.out() << well.err();
    EXPECT_EQ(well.out(), "dynamo/west 4 of 4\n");

    ASSERT_TRUE(west.workers->set_fault(2, *parse_fault("dead"), kForever));
    ASSERT_TRUE(serve.becomes([](const json& f) { return f["expected"][0]["missing"] == 1; }))
        << serve.fleet();
    MusterCall missed("check --fleet --server " + serve.url());
    EXPECT_EQ(missed.code(), 1);
    EXPECT_THAT(missed.out(), HasSubstr("dynamo/west 3 of 4, 1 missing since "));
    EXPECT_THAT(missed.out(), HasSubstr("silent for"));
    MusterCall get("get --server " + serve.url());
    ASSERT_EQ(get.code(), 0);
    EXPECT_THAT(get.out().substr(0, get.out().find('\n')),
                HasSubstr("dynamo/west 3 of 4, 1 missing since "));
}

TEST(CliConfig, ACheckCollectsByItself) {
    const Broker west("west", 2, 1);
    const TempDir dir;
    const auto checked = [&](const std::string& expect, int code, const std::string& words) {
        const std::string file = dir.write("muster.toml", west.section() + expect);
        MusterCall check("check --fleet --config '" + file + "'");
        EXPECT_EQ(check.code(), code) << check.err();
        EXPECT_THAT(check.out() + check.err(), HasSubstr(words));
    };
    checked("[expect]\n\"dynamo/west\" = 2\n", 0, "dynamo/west 2 of 2\n");
    checked("[expect]\n\"dynamo/west\" = 5\n", 1, "dynamo/west 2 of 5, 3 missing since ");
    checked("[expect]\n\"no/body\" = 1\n", 1, "no/body 0 of 1, 1 missing since ");
    checked("", 2, "muster: nothing is expected: ");
}

TEST(CliConfig, WhatIsPrintedReadsBack) {
    const TempDir dir;
    const std::string file = dir.write(
        "muster.toml", "[nats]\nurl = \"nats://h\"\nuser = \"me\"\n[expect]\n\"a/b\" = 2\n");
    MusterCall first("serve --patience 1s --config '" + file + "' --print-config");
    ASSERT_EQ(first.code(), 0) << first.err();
    const std::string again = dir.write("again.toml", first.out());
    MusterCall second("serve --config '" + again + "' --print-config");
    ASSERT_EQ(second.code(), 0) << second.err();
    const std::string third_file = dir.write("again.toml", second.out());
    MusterCall third("serve --config '" + third_file + "' --print-config");
    ASSERT_EQ(third.code(), 0) << third.err();
    EXPECT_EQ(third.out(), second.out());
    EXPECT_THAT(third.out(), HasSubstr("patience = \"1s\""));
    EXPECT_THAT(third.out(), HasSubstr("\"a/b\" = 2"));
    MusterCall template_of("serve --print-config");
    EXPECT_EQ(template_of.code(), 0) << "a file to begin with";
}

}  // namespace
}  // namespace muster::testing
