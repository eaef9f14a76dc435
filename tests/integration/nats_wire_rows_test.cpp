// Every failing row of the wire's decoding rules at once, on a real nats-server: one worker for
// each says something that the seed's strict reading refuses, whole or in part. muster takes what
// is good, names what is not, keeps every worker, and no other worker notices.
#include <gmock/gmock.h>

#include <functional>
#include <set>
#include <vector>

#include "watched_faults.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::kPatience;
using testing::kWorkers;
using testing::NatsWorkers;
using testing::steady_now;
using ::testing::UnorderedElementsAreArray;
using testing::wait_until;

constexpr std::uint64_t kRowId = 0x9000;
constexpr std::uint64_t kSpoiledBlocks = 5'000;

/// What muster shows of it: the new load without these fields; or still the load of before.
const std::string kAll;
const std::string kOld = "old";

struct Row {
    std::string name;
    std::function<std::string(const std::string&)> spoil;
    std::string unknown = kAll;
    bool seed_lists = false;
};

std::function<std::string(const std::string&)> put(const std::string& what, const std::string& by) {
    return [what, by](const std::string& honest) {
        // The load endpoint is the last of the three, and its record the last of its fields.
        std::string text = honest;
        const std::size_t at = text.rfind(what);
        if (at == std::string::npos) throw std::runtime_error(what + " is not in " + text);
        return text.replace(at, what.size(), by);
    };
}
std::function<std::string(const std::string&)> bytes(const std::string& text) {
    return [text](const std::string&) { return text; };
}
/// The first one: of the service, not of an endpoint.
std::function<std::string(const std::string&)> without_service_field(const std::string& key) {
    return [key](const std::string& honest) {
        std::string text = honest;
        return text.replace(text.find('"' + key + '"'), key.size() + 2, "\"x\"");
    };
}
/// From the load endpoint's end `from` to its end: one member, which `by` replaces.
std::function<std::string(const std::string&)> put_record(const std::string& record) {
    return [record](const std::string& honest) {
        const std::size_t begin = honest.find("{\"worker_stats\"");
        const std::size_t end = honest.rfind(",\"queue_group\"");
        return honest.substr(0, begin) + record + honest.substr(end);
    };
}

std::vector<Row> endpoint_rows() {
    const auto only_name_and_subject = [](const std::string& honest) {
        return honest.substr(0, honest.rfind(",\"num_requests\"")) + "}]}";
    };
    return {
        {"data null", put_record("null"), kOld},
        {"data missing", put("\"data\"", "\"x\""), kOld},
        {"average 1.5", put("average_processing_time\":0", "average_processing_time\":1.5")},
        {"average 0.0", put("average_processing_time\":0", "average_processing_time\":0.0")},
        {"last_error missing", put("\"last_error\"", "\"x\"")},
        {"last_error null", put("\"last_error\":\"\"", "\"last_error\":null")},
        {"queue_group missing", put("\"queue_group\"", "\"x\"")},
        {"num_requests missing", put("\"num_requests\"", "\"x\"")},
        {"num_errors negative", put("\"num_errors\":0", "\"num_errors\":-1")},
        {"only name and subject", only_name_and_subject, kOld},
        {"a key of the group twice", put("\"num_errors\":0", "\"num_errors\":0,\"num_errors\":0")},
        {"subject missing", put("\"subject\"", "\"x\""), kOld},
        {"subject null", put("\"subject\":", "\"subject\":null,\"x\":"), kOld},
        {"endpoint's name missing", put("\"name\"", "\"x\"")},
        {"endpoints null", put("\"endpoints\":[", "\"endpoints\":null,\"x\":["), kOld},
        {"endpoints missing", without_service_field("endpoints"), kOld},
        {"service's name missing", without_service_field("name"), kOld},
        {"service's id missing", without_service_field("id"), kOld},
        {"service's version missing", without_service_field("version")},
        {"service's started missing", without_service_field("started")},
    };
}

std::vector<Row> record_rows() {
    std::vector<Row> rows = {
        {"worker_stats missing", put("\"worker_stats\"", "\"x\""), "running slots waiting "},
        {"kv_stats missing", put("\"kv_stats\"", "\"x\""),
         "kv_active_blocks kv_total_blocks kv_usage prefix_hit_rate "},
        {"worker_stats null", put("\"worker_stats\":", "\"worker_stats\":null,\"x\":"),
         "running slots waiting "},
        {"form A, flat",
         put_record(R"({"request_active_slots":37,"request_total_slots":256,)"
                    R"("kv_active_blocks":5000,"kv_total_blocks":27814,"num_requests_waiting":4,)"
                    R"("gpu_cache_usage_perc":0.25,"gpu_prefix_cache_hit_rate":0.5})")},
        {"1.0 for a count", put("waiting\":4", "waiting\":4.0"), "waiting "},
        {"0.0 for a count", put("waiting\":4", "waiting\":0.0"), "waiting "},
        {"a key inside data twice",
         put("waiting\":4", "waiting\":\"x\",\"num_requests_waiting\":4"), kAll, true},
        {"a negative count", put("waiting\":4", "waiting\":-4"), "waiting "},
        {"2^64", put("waiting\":4", "waiting\":18446744073709551616"), "waiting "},
        {"a string for a count", put("waiting\":4", "waiting\":\"4\""), "waiting "},
        {"a usage of null", put("usage_perc\":0", "usage_perc\":null,\"x\":0"), "kv_usage "},
        {"a hit rate of null, as NaN is written", put("0.4124999940395355", "null"),
         "prefix_hit_rate "},
        {"a usage in a string", put("usage_perc\":0", "usage_perc\":\"0\",\"x\":0"), "kv_usage "},
        {"a usage too large for a float", put("usage_perc\":0", "usage_perc\":1e39,\"x\":0"),
         "kv_usage ", true},
        {"a negative rank", put("rank\":null", "rank\":-1")},
        {"a rank above 32 bits", put("rank\":null", "rank\":4294967296")},
        {"a rank in a string", put("rank\":null", "rank\":\"0\"")},
        {"spec_decode_stats is a number", put("decode_stats\":null", "decode_stats\":5")},
        {"a bad field of spec_decode_stats",
         put("decode_stats\":null", "decode_stats\":{\"num_drafts\":-1}")},
    };
    const std::vector<std::pair<std::string, std::string>> required = {
        {"request_active_slots", "running "},
        {"request_total_slots", "slots "},
        {"num_requests_waiting", "waiting "},
        {"kv_active_blocks", "kv_active_blocks "},
        {"kv_total_blocks", "kv_total_blocks "},
        {"gpu_cache_usage_perc", "kv_usage "},
        {"gpu_prefix_cache_hit_rate", "prefix_hit_rate "}};
    for (const auto& [key, field] : required) {
        rows.push_back({key + " missing", put('"' + key + '"', "\"x\""), field});
    }
    return rows;
}

std::vector<Row> text_rows() {
    const std::string mebibyte = "{\"name\":\"" + std::string((1 << 20) - 11, 'x') + "\"}";
    return {
        {"NaN as itself", put("0.4124999940395355", "NaN"), kOld},
        {"not UTF-8", put("\"last_error\":\"\"", "\"last_error\":\"\xFF\xFE\""), kOld},
        {"truncated", [](const auto& honest) { return honest.substr(0, honest.size() / 2); }, kOld},
        {"empty", bytes(""), kOld},
        {"one byte", bytes("{"), kOld},
        {"an array", bytes("[1,2,3]"), kOld},
        {"a word", bytes("null"), kOld},
        {"a second document", [](const auto& honest) { return honest + honest; }, kOld},
        {"1 MiB", bytes(mebibyte), kOld},
        {"deeply nested", bytes(std::string(100'000, '[')), kOld},
    };
}

std::vector<Row> all_rows() {
    std::vector<Row> rows = endpoint_rows();
    for (auto& more : {record_rows(), text_rows()})
        rows.insert(rows.end(), more.begin(), more.end());
    return rows;
}

class NatsWireRows : public testing::NatsFaultsTest {
protected:
    /// The fields that muster does not know of the worker, each with a blank behind it; "old" if
    /// it shows the load of before, "gone" if it does not show the worker.
    std::string unknown_of(const std::string& id, std::uint64_t old_blocks) {
        const auto view = muster().view();
        const auto row = view->find(id);
        if (!row) return "gone";
        const Load& load = view->load(*row);
        if (load.count(LoadField::kv_active_blocks) == old_blocks) return kOld;
        std::string unknown;
        for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
            const auto field = static_cast<LoadField>(i);
            if (!load.known.has(field)) unknown += std::string(name_of(field)) + ' ';
        }
        return unknown;
    }
};

TEST_F(NatsWireRows, EachIsReadAsFarAsItIsGoodAndDisturbsNobody) {
    const std::vector<Row> rows = all_rows();
    NatsWorkers odd({.url = server_.url(), .workers = rows.size(), .first_id = kRowId});
    begin(rows.size());

    std::set<std::uint64_t> seed_should_list;
    for (std::size_t i = 0; i < kWorkers; ++i) seed_should_list.insert(0x1000 + i);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        odd.set_active_blocks(i, kSpoiledBlocks);
        odd.set_payload(i, rows[i].spoil(odd.stats_payload(i)));
        if (rows[i].seed_lists) seed_should_list.insert(kRowId + i);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto shown = [&] { return unknown_of(odd.worker_id(i), 100 + i); };
        if (rows[i].unknown != kOld) {
            EXPECT_TRUE(wait_until(kPatience, [&] { return shown() == rows[i].unknown; }))
                << rows[i].name << ": unknown: " << shown();
        }
    }
    EXPECT_TRUE(wait_until(kPatience, [&] { return seed_->ids() == seed_should_list; }));
    EXPECT_THAT(seed_->ids(), UnorderedElementsAreArray(seed_should_list));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(unknown_of(odd.worker_id(i), 100 + i), rows[i].unknown) << rows[i].name;
    }
    for (const RejectReason reason :
         {RejectReason::not_json, RejectReason::not_utf8, RejectReason::bad_service,
          RejectReason::bad_metrics, RejectReason::field_null, RejectReason::field_missing,
          RejectReason::field_wrong_type, RejectReason::field_out_of_range}) {
        EXPECT_GE(muster().rejected(reason), 1U) << name_of(reason);
    }
    watched_->expect_never_fewer_than(kWorkers + rows.size());
    EXPECT_FALSE(watched_->views().first_trouble());
    EXPECT_FALSE(watched_->fleets().first_trouble());
    const auto view = muster().view();
    for (std::size_t i = 0; i < kWorkers; ++i) {
        const auto row = view->find(workers_.worker_id(i));
        ASSERT_TRUE(row);
        EXPECT_EQ(view->state_at(*row, steady_now()), WorkerState::fresh);
    }
    EXPECT_LE(seed_->fewest_workers(), seed_should_list.size()) << "it lost all the others";

    for (std::size_t i = 0; i < rows.size(); ++i) odd.set_payload(i, std::nullopt);
    EXPECT_TRUE(wait_until(kPatience, [&] { return fresh() == kWorkers + rows.size(); }));
    EXPECT_TRUE(
        wait_until(kPatience, [&] { return seed_->ids().size() == kWorkers + rows.size(); }));
}

TEST(NatsWireRowsLarge, AReplyAboveOneMebibyteIsRefusedUnread) {
    const testing::NatsServer server({.config = "max_payload: 4MB"});
    NatsWorkers workers({.url = server.url(), .workers = 2});
    testing::NatsMuster muster(testing::options_for(server.url()));
    ASSERT_TRUE(muster.sees(workers.worker_id(0), 100));
    ASSERT_TRUE(muster.sees(workers.worker_id(1), 101));
    workers.set_payload(0, workers.stats_payload(0) + std::string(1 << 20, ' '));
    workers.set_active_blocks(1, 777);
    EXPECT_TRUE(
        wait_until(kPatience, [&] { return muster.rejected(RejectReason::too_large) >= 2; }));
    EXPECT_TRUE(muster.sees(workers.worker_id(1), 777));
    EXPECT_TRUE(muster.sees(workers.worker_id(0), 100));
}

}  // namespace
}  // namespace muster
