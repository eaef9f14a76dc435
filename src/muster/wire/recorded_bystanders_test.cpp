// Recorded messages that are no loads: what passes on the subjects beside kv_metrics, and the
// pushed loads of releases that muster does not read. Who hands one to the reader of loads gets a
// reason, and nothing of it is taken. And conversations as they were on the wire, whose replies are
// read.
#include <gmock/gmock.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/service_reply.hpp"
#include "muster/wire/strict_stats.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;
using testing_support::golden;

struct Bystander {
    std::string file;
    std::string_view strict;  ///< Beginning of the reason.
    Rejection liberal;
};

std::vector<Bystander> bystanders() {
    constexpr Rejection kNoRecord{RejectReason::bad_metrics, "data"};
    constexpr Rejection kBinary{RejectReason::not_utf8, "payload"};
    std::vector<Bystander> all = {
        {"0.5.1/kv-hit-rate.json", "missing field `data`", kNoRecord},
        {"0.5.1/kv_event.stored-root-2blocks.json", "missing field `data`", kNoRecord},
        {"0.5.1/kv_event.stored-child.json", "missing field `data`", kNoRecord},
        {"0.5.1/kv_event.removed.json", "missing field `data`", kNoRecord}};
    for (const std::string version : {"0.1.1", "0.2.1", "0.3.2", "0.4.1", "0.6.1"}) {
        for (const char* event : {"/kv_event.stored.1.json", "/kv_event.removed.1.json"}) {
            all.push_back({version + event, "missing field `data`", kNoRecord});
        }
    }
    for (const std::string message :
         {"kv_metrics.1", "kv_metrics.2", "kv_metrics.3", "kv-events.1", "kv-events.2",
          "forward-pass-metrics.1", "forward-pass-metrics.2", "forward-pass-metrics.3"}) {
        all.push_back({"1.6.1/nats." + message + ".msgpack", "expected value", kBinary});
    }
    return all;
}

TEST(RecordedBystanders, NoneIsTakenForALoadAndEachIsGivenItsReason) {
    LoadEventParser parser;
    for (const Bystander& bystander : bystanders()) {
        const std::string bytes = golden("dynamo/" + bystander.file);
        const auto strict = decode_load_event_strictly(bytes, {0, 6, 1});
        ASSERT_FALSE(strict) << bystander.file;
        EXPECT_THAT(strict.error().what, StartsWith(std::string(bystander.strict)))
            << bystander.file;
        const auto liberal = parser.parse(bytes);
        ASSERT_FALSE(liberal) << bystander.file;
        EXPECT_EQ(liberal.error(), bystander.liberal) << bystander.file;
    }
}

TEST(RecordedBystanders, TheSubjectsWeHearAreThoseOfTheLoadsWeRead) {
    const auto ours = kv_metrics_subjects("lab");
    std::size_t heard = 0;
    for (const std::string version : {"0.1.1", "0.2.1", "0.3.2", "0.4.1", "0.6.1", "1.6.1"}) {
        std::istringstream lines(golden("dynamo/" + version + "/event-subjects.txt"));
        std::string message;
        std::string subject;
        std::size_t read = 0;
        for (; lines >> message >> subject; ++read) {
            const bool is_ours = std::ranges::find(ours, subject) != ours.end();
            EXPECT_EQ(is_ours, message.starts_with("kv_metrics.")) << version << ' ' << message;
            heard += is_ours ? 1 : 0;
        }
        EXPECT_GE(read, 2U) << version;
    }
    EXPECT_EQ(heard, 4U);
}

// --- conversations -------------------------------------------------------------------------------

/// The payloads of whole messages that `verb` announces to an inbox; the recording is cut at its
/// end, wherever that is.
std::vector<std::string> payloads(const std::string& stream, std::string_view verb) {
    std::vector<std::string> all;
    std::size_t at = 0;
    while (true) {
        const std::size_t end = stream.find("\r\n", at);
        if (end == std::string::npos) return all;
        const std::string line = stream.substr(at, end - at);
        at = end + 2;
        if (!line.starts_with("MSG ") && !line.starts_with("PUB ")) continue;
        std::size_t size = 0;
        const std::size_t number = line.rfind(' ') + 1;
        std::from_chars(line.data() + number, line.data() + line.size(), size);
        if (at + size + 2 > stream.size()) return all;
        if (line.starts_with(verb)) all.push_back(stream.substr(at, size));
        at += size + 2;
    }
}

TEST(RecordedBystanders, AWorkerAnswersBeforeItHasEndpoints) {
    const auto replies =
        payloads(golden("dynamo/0.5.1/rawstream.worker.client-to-server.head.txt"), "PUB _INBOX.");
    ASSERT_THAT(replies, SizeIs(3));
    ServiceReplyParser parser;
    const auto first = parser.parse_stats(replies[0]);
    ASSERT_TRUE(first);
    EXPECT_FALSE(first->offers_load);
    EXPECT_THAT(first->endpoints, SizeIs(0));
    EXPECT_EQ(first->instance_id, std::nullopt) << "nothing tells it yet";
    EXPECT_THAT(first->rejections, SizeIs(0));
    const auto strict = decode_service_strictly(replies[0]);
    ASSERT_TRUE(strict);
    EXPECT_THAT(strict->endpoints, SizeIs(0));

    const auto second = parser.parse_stats(replies[1]);
    ASSERT_TRUE(second);
    EXPECT_THAT(second->endpoints, SizeIs(3));
    EXPECT_EQ(second->instance_id, 0x1eeea207cad8b605U);
    ASSERT_TRUE(second->record);
    EXPECT_EQ(second->record->load.kv_total_blocks, 0U) << "nothing was published yet";
}

TEST(RecordedBystanders, WhatAnAggregatorWasToldOverOneConnection) {
    const auto messages = payloads(
        golden("dynamo/0.5.1/rawstream.aggregator.server-to-client.head.txt"), "MSG _INBOX.");
    ASSERT_THAT(messages, SizeIs(6));
    ServiceReplyParser parser;
    // The first is JetStream's answer to the client library.
    EXPECT_EQ(parser.parse_stats(messages[0]).error(),
              (Rejection{RejectReason::bad_service, "name"}));
    std::vector<std::optional<std::uint64_t>> live;
    std::vector<std::optional<std::uint64_t>> seed;
    for (std::size_t i = 1; i < messages.size(); ++i) {
        const auto reply = parser.parse_stats(messages[i]);
        ASSERT_TRUE(reply && reply->record) << i;
        live.push_back(reply->record->load.count(LoadField::kv_active_blocks));
        const auto strict = decode_service_strictly(messages[i]);
        ASSERT_TRUE(strict && strict->endpoints.size() == 3 && strict->endpoints[2].stats) << i;
        const auto record = decode_metrics_strictly(strict->endpoints[2].stats->data);
        seed.push_back(record ? std::optional(record->kv_active_blocks) : std::nullopt);
    }
    constexpr std::uint64_t kAboveADouble = 9'007'199'254'740'993;
    EXPECT_THAT(seed,
                ElementsAre(kAboveADouble, kAboveADouble, kAboveADouble, kAboveADouble, 100U));
    EXPECT_THAT(live, ElementsAre(std::nullopt, std::nullopt, std::nullopt, std::nullopt, 100U))
        << "above 2^53 is unknown";
}

}  // namespace
}  // namespace muster
