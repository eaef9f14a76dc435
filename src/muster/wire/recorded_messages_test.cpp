// Recorded messages whose bytes no other test holds: pushed events in full, and who answers a ping
// or an info request of either subject.
#include <gmock/gmock.h>

#include "muster/wire/service_reply.hpp"
#include "muster/wire/strict_stats.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using testing::HasSubstr;
using testing_support::golden;

TEST(RecordedMessages, EventsValueForValue) {
    const auto event = [](const char* file) {
        const auto read = decode_load_event_strictly(golden(std::string("dynamo/0.5.1/") + file));
        EXPECT_TRUE(read) << file << ": " << read.error().what;
        return read.value_or(StrictLoadEvent{});
    };
    const auto waiting = event("kv_metrics.waiting-only.json");
    EXPECT_EQ(waiting.worker_id, 2228897019946644997U);
    EXPECT_EQ(waiting.data, (MetricsRecord{std::nullopt, 38, 1024, 5, 510, 1000, 0.0F, 0.0F, {}}));
    const auto back = event("kv_metrics.there-and-back.json");
    EXPECT_EQ(back.worker_id, 2228897019946644997U);
    EXPECT_EQ(back.data, (MetricsRecord{std::nullopt, 0, 1024, 6, 511, 2, 0.0F, 0.0F, {}}));
}

TEST(RecordedMessages, AnEventWithANanLosesThatFieldOnly) {
    const std::string bytes = golden("dynamo/0.6.1/kv_metrics.2.json");
    const auto strict = decode_load_event_strictly(bytes, {0, 6, 1});
    ASSERT_FALSE(strict);
    EXPECT_THAT(strict.error().what, HasSubstr("gpu_prefix_cache_hit_rate"));
    LoadEventParser parser;
    const auto event = parser.parse(bytes);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->worker_id, 2228897019946645335U);
    Load load;
    load.set_count(LoadField::running, 37);
    load.set_count(LoadField::slots, 256);
    load.set_count(LoadField::waiting, 4);
    load.set_count(LoadField::kv_active_blocks, 10235);
    load.set_count(LoadField::kv_total_blocks, 27814);
    load.set_fraction(LoadField::kv_usage, 0.10000000149011612);
    EXPECT_EQ(event->record.load, load);
    EXPECT_EQ(event->record.rank, 3U);
    ASSERT_TRUE(event->record.spec_decode);
    EXPECT_EQ(*event->record.spec_decode, (SpecDecodeStats{4, 100, 400, 260, {{90, 80}}}));
}

TEST(RecordedMessages, PingsOfEveryVersion) {
    struct Ping {
        std::string file, name, id, version;
    };
    ServiceReplyParser parser;
    for (const Ping& ping :
         {Ping{"0.2.1/ping.json", "lab_ver_0_2_1", "qu9GD7QcvGsfTWni5Wpby0", "0.0.1"},
          Ping{"0.3.2/ping.json", "lab_ver_0_3_2", "FgOuplkuPFBDCZugHbeZjE", "0.0.1"},
          Ping{"0.4.1/ping.json", "lab_ver_0_4_1", "kokpuB6spujw1EDoy3NBAY", "0.0.1"},
          Ping{"0.5.1/ping.unnamed.json", "lab_backend_x", "vorotsp4pBO4c7Kcx9l8R0", "0.0.1"},
          Ping{"1.6.1/ping.request-plane-nats.json", "lab_backend", "qcv68t5BmxvOpnGx3Ex2xu",
               "1.6.1"}}) {
        const std::string bytes = golden("dynamo/" + ping.file);
        const auto head = parser.parse_ping(bytes);
        ASSERT_TRUE(head) << ping.file;
        EXPECT_EQ(head->name, ping.name);
        EXPECT_EQ(head->id, ping.id);
        EXPECT_EQ(head->version, ping.version);
    }
}

TEST(RecordedMessages, AnUnnamedInfoRequestIsAnsweredAsANamedOne) {
    const std::string bytes = golden("dynamo/0.5.1/info.unnamed.json");
    ServiceReplyParser parser;
    const auto info = parser.parse_info(bytes);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->head.name, "lab_backend_x");
    EXPECT_EQ(info->head.id, "vorotsp4pBO4c7Kcx9l8R0");
    EXPECT_EQ(info->endpoints.size(), 3U);
    EXPECT_EQ(bytes, golden("dynamo/0.5.1/info.json"));
}

}  // namespace
}  // namespace muster
