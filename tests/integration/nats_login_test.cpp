// Every way to log in to a NATS server, against a real one: it works, and when it does not, the
// source says why and what to do, without a secret.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <csignal>

#include "muster/io/nats/nkey.hpp"
#include "support/certificates.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/tls_nats_server.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// nats.c reads and writes one TLS connection from two threads, under no common lock; when the
// connection ends, OpenSSL writes an alert from the reading one. Not ours to mend, and the
// connection is dead by then; everything of ours is still checked. When the process ends, libcrypto
// frees its locks while a thread of nats.c, which nobody can wait for, is still ending.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "race:libssl.so.3\nrace:CRYPTO_THREAD_lock_free\n";
}
#endif
#endif

namespace muster {
namespace {

using testing::CertificateAuthority;
using testing::kLoopback;
using testing::NatsMuster;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::TempDir;
using testing::TlsServer;

/// Connects and asks.
::testing::AssertionResult gets_through(NatsSourceOptions options) {
    NatsMuster muster(std::move(options));
    if (!muster.is(SourceState::connected)) {
        return ::testing::AssertionFailure() << muster.says("");
    }
    const bool asked = testing::wait_until(testing::kPatience, [&] {
        return muster.counters()->echoes.load() > 0 && muster.counters()->no_responders.load() > 0;
    });
    if (!asked) return ::testing::AssertionFailure() << "connected, but cannot ask";
    return ::testing::AssertionSuccess();
}

/// Does not connect, says `words` and never `secret`.
::testing::AssertionResult is_told(NatsSourceOptions options, const std::string& words,
                                   const std::string& secret = "s3cret") {
    NatsMuster muster(std::move(options));
    const std::string said = muster.says(words);
    const SourceInfo info = muster.source_info();
    if (said.find(words) == std::string::npos) {
        return ::testing::AssertionFailure() << "said: " << said;
    }
    if ((said + info.target + info.reason).find(secret) != std::string::npos) {
        return ::testing::AssertionFailure() << "told a secret: " << said << info.target;
    }
    if (info.state != SourceState::disconnected)
        return ::testing::AssertionFailure() << "connected";
    return ::testing::AssertionSuccess() << said;
}

TEST(NatsLogin, UserAndPassword) {
    const NatsServer server({.config = "authorization { user: me, password: s3cret }"});
    NatsSourceOptions options = options_for(server.url());
    EXPECT_TRUE(is_told(options, "the broker wants a login"));
    options.connect.user = "me";
    options.connect.password = "s3cret-wrong";
    EXPECT_TRUE(is_told(options, "check user and password"));
    options.connect.password = "s3cret";
    EXPECT_TRUE(gets_through(options));
    EXPECT_TRUE(gets_through(options_for(server.url("nats", "me:s3cret@127.0.0.1"))));
    EXPECT_TRUE(is_told(options_for(server.url("nats", "me:s3cret2@127.0.0.1")),
                        "check user and password"));
}

TEST(NatsLogin, Token) {
    const NatsServer server({.config = "authorization { token: s3cret }"});
    NatsSourceOptions options = options_for(server.url());
    options.connect.token = "s3cret-wrong";
    EXPECT_TRUE(is_told(options, "check the token"));
    options.connect.token = "s3cret";
    EXPECT_TRUE(gets_through(options));
}

TEST(NatsLogin, Nkey) {
    const TempDir dir;
    const NkeySeed seed{1, 2, 3};
    const NkeySeed other{4, 5, 6};
    const NatsServer server({.config = "authorization { users: [ { nkey: " +
                                       nkey_public(NkeyKind::user, seed) + " } ] }"});
    NatsSourceOptions options = options_for(server.url());
    const std::string wrong = nkey_seed_text(NkeyKind::user, other);
    options.connect.nkey_seed_file = dir.write("other.nk", wrong + "\n");
    EXPECT_TRUE(is_told(options, "check the nkey", wrong));
    options.connect.nkey_seed_file =
        dir.write("own.nk", nkey_seed_text(NkeyKind::user, seed) + "\n");
    EXPECT_TRUE(gets_through(options));
    options.connect.nkey_seed_file = dir.file("absent.nk");
    CollectorHost host;
    const auto refused = NatsSource::start(options, host.collector(), host.clock());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("absent.nk"), std::string::npos) << refused.error().what;
}

std::string base64url(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    return text;
}

/// A JWT as NATS wants it: who (`subject`) is what (`nats`), said by `issuer`.
std::string jwt(const NkeySeed& issuer, NkeyKind issuer_kind, const std::string& subject,
                const std::string& nats) {
    const std::string claims = R"({"jti":"test","iat":1700000000,"iss":")" +
                               nkey_public(issuer_kind, issuer) + R"(","name":"test","sub":")" +
                               subject + R"(","nats":)" + nats + "}";
    const std::string text =
        base64url(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." + base64url(claims);
    const auto signature = nkey_sign(issuer, text);
    return text + "." +
           base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

TEST(NatsLogin, CredentialsFile) {
    const NkeySeed op{1};
    const NkeySeed account{2};
    const NkeySeed user{3};
    const NkeySeed stranger{4};
    const std::string account_key = nkey_public(NkeyKind::account, account);
    const std::string limits =
        R"("limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,)"
        R"("conn":-1,"leaf":-1})";
    const std::string operator_jwt =
        jwt(op, NkeyKind::op, nkey_public(NkeyKind::op, op), R"({"type":"operator","version":2})");
    const std::string account_jwt =
        jwt(op, NkeyKind::op, account_key, R"({"type":"account","version":2,)" + limits + "}");
    const NatsServer server({.config = "operator: " + operator_jwt +
                                       "\nresolver: MEMORY\nresolver_preload: { " + account_key +
                                       ": " + account_jwt + " }"});
    const auto credentials = [&](const NkeySeed& issuer) {
        return "-----BEGIN NATS USER JWT-----\n" +
               jwt(issuer, NkeyKind::account, nkey_public(NkeyKind::user, user),
                   R"({"type":"user","version":2,"subs":-1,"data":-1,"payload":-1})") +
               "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" +
               nkey_seed_text(NkeyKind::user, user) + "\n------END USER NKEY SEED------\n";
    };
    const TempDir dir;
    NatsSourceOptions options = options_for(server.url());
    options.connect.creds_file = dir.write("stranger.creds", credentials(stranger));
    EXPECT_TRUE(
        is_told(options, "check the credentials file", nkey_seed_text(NkeyKind::user, user)));
    options.connect.creds_file = dir.write("own.creds", credentials(account));
    EXPECT_TRUE(gets_through(options));
}

TEST(NatsLogin, Tls) {
    const TlsServer tls(kLoopback, false, false);
    EXPECT_TRUE(gets_through(tls.options("localhost")));
    EXPECT_TRUE(gets_through(tls.options("127.0.0.1")));
    // Not asked for, but the broker speaks nothing else: its certificate is checked all the same.
    EXPECT_TRUE(is_told(options_for(tls.server->url()), "TLS fails (unable to get local issuer"));
    NatsSourceOptions options = tls.options();
    options.connect.servers = {tls.server->url()};
    EXPECT_TRUE(gets_through(options));
}

TEST(NatsLogin, TlsWhereTheServerHasNone) {
    const NatsServer server;
    EXPECT_TRUE(is_told(options_for(server.url("tls", "127.0.0.1")), "does not offer TLS"));
}

TEST(NatsLogin, TlsOfAWrongAuthority) {
    const TlsServer tls(kLoopback, false, false);
    const CertificateAuthority other;
    NatsSourceOptions options = tls.options();
    options.connect.tls_ca_file = tls.dir.write("other.pem", other.pem());
    EXPECT_TRUE(is_told(options, "TLS fails ("));
    options.connect.tls_ca_file.clear();  // The system's authorities do not know it either.
    EXPECT_TRUE(is_told(options, "TLS fails ("));
}

TEST(NatsLogin, TlsWithAnExpiredCertificate) {
    const TlsServer tls(kLoopback, true, false);
    EXPECT_TRUE(is_told(tls.options(), "certificate has expired"));
}

TEST(NatsLogin, TlsWithTheCertificateOfAnotherHost) {
    const TlsServer tls("DNS:elsewhere.example,IP:192.0.2.1", false, false);
    EXPECT_TRUE(is_told(tls.options("127.0.0.1"), "mismatch"));
    EXPECT_TRUE(is_told(tls.options("localhost"), "mismatch"));
}

TEST(NatsLogin, MutualTls) {
    const TlsServer tls(kLoopback, false, true);
    NatsSourceOptions options = tls.options();
    EXPECT_TRUE(is_told(options, "asks for a client certificate"));
    const auto own = tls.authority.issue("DNS:muster");
    options.connect.tls_cert_file = tls.dir.write("own.pem", own.certificate_pem);
    options.connect.tls_key_file = tls.dir.write("own.key", own.key_pem);
    EXPECT_TRUE(gets_through(options));
    const auto foreign = CertificateAuthority().issue("DNS:muster");
    options.connect.tls_cert_file = tls.dir.write("foreign.pem", foreign.certificate_pem);
    options.connect.tls_key_file = tls.dir.write("foreign.key", foreign.key_pem);
    EXPECT_TRUE(is_told(options, "does the broker trust our certificate"));
}

/// The subjects of docs/guide/nats.md, "Least permissions", and not one more.
std::string least_permissions(const std::string& publish_own_inbox) {
    return R"(authorization { users: [
      { user: workers, password: w, permissions: { publish: ">", subscribe: ">" } }
      { user: muster, password: s3cret, permissions: {
          publish: ["$SRV.STATS.lab_backend")" +
           publish_own_inbox + R"(]
          subscribe: ["_INBOX.>", "namespace.lab.kv_metrics"] } } ] })";
}

TEST(NatsLogin, LeastPermissionsAreEnough) {
    const NatsServer server({.config = least_permissions(R"(, "_INBOX.*.e.*")")});
    NatsWorkers workers({.url = server.url("nats", "workers:w@127.0.0.1")});
    NatsMuster muster(options_for(server.url("nats", "muster:s3cret@127.0.0.1")));
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
    workers.push(0, 222);
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 222));
    EXPECT_TRUE(testing::wait_until(testing::kPatience,
                                    [&] { return muster.counters()->echoes.load() >= 4; }));
    EXPECT_EQ(muster.counters()->permission_errors.load(), 0U);
    EXPECT_TRUE(muster.is(SourceState::connected));
}

TEST(NatsLogin, LeastPermissionsForFindingServices) {
    const NatsServer server({.config = R"(authorization { users: [
      { user: workers, password: w, permissions: { publish: ">", subscribe: ">" } }
      { user: muster, password: s3cret, permissions: {
          publish: ["$SRV.PING", "$SRV.INFO.>", "$SRV.STATS.*", "_INBOX.*.e.*"]
          subscribe: ["_INBOX.>", "namespace.*.kv_metrics"] } } ] })"});
    NatsWorkers workers({.url = server.url("nats", "workers:w@127.0.0.1")});
    NatsMuster muster(options_for(server.url("nats", "muster:s3cret@127.0.0.1"), {}));
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
    // Heard once the subscription, which the found component brought, has reached the server.
    std::uint64_t blocks = 200;
    EXPECT_TRUE(testing::wait_until(testing::kPatience, [&] {
        workers.push(0, ++blocks);
        return muster.counters()->pushes.load() > 0;
    }));
    EXPECT_EQ(muster.counters()->permission_errors.load(), 0U);
}

TEST(NatsLogin, NeitherADeadTlsConnectionNorOpeningTheLibraryTouchesSigpipe) {
    const auto before = std::signal(SIGPIPE, SIG_DFL);
    {
        const TlsServer tls(kLoopback, false, false);
        NatsMuster muster(tls.options());
        ASSERT_TRUE(muster.is(SourceState::connected));
        tls.server->kill();
        ASSERT_TRUE(muster.is(SourceState::disconnected));
    }
    EXPECT_EQ(std::signal(SIGPIPE, before), SIG_DFL);
}

TEST(NatsLogin, WhoMayNotWriteToItsOwnInboxIsAnsweredByPings) {
    const NatsServer server({.config = least_permissions("")});
    NatsWorkers workers({.url = server.url("nats", "workers:w@127.0.0.1")});
    NatsMuster muster(options_for(server.url("nats", "muster:s3cret@127.0.0.1")));
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
    EXPECT_TRUE(testing::wait_until(testing::kPatience,
                                    [&] { return muster.counters()->echoes.load() >= 8; }));
    EXPECT_TRUE(muster.is(SourceState::connected));
    EXPECT_GE(muster.counters()->permission_errors.load(), 1U);
    EXPECT_LE(muster.counters()->permission_errors.load(), 4U);
}

TEST(NatsLogin, WhatIsNotPermittedIsSaidAndCounted) {
    const NatsServer server({.config = R"(authorization { users: [
        { user: muster, password: s3cret, permissions: { publish: "_INBOX.>",
          subscribe: "_INBOX.>" } } ] })"});
    NatsMuster muster(options_for(server.url("nats", "muster:s3cret@127.0.0.1")));
    const std::string said = muster.says("not permitted");
    EXPECT_NE(said.find("docs/guide/nats.md"), std::string::npos) << said;
    EXPECT_EQ(said.find("s3cret"), std::string::npos) << said;
    EXPECT_TRUE(testing::wait_until(
        testing::kPatience, [&] { return muster.counters()->permission_errors.load() >= 2; }));
}

TEST(NatsLogin, AnInboxOfItsOwn) {
    const NatsServer server({.config = R"(authorization { users: [
        { user: muster, password: s3cret, permissions: { publish: ["$SRV.STATS.*", "own.box.>"],
          subscribe: ["own.box.>", "namespace.*.kv_metrics"] } } ] })"});
    NatsSourceOptions options = options_for(server.url("nats", "muster:s3cret@127.0.0.1"));
    options.inbox_prefix = "own.box";
    EXPECT_TRUE(gets_through(options));
}

TEST(NatsLogin, AServerThatIsNotThereOrIsNone) {
    EXPECT_TRUE(is_told(options_for("nats://127.0.0.1:1"), "connection refused"));
    EXPECT_TRUE(is_told(options_for("nats://no-such-host.invalid"), "no such host"));
}

TEST(NatsLogin, TheOtherServersOfAClusterAreTried) {
    const NatsServer server;
    NatsSourceOptions options = options_for("nats://127.0.0.1:1");
    options.connect.servers.push_back(server.url());
    EXPECT_TRUE(gets_through(options));
}

}  // namespace
}  // namespace muster
