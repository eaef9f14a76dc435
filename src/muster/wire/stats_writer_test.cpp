// What we write as a worker is, byte for byte, what genuine workers sent; and it reads back.
#include "muster/wire/stats_writer.hpp"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "muster/wire/forward_pass_metrics.hpp"
#include "muster/wire/rfc3339.hpp"
#include "muster/wire/service_reply.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using testing_support::golden;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

const MetricsRecord kPublished{std::nullopt, 37, 256, 4, 10234, 27814, 0.36794418F, 0.4125F, {}};

SpecDecodeStats spec(std::vector<std::uint32_t> positions) {
    return {4, 100, 400, 260, std::move(positions)};
}

MetricsRecord ranked(std::vector<std::uint32_t> positions, float hit_rate) {
    return {3, 37, 256, 4, 10235, 27814, 0.1F, hit_rate, spec(std::move(positions))};
}

/// A recording: which worker it came from and the endpoints in the order it listed them.
struct Recording {
    DynamoRelease release;
    ComponentName name;
    std::string service_id;
    std::string started;
    std::optional<std::uint64_t> instance;
    std::vector<WrittenEndpoint> endpoints;

    [[nodiscard]] std::string service() const { return service_name(name, slug_rule_of(release)); }
    [[nodiscard]] WrittenService written(const std::string& service) const {
        return {release, service, service_id, *parse_rfc3339(started), instance, endpoints};
    }
    [[nodiscard]] std::string stats() const {
        std::string out;
        const std::string name_of_service = service();
        write_stats_reply(out, written(name_of_service));
        return out;
    }
};

WrittenEndpoint plain(std::string_view endpoint) {
    return {.endpoint = endpoint};
}
WrittenEndpoint with(const MetricsRecord& record) {
    return {.endpoint = kLoadEndpoint, .record = &record};
}

TEST(StatsWriter, FlatFormsByteForByte) {
    Recording worker{{0, 1, 1},
                     {"lab", "Ver_0_1_1"},
                     "pxItmuNMMoELoxNzLZkvIY",
                     "2026-11-23T09:58:46.620327931Z",
                     0x1eeea207cad8b712,
                     {with(kPublished), plain("generate")}};
    EXPECT_EQ(worker.stats(), golden("dynamo/0.1.1/stats.published.json"));
    const MetricsRecord zeros;
    worker.endpoints[0] = with(zeros);
    EXPECT_EQ(worker.stats(), golden("dynamo/0.1.1/stats.before-first-publish.json"));
    const MetricsRecord nan = ranked({90, 80}, kNan);
    worker.endpoints[0] = with(nan);
    EXPECT_EQ(worker.stats(), golden("dynamo/0.1.1/stats.rank-spec-nan.json"));

    const Recording later{{0, 2, 1},
                          {"lab", "Ver_0_2_1"},
                          "qu9GD7QcvGsfTWni5Wpby0",
                          "2026-11-23T09:59:04.045319954Z",
                          0x1eeea207cad8b71b,
                          {plain("generate"), with(kPublished)}};
    EXPECT_EQ(later.stats(), golden("dynamo/0.2.1/stats.published.json"));

    MetricsRecord rank_zero = kPublished;
    rank_zero.data_parallel_rank = 0;
    const Recording flat_ranked{{0, 3, 1},
                                {"lab", "X_0_3_1"},
                                "aHexEJr9CtAdbPpaRXNpS7",
                                "2026-11-23T10:03:12.77479088Z",
                                0x1eeea207cad8b788,
                                {plain("generate"), with(rank_zero)}};
    EXPECT_EQ(flat_ranked.stats(), golden("dynamo/0.3.1/stats.published.json"));
}

TEST(StatsWriter, NestedFormsWithSortedKeysByteForByte) {
    const MetricsRecord nan = ranked({90, 80}, kNan);
    const Recording first{{0, 3, 2},
                          {"lab", "Ver_0_3_2"},
                          "FgOuplkuPFBDCZugHbeZjE",
                          "2026-11-23T09:59:19.074868366Z",
                          0x1eeea207cad8b727,
                          {with(nan), plain("generate")}};
    EXPECT_EQ(first.stats(), golden("dynamo/0.3.2/stats.rank-spec-nan.json"));
    const Recording last{{0, 4, 1},
                         {"lab", "Ver_0_4_1"},
                         "kokpuB6spujw1EDoy3NBAY",
                         "2026-11-23T09:59:32.287124438Z",
                         0x1eeea207cad8b733,
                         {plain("generate"), with(kPublished)}};
    EXPECT_EQ(last.stats(), golden("dynamo/0.4.1/stats.published.json"));
}

Recording worker_051(const MetricsRecord& record) {
    return {{0, 5, 1},
            {"lab", "BackEnd_x"},
            "vorotsp4pBO4c7Kcx9l8R0",
            "2026-11-23T09:45:38.722199694Z",
            0x1eeea207cad8b605,
            {plain("clear_kv_blocks"), plain("generate"), with(record)}};
}

TEST(StatsWriter, NestedFormsAsDeclaredByteForByte) {
    const auto written = [](const MetricsRecord& record) { return worker_051(record).stats(); };
    EXPECT_EQ(written({}), golden("dynamo/0.5.1/stats.before-first-publish.json"));
    EXPECT_EQ(written(kPublished), golden("dynamo/0.5.1/stats.nested-no-rank-no-spec.json"));
    EXPECT_EQ(written(ranked({90, 80, 60, 30}, 0.4125F)),
              golden("dynamo/0.5.1/stats.nested-rank-spec.json"));
    EXPECT_EQ(written({std::nullopt, 1, 2, 5, 3, 4, 0.25F, kNan, SpecDecodeStats{}}),
              golden("dynamo/0.5.1/stats.nan-hit-spec-nulls.json"));
    EXPECT_EQ(written({std::nullopt, 1, 2, 5, 3, 4, kInfinity, -0.0F, {}}),
              golden("dynamo/0.5.1/stats.inf-usage-negzero-hit.json"));
    EXPECT_EQ(written({4294967295U,
                       ~0ULL,
                       0,
                       0,
                       9007199254740993U,
                       ~0ULL,
                       std::numeric_limits<float>::denorm_min(),
                       std::numeric_limits<float>::max(),
                       {}}),
              golden("dynamo/0.5.1/stats.extremes.json"));

    const MetricsRecord there_and_back{std::nullopt, 0, 1024, 6, 511, 2, 0.0F, 0.0F, {}};
    Recording busy = worker_051(there_and_back);
    busy.endpoints[1] = {"generate", 5, 0, 115032, 23006, "", nullptr, {}};
    busy.endpoints[2] = {kLoadEndpoint, 1, 0, 19199, 19199, "", &there_and_back, {}};
    EXPECT_EQ(busy.stats(), golden("dynamo/0.5.1/stats.after-5-generate-requests.json"));
}

TEST(StatsWriter, StaticAndLaterWorkersByteForByte) {
    const MetricsRecord zeros;
    const Recording fixed{{0, 5, 1},
                          {"lab", "stat"},
                          "7GDhdkk8rAp4o2MXGifTFK",
                          "2026-11-23T09:58:01.89741767Z",
                          std::nullopt,
                          {with(zeros), plain("generate")}};
    EXPECT_EQ(fixed.stats(), golden("dynamo/0.5.1/stats.static-worker.json"));
    const Recording without_load{{0, 6, 1},
                                 {"lab", "Ver_0_6_1"},
                                 "4sNEmuH5viHpuF4gFsoPUu",
                                 "2026-11-23T10:00:19.541237968Z",
                                 0x1eeea207cad8b757,
                                 {plain("generate")}};
    EXPECT_EQ(without_load.stats(), golden("dynamo/0.6.1/stats.published.json"));
    const Recording newest{{1, 6, 1},
                           {"lab", "backend"},
                           "qcv68t5BmxvOpnGx3Ex2xu",
                           "2026-11-23T10:13:09.759224135Z",
                           0x1eeea207cad8b7d8,
                           {plain("generate")}};
    EXPECT_EQ(newest.stats(), golden("dynamo/1.6.1/stats.request-plane-nats.json"));
}

TEST(StatsWriter, InfoAndPingByteForByte) {
    const MetricsRecord zeros;
    const auto check = [](const Recording& worker, const std::string& folder) {
        const std::string service = worker.service();
        std::string info;
        write_info_reply(info, worker.written(service), worker.name);
        EXPECT_EQ(info, golden(folder + "/info.json"));
        std::string ping;
        write_ping_reply(ping, worker.written(service));
        EXPECT_EQ(ping, golden(folder + "/ping.json"));
    };
    check(worker_051(zeros), "dynamo/0.5.1");
    check({{0, 1, 1},
           {"lab", "Ver_0_1_1"},
           "pxItmuNMMoELoxNzLZkvIY",
           "2026-11-23T09:58:46Z",
           0x1eeea207cad8b712,
           {with(zeros), plain("generate")}},
          "dynamo/0.1.1");
    check({{0, 6, 1},
           {"lab", "Ver_0_6_1"},
           "4sNEmuH5viHpuF4gFsoPUu",
           "2026-11-23T10:00:19Z",
           0x1eeea207cad8b757,
           {plain("generate")}},
          "dynamo/0.6.1");
}

TEST(StatsWriter, PushedEventsByteForByte) {
    const auto event = [](std::uint64_t worker, const MetricsRecord& record) {
        std::string out;
        write_load_event(out, worker, record);
        return out;
    };
    EXPECT_EQ(event(2228897019946645299, kPublished), golden("dynamo/0.4.1/kv_metrics.1.json"));
    EXPECT_EQ(event(2228897019946645299, ranked({90, 80}, kNan)),
              golden("dynamo/0.4.1/kv_metrics.2.json"));
    EXPECT_EQ(event(2228897019946645335, kPublished), golden("dynamo/0.6.1/kv_metrics.1.json"));
    EXPECT_EQ(event(2228897019946644997, {std::nullopt, 37, 1024, 4, 510, 999, 0.0F, 0.0F, {}}),
              golden("dynamo/0.5.1/kv_metrics.plain.json"));
    EXPECT_EQ(event(2228897019946644997, {2U, 38, 1024, 6, 511, 1000, 0.1F, 0.1F, spec({90, 80})}),
              golden("dynamo/0.5.1/kv_metrics.rank-spec.json"));
}

TEST(StatsWriter, FloatsAsSerdeJsonPrintsThem) {
    const auto as_double = [](double value) {
        std::string out;
        append_serde_double(out, value);
        return out;
    };
    const auto as_float = [](float value) {
        std::string out;
        append_serde_float(out, value);
        return out;
    };
    EXPECT_EQ(as_double(0.0), "0.0");
    EXPECT_EQ(as_double(-0.0), "-0.0");
    EXPECT_EQ(as_double(1.0), "1.0");
    EXPECT_EQ(as_double(-12.5), "-12.5");
    EXPECT_EQ(as_double(1e15), "1000000000000000.0");
    EXPECT_EQ(as_double(1e16), "1e16");
    EXPECT_EQ(as_double(1.5e16), "1.5e16");
    EXPECT_EQ(as_double(0.00001), "0.00001");
    EXPECT_EQ(as_double(0.000001), "1e-6");
    EXPECT_EQ(as_double(1.25e-7), "1.25e-7");
    EXPECT_EQ(as_double(1.7976931348623157e308), "1.7976931348623157e308");
    EXPECT_EQ(as_double(std::nan("")), "null");
    EXPECT_EQ(as_float(0.1F), "0.1");
    EXPECT_EQ(as_float(1e12F), "1000000000000.0");
    EXPECT_EQ(as_float(1e13F), "1e13");
    EXPECT_EQ(as_float(0.000001F), "0.000001");
    EXPECT_EQ(as_float(0.0000001F), "1e-7");
    EXPECT_EQ(as_float(kInfinity), "null");
}

// --- there and back ------------------------------------------------------------------------------

MetricsRecord arbitrary_record() {
    MetricsRecord record;
    const auto fraction = rc::gen::map(rc::gen::inRange(0, 1'000'001),
                                       [](int n) { return static_cast<float>(n) * 1e-6F; });
    const auto count = rc::gen::inRange<std::uint64_t>(0, (1ULL << 53) + 1);
    if (*rc::gen::arbitrary<bool>()) record.data_parallel_rank = *rc::gen::arbitrary<unsigned>();
    record.request_active_slots = *count;
    record.request_total_slots = *count;
    record.num_requests_waiting = *count;
    record.kv_active_blocks = *count;
    record.kv_total_blocks = *count;
    record.gpu_cache_usage_perc = *fraction;
    record.gpu_prefix_cache_hit_rate = *fraction;
    if (*rc::gen::arbitrary<bool>()) {
        record.spec_decode_stats = spec(*rc::gen::resize(
            20, rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<unsigned>())));
    }
    return record;
}

LoadRecord expected(const MetricsRecord& record, MetricsForm form) {
    LoadRecord out;
    out.load.set_count(LoadField::running, record.request_active_slots);
    out.load.set_count(LoadField::slots, record.request_total_slots);
    out.load.set_count(LoadField::waiting, record.num_requests_waiting);
    out.load.set_count(LoadField::kv_active_blocks, record.kv_active_blocks);
    out.load.set_count(LoadField::kv_total_blocks, record.kv_total_blocks);
    out.load.set_fraction(LoadField::kv_usage, static_cast<double>(record.gpu_cache_usage_perc));
    out.load.set_fraction(LoadField::prefix_hit_rate,
                          static_cast<double>(record.gpu_prefix_cache_hit_rate));
    if (form != MetricsForm::flat) out.rank = record.data_parallel_rank;
    if (form == MetricsForm::nested && record.spec_decode_stats) {
        out.spec_decode = std::make_shared<SpecDecodeStats>(*record.spec_decode_stats);
    }
    return out;
}

bool same(const LoadRecord& a, const LoadRecord& b) {
    const bool same_spec = a.spec_decode && b.spec_decode ? *a.spec_decode == *b.spec_decode
                                                          : a.spec_decode == b.spec_decode;
    return a.load == b.load && a.rank == b.rank && same_spec;
}

RC_GTEST_PROP(StatsWriter, EveryReleaseReadsBack, ()) {
    const auto release =
        *rc::gen::element(DynamoRelease{0, 1, 0}, DynamoRelease{0, 2, 1}, DynamoRelease{0, 3, 1},
                          DynamoRelease{0, 4, 0}, DynamoRelease{0, 5, 1}, DynamoRelease{0, 6, 0});
    const MetricsRecord record = arbitrary_record();
    const auto id = *rc::gen::arbitrary<std::uint64_t>();
    const std::vector<WrittenEndpoint> endpoints = {
        {.endpoint = "generate", .num_requests = id / 3}, with(record)};
    const std::string service = service_name({"ns", "Comp"}, slug_rule_of(release));
    std::string bytes;
    write_stats_reply(bytes, {release, service, "abc", WallTime{}, id, endpoints});

    ServiceReplyParser parser;
    const auto reply = parser.parse_stats(bytes);
    RC_ASSERT(reply.has_value());
    RC_ASSERT(reply->head.name == service);
    RC_ASSERT(reply->instance_id == id);
    RC_ASSERT(reply->started == 0);
    RC_ASSERT(reply->requests_total == id / 3);
    RC_ASSERT(reply->rejections.empty());
    RC_ASSERT(same(*reply->record, expected(record, metrics_form_of(release))));
}

RC_GTEST_PROP(StatsWriter, PulledAndPushedLoadsAreEqual, ()) {
    const MetricsRecord record = arbitrary_record();
    const auto id = *rc::gen::arbitrary<std::uint64_t>();
    std::string event;
    write_load_event(event, id, record);
    std::string pulled;
    write_metrics(pulled, record, {0, 5, 1});
    LoadEventParser events;
    LoadEventParser records;
    const auto push = events.parse(event);
    const auto pull = records.parse_record(pulled);
    RC_ASSERT(push.has_value());
    RC_ASSERT(pull.has_value());
    RC_ASSERT(push->worker_id == id);
    RC_ASSERT(same(push->record, pull->record));
    RC_ASSERT(same(push->record, expected(record, MetricsForm::nested)));
}

}  // namespace
}  // namespace muster
