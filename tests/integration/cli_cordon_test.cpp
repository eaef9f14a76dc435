// muster cordon and uncordon, as people type them, against a running `muster serve`: over http,
// over https with a token and certificates, and each way to fail in one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "muster/sim/fleet.hpp"
#include "support/certificates.hpp"
#include "support/free_port.hpp"
#include "support/muster_call.hpp"
#include "support/nats_server.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class CliCordonTest : public ::testing::Test {
protected:
    CliCordonTest() {
        SimulatedFleetOptions options;
        options.nats_url = broker_.url();
        auto started = SimulatedFleet::start(std::move(options));
        EXPECT_TRUE(started) << started.error().what;
        if (started) workers_ = std::move(*started);
    }
    /// A `muster serve` on a free port that sees the workers.
    void serve(const std::string& flags, const std::string& scheme, const std::string& get_flags) {
        const std::string at = "127.0.0.1:" + std::to_string(free_port());
        server_ = scheme + at;
        serve_ = std::make_unique<MusterCall>("serve --nats " + broker_.url() + " --listen " + at +
                                              ' ' + flags);
        ASSERT_TRUE(wait_until(kLongEnough, [&] {
            MusterCall get("get --output json --server " + server_ + ' ' + get_flags);
            if (get.code() != 0) return false;
            return nlohmann::json::parse(get.out())["workers"].size() == 3;
        })) << serve_->err();
    }
    [[nodiscard]] std::string id(std::uint32_t worker) const { return workers_->worker_id(worker); }
    void expect_failure(const std::string& arguments, int code, const std::string& sentence) const {
        MusterCall run(arguments + " --server " + server_);
        EXPECT_EQ(run.code(), code) << arguments;
        EXPECT_THAT(run.err(), StartsWith("muster: " + sentence)) << arguments;
        EXPECT_EQ(std::ranges::count(run.err(), '\n'), 1) << run.err();
        EXPECT_THAT(run.out(), IsEmpty()) << arguments;
    }

    NatsServer broker_;
    std::unique_ptr<SimulatedFleet> workers_;
    std::string server_;
    std::unique_ptr<MusterCall> serve_;
};

TEST_F(CliCordonTest, MarksAndFreesAWorker) {
    serve("", "http://", "");
    MusterCall cordon("cordon " + id(1) + " --why 'new driver' --by ada --server " + server_);
    ASSERT_EQ(cordon.code(), 0) << cordon.err();
    EXPECT_EQ(cordon.out(), id(1) + " cordoned: new driver (by ada)\n");
    MusterCall table("get --server " + server_);
    ASSERT_EQ(table.code(), 0) << table.err();
    EXPECT_THAT(table.out(), HasSubstr("cordoned " + id(1) + ' '));
    EXPECT_THAT(table.out(), HasSubstr(" ago by ada: new driver\n"));
    MusterCall one("get --output json " + id(1) + " --server " + server_);
    ASSERT_EQ(one.code(), 0) << one.err();
    EXPECT_EQ(nlohmann::json::parse(one.out())["cordon"]["why"], "new driver");
    EXPECT_TRUE(wait_until(kLongEnough, [&] {
        return serve_->err().find("flag raised: worker=" + id(1) +
                                  " detail=\"cordoned: new driver (by ada)\"") != std::string::npos;
    })) << serve_->err();

    MusterCall uncordon("uncordon " + id(1) + " --by bob --server " + server_);
    ASSERT_EQ(uncordon.code(), 0) << uncordon.err();
    EXPECT_EQ(uncordon.out(), id(1) + " uncordoned (by bob)\n");
    EXPECT_TRUE(wait_until(kLongEnough, [&] {
        return serve_->err().find("flag cleared: worker=" + id(1) +
                                  " detail=\"cordoned: by bob\"") != std::string::npos;
    })) << serve_->err();
    expect_failure("uncordon " + id(1), 1, "not cordoned: " + id(1) + ": ");
    expect_failure("cordon " + id(1) + "0 --why x", 1,
                   "unknown worker: " + id(1) + "0: did you mean " + id(1) + "?");
    // Without a name it is the user's own.
    MusterCall plain("cordon " + id(0) + " --why fan --server " + server_);
    ASSERT_EQ(plain.code(), 0) << plain.err();
    EXPECT_THAT(plain.out(), StartsWith(id(0) + " cordoned: fan"));
}

TEST_F(CliCordonTest, ThroughTlsWithATokenAndCertificates) {
    const TempDir files;
    const CertificateAuthority authority;
    const auto own = authority.issue("IP:127.0.0.1");
    const auto client = authority.issue("DNS:operator");
    const std::string ca = files.write("ca.pem", authority.pem());
    const std::string token = files.write("token", "s3cret\n");
    const std::string access = "--server-ca " + ca + " --server-cert " +
                               files.write("client.pem", client.certificate_pem) +
                               " --server-key " + files.write("client.key", client.key_pem);
    serve("--tls-cert " + files.write("own.pem", own.certificate_pem) + " --tls-key " +
              files.write("own.key", own.key_pem) + " --tls-client-ca " + ca +
              " --auth-token-file " + token,
          "https://", access);
    EXPECT_THAT(serve_->err(), HasSubstr("serving https://"));
    const std::string order = "cordon " + id(1) + " --why x --server " + server_ + ' ';
    MusterCall with_file(order + access + " --auth-token-file " + token);
    EXPECT_EQ(with_file.code(), 0) << with_file.err();
    MusterCall with_variable(order + access, "MUSTER_AUTH_TOKEN=s3cret");
    EXPECT_EQ(with_variable.code(), 0) << with_variable.err();
    MusterCall wrong(order + access, "MUSTER_AUTH_TOKEN=wrong");
    EXPECT_EQ(wrong.code(), 3);
    EXPECT_THAT(wrong.err(), HasSubstr("wrong token: "));
    EXPECT_THAT(wrong.err(), HasSubstr("--auth-token-file"));
    EXPECT_EQ(wrong.err().find("wrong\n"), std::string::npos) << "no secret is printed";

    expect_failure("get --server-ca " + ca, 3,
                   "cannot reach the server: " + server_ + ": it asks for a certificate of ours: ");
    expect_failure("get", 3,
                   "cannot reach the server: " + server_ + ": its certificate is not trusted (");
    const std::string plain = "http://" + server_.substr(std::string("https://").size());
    MusterCall without_tls("get --server " + plain);
    EXPECT_EQ(without_tls.code(), 3);
    EXPECT_THAT(without_tls.err(), HasSubstr("this address speaks TLS: ask it with https://"));
}

TEST_F(CliCordonTest, WrongUseIsSaidBeforeAnythingIsAsked) {
    server_ = "http://127.0.0.1:" + std::to_string(free_port());
    expect_failure("cordon w", 2, "no reason: muster cordon: say it with --why TEXT");
    expect_failure("cordon --why x", 2, "no worker: muster cordon: name one by its id");
    expect_failure("cordon w --why ''", 2, "not a reason: --why: empty");
    expect_failure("uncordon w --by \"$(printf 'a\\nb')\"", 2,
                   "not a name: --by: holds a line end");
    expect_failure("cordon w --why x --server-cert /c", 2, "half of a certificate: --server-key: ");
    expect_failure("cordon w --why x --auth-token-file /nowhere", 2,
                   "cannot read a secret: /nowhere: ");
    expect_failure("cordon w --why x", 3,
                   "cannot reach the server: " + server_ +
                       ": connection refused: start `muster serve`, or name its address with "
                       "--server\n");
    server_ = "https" + server_.substr(4);
    expect_failure("get --server-ca /no.pem", 3,
                   "cannot reach the server: " + server_ +
                       ": cannot read the authority: /no.pem: No such file or directory: ");
}

TEST_F(CliCordonTest, ServeRefusesWhatDoesNotFitTogether) {
    const TempDir files;
    const auto refusal = [&](const std::string& flags) {
        MusterCall run("serve --listen 127.0.0.1:0 --nats " + broker_.url() + ' ' + flags);
        EXPECT_EQ(run.code(), 2) << flags;
        return run.err();
    };
    EXPECT_EQ(refusal("--tls-cert /c.pem"),
              "muster: half of TLS: --tls-key: give --tls-cert and --tls-key together\n");
    EXPECT_EQ(refusal("--tls-cert /c.pem --tls-key /k.pem"),
              "muster: cannot read the certificate: /c.pem: No such file or directory: give a PEM "
              "file with --tls-cert\n");
    EXPECT_EQ(refusal("--cors-origin board.lab"),
              "muster: not an origin: --cors-origin board.lab: an origin is SCHEME://HOST[:PORT] "
              "without a path, or *\n");
    const std::string token = files.write("token", "two words\n");
    EXPECT_EQ(
        refusal("--auth-token-file " + token),
        "muster: not a token: " + token + ": a token is one word of letters, digits and signs\n");
}

}  // namespace
}  // namespace muster::testing
