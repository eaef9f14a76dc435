// Addresses, keys, reply subjects and the search for services: everything of io/nats that needs no
// broker.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "muster/io/nats/nats_options.hpp"
#include "muster/io/nats/nats_url.hpp"
#include "muster/io/nats/nkey.hpp"
#include "muster/io/nats/reply_subject.hpp"
#include "muster/io/nats/service_search.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

TEST(NatsUrl, UnderstandsWhatPeopleWrite) {
    const auto url = parse_nats_url("tls://me:s3cret@broker.example:4443/");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "broker.example");
    EXPECT_EQ(url->port, 4443);
    EXPECT_EQ(url->user, "me");
    EXPECT_EQ(url->password, "s3cret");
    EXPECT_EQ(url->shown(), "tls://broker.example:4443");
    EXPECT_EQ(parse_nats_url("nats://t0ken@h")->shown(), "nats://h:4222");
    EXPECT_EQ(parse_nats_url("localhost")->shown(), "nats://localhost:4222");
    EXPECT_EQ(parse_nats_url("nats://[::1]:4223")->shown(), "nats://[::1]:4223");
}

TEST(NatsUrl, RefusesTheRestWithoutRepeatingASecret) {
    for (const char* text : {"http://h:4222", "nats://", "nats://h:0", "nats://h:70000",
                             "nats://h:4222x", "nats://[::1", "nats://me:s3cret@h:no", "nats://a b",
                             "nats://h\n:1", "tls://[[]:2", "nats://h]:2"}) {
        const auto url = parse_nats_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().kind, ErrorKind::bad_input);
        EXPECT_EQ(url.error().what.find("s3cret"), std::string::npos);
    }
}

TEST(NatsOptions, AreCheckedBeforeAnythingIsTried) {
    const auto refused = [](auto change, std::string_view says) {
        NatsSourceOptions options;
        change(options);
        const auto checked = check(options);
        return !checked && checked.error().what.find(says) != std::string::npos;
    };
    EXPECT_TRUE(check(NatsSourceOptions{}));
    using Options = NatsSourceOptions;
    EXPECT_TRUE(refused([](Options& o) { o.connect.servers.clear(); }, "no NATS server"));
    EXPECT_TRUE(refused([](Options& o) { o.connect.token = o.connect.user = "x"; }, "several"));
    EXPECT_TRUE(refused([](Options& o) { o.connect.password = "x"; }, "without a user"));
    EXPECT_TRUE(refused([](Options& o) { o.connect.tls_cert_file = "x"; }, "half a certificate"));
    EXPECT_TRUE(refused([](Options& o) { o.inbox_prefix = "a.*"; }, "inbox prefix"));
    EXPECT_TRUE(refused([](Options& o) { o.inbox_prefix = ""; }, "inbox prefix"));
    EXPECT_TRUE(refused([](Options& o) { o.endpoint = "a.b"; }, "endpoint"));
    EXPECT_TRUE(refused([](Options& o) { o.components = {{"", "x"}}; }, ""));
}

TEST(NatsOptions, ATargetShowsNoSecret) {
    NatsConnectOptions options;
    options.servers = {"nats://u:p@a:1", "tls://t@b"};
    EXPECT_EQ(shown_target(options), "nats://a:1,tls://b:4222");
}

RC_GTEST_PROP(Nkey, ASeedReadsBackAsItWasWritten, (const NkeySeed& seed)) {
    const auto read = find_nkey_seed("# comment\n" + nkey_seed_text(NkeyKind::user, seed) + "\r\n");
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == seed);
}

TEST(Nkey, PublicKeysAreSpeltAsNatsSpellsThem) {
    const NkeySeed seed{1, 2, 3};
    EXPECT_EQ(nkey_public(NkeyKind::user, seed).size(), 56U);
    EXPECT_EQ(nkey_public(NkeyKind::user, seed).front(), 'U');
    EXPECT_EQ(nkey_public(NkeyKind::account, seed).front(), 'A');
    EXPECT_EQ(nkey_public(NkeyKind::op, seed).front(), 'O');
    EXPECT_TRUE(nkey_seed_text(NkeyKind::user, seed).starts_with("SU"));
}

TEST(Nkey, ASeedWithOneWrongLetterIsRefusedAndNotRepeated) {
    std::string text = nkey_seed_text(NkeyKind::user, NkeySeed{7});
    text[20] = text[20] == 'A' ? 'B' : 'A';
    const auto read = find_nkey_seed(text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what.find(text), std::string::npos);
    EXPECT_FALSE(find_nkey_seed("no seed here"));
    // Two bits of the last letter are behind the checksum.
    std::string spare = nkey_seed_text(NkeyKind::user, NkeySeed{7});
    const char last = spare.back();
    for (const char other : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")) {
        spare.back() = other;
        EXPECT_EQ(find_nkey_seed(spare).has_value(), other == last) << other;
    }
}

RC_GTEST_PROP(ReplySubject, ReadsBackAsItWasWritten, (std::uint32_t component, std::uint64_t n)) {
    for (const ReplyKind kind :
         {ReplyKind::stats, ReplyKind::echo, ReplyKind::ping, ReplyKind::info}) {
        ReplySubject reply{.kind = kind, .component = {}, .number = n};
        if (kind == ReplyKind::stats) reply.component.value = component;
        RC_ASSERT(parse_reply_subject("_INBOX.a", format_reply_subject("_INBOX.a", reply)) ==
                  std::optional(reply));
    }
}

TEST(ReplySubject, TakesNothingThatWeDidNotWrite) {
    for (const char* subject : {"",
                                "_INBOX.a",
                                "_INBOX.a.",
                                "_INBOX.a.s",
                                "_INBOX.a.s.",
                                "_INBOX.a.s.1",
                                "_INBOX.a.s.1.",
                                "_INBOX.a.s.1.2.3",
                                "_INBOX.a.s.01.2",
                                "_INBOX.a.s.1.02",
                                "_INBOX.a.s.-1.2",
                                "_INBOX.a.s.4294967296.1",
                                "_INBOX.a.e.18446744073709551616",
                                "_INBOX.a.x.1",
                                "_INBOX.b.e.1",
                                "_INBOX.a.e.1 ",
                                "_INBOX.a.e.0x1",
                                "_INBOX.a.p.1",
                                "_INBOX.a.i.1",
                                "_INBOX.a-search.e.1",
                                "_INBOX.a-search.s.1.2",
                                "_INBOX.a-search",
                                "_INBOX.a-searchp.1"}) {
        EXPECT_FALSE(parse_reply_subject("_INBOX.a", subject)) << subject;
    }
}

TEST(ReplySubject, ASearchHasABoxOfItsOwn) {
    EXPECT_EQ(questions_box("_INBOX.a"), "_INBOX.a.>");
    EXPECT_EQ(search_box("_INBOX.a"), "_INBOX.a-search.>");
    EXPECT_EQ(format_reply_subject("_INBOX.a", {ReplyKind::echo, {}, 7}), "_INBOX.a.e.7");
    EXPECT_EQ(format_reply_subject("_INBOX.a", {ReplyKind::info, {}, 7}), "_INBOX.a-search.i.7");
}

TEST(ReplySubject, InboxesCannotBeGuessed) {
    const std::string one = make_inbox("_INBOX");
    EXPECT_TRUE(one.starts_with("_INBOX."));
    EXPECT_EQ(one.size(), 7U + 32U);
    EXPECT_NE(one, make_inbox("_INBOX"));
}

constexpr Time kNow = Time{} + 1h;
constexpr std::string_view kDescription = "Dynamo component backend in namespace lab";

TEST(ServiceSearch, AsksEachServiceOnceWhatItIs) {
    ServiceSearch search;
    search.begin(kNow);
    EXPECT_EQ(search.on_ping("lab_backend", "id1", kNow), "$SRV.INFO.lab_backend.id1");
    EXPECT_FALSE(search.on_ping("lab_backend", "id1", kNow));
    const auto found = search.on_info("lab_backend", "id1", kDescription);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, (ComponentName{"lab", "backend"}));
    search.begin(kNow + 5s);
    EXPECT_FALSE(search.on_ping("lab_backend", "id1", kNow + 5s));
    // A second worker of a known component is new, its component is not.
    EXPECT_TRUE(search.on_ping("lab_backend", "id2", kNow + 5s));
    EXPECT_FALSE(search.on_info("lab_backend", "id2", kDescription));
}

TEST(ServiceSearch, AsksAgainWhoDidNotAnswer) {
    ServiceSearch search;
    EXPECT_TRUE(search.on_ping("lab_backend", "id1", kNow));
    search.begin(kNow + 5s);
    EXPECT_TRUE(search.on_ping("lab_backend", "id1", kNow + 5s));
}

TEST(ServiceSearch, WhatAnEarlierRunFoundIsNotFoundAgain) {
    ServiceSearch search;
    search.remember({"lab", "backend"}, "lab_backend");
    ASSERT_TRUE(search.on_ping("lab_backend", "id1", Time{}));
    EXPECT_FALSE(search.on_info("lab_backend", "id1", "Dynamo component backend in namespace lab"));
}

TEST(ServiceSearch, AReleaseThatSpellsARememberedServiceOtherwiseTakesItsPlaceOnce) {
    ServiceSearch search;
    const ComponentName name{"lab", "backend"};
    const std::string old = service_name(name, SlugRule::unique_underscore);
    search.remember(name, old);
    ASSERT_TRUE(search.on_ping("lab_backend", "id1", Time{}));
    const auto found =
        search.on_info("lab_backend", "id1", "Dynamo component backend in namespace lab");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->service, "lab_backend");
    ASSERT_TRUE(search.on_ping(old, "id2", Time{}));
    EXPECT_FALSE(search.on_info(old, "id2", "Dynamo component backend in namespace lab"));
    EXPECT_EQ(search.take_foreign(), std::vector{old});
}

TEST(KnownServices, AreThoseOfTheSameSourceByTheNameTheirWorkersHad) {
    RestoredFleet fleet;
    fleet.sources.push_back({"nats-1", "nats://h:4222"});
    const auto add = [&](const std::string& component, const std::string& address,
                         const std::string& source) {
        RestoredWorker& worker = fleet.workers.emplace_back();
        worker.identity.component = component;
        worker.identity.address = address;
        worker.source = source;
    };
    const ComponentName old{"lab", "old"};
    const std::string old_service = service_name(old, SlugRule::unique_underscore);
    add("lab/backend", "nats:lab_backend.load_metrics-1f", "nats-1");
    add("lab/backend", "nats:lab_backend.load_metrics-2f", "nats-1");
    add("lab/old", "nats:" + old_service + ".load_metrics-1", "nats-1");
    add("lab/pushes", "nats:namespace.lab.kv_metrics", "nats-1");
    add("lab/elsewhere", "nats:lab_elsewhere.load_metrics-1", "nats-2");
    add("no component", "nats:x.y", "nats-1");
    EXPECT_EQ(known_services(fleet, "nats-1", "nats://h:4222"),
              (std::vector<KnownService>{{{"lab", "backend"}, "lab_backend"},
                                         {old, old_service},
                                         {{"lab", "pushes"}, "lab_pushes"}}));
    EXPECT_TRUE(known_services(fleet, "nats-1", "nats://other:4222").empty());
}

TEST(ServiceSearch, ListsStrangersOnceAndIgnoresWhatNobodyAskedFor) {
    ServiceSearch search;
    EXPECT_FALSE(search.on_info("liar", "unasked", kDescription));
    EXPECT_TRUE(search.on_ping("weather", "w1", kNow));
    EXPECT_FALSE(search.on_info("weather", "w1", "Tells the weather"));
    // One that says it is Dynamo's, under a name that no release gives it.
    EXPECT_TRUE(search.on_ping("liar", "l1", kNow));
    EXPECT_FALSE(search.on_info("liar", "l1", kDescription));
    EXPECT_EQ(search.take_foreign(), (std::vector<std::string>{"liar", "weather"}));
    EXPECT_FALSE(search.take_foreign());
}

TEST(ServiceSearch, NamesThatWouldChangeTheSubjectAreNotAsked) {
    ServiceSearch search;
    for (const char* bad : {"", "a b", "a.b", "*", ">", "a\r\nPUB x 0"}) {
        EXPECT_FALSE(search.on_ping(bad, "id", kNow));
        EXPECT_FALSE(search.on_ping("service", bad, kNow));
    }
}

TEST(ServiceSearch, IsBoundedAndForgetsWhoLeft) {
    ServiceSearch search;
    for (std::size_t i = 0; i < ServiceSearch::kServicesMax; ++i) {
        ASSERT_TRUE(search.on_ping("s", "id" + std::to_string(i), kNow));
    }
    EXPECT_FALSE(search.on_ping("s", "one-more", kNow));
    search.begin(kNow + 61s);
    EXPECT_TRUE(search.on_ping("s", "one-more", kNow + 61s));
}

}  // namespace
}  // namespace muster
