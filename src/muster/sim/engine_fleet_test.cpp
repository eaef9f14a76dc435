// Simulated engines on real sockets, read by the reader that reads genuine ones; and their pages
// held against recorded ones.
#include "muster/sim/engine_fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "muster/engines/engine_reader.hpp"
#include "muster/sim/engines/engine_place.hpp"
#include "support/engine_server.hpp"
#include "support/golden.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using detail::EnginePlace;
using detail::EngineProcess;
using detail::EngineReaction;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Time kStart = Time(std::chrono::hours(5));
constexpr WallTime kWall{std::chrono::seconds(1'795'000'000)};

EngineProcess::Birth birth_of(Engine engine, std::uint32_t ranks = 1) {
    EngineProcess::Birth birth;
    birth.engine = engine;
    birth.ranks = ranks;
    birth.now = kStart;
    birth.started = kWall;
    return birth;
}

Load load_of(std::uint64_t running, std::uint64_t waiting, std::uint64_t blocks) {
    Load load;
    load.set_count(LoadField::running, running);
    load.set_count(LoadField::slots, 16);
    load.set_count(LoadField::waiting, waiting);
    load.set_count(LoadField::kv_active_blocks, blocks);
    load.set_count(LoadField::kv_total_blocks, 1'000);
    load.set_fraction(LoadField::kv_usage, static_cast<double>(blocks) / 1'000);
    load.set_fraction(LoadField::prefix_hit_rate, 0.5);
    return load;
}

/// Names of series with their label names, and the bounds of histograms: what a page's form is.
std::set<std::string> form_of(const std::string& page) {
    std::set<std::string> form;
    std::size_t at = 0;
    while (at < page.size()) {
        const std::size_t end = std::min(page.find('\n', at), page.size());
        std::string line = page.substr(at, end - at);
        at = end + 1;
        if (line.starts_with("# HELP") || line.empty()) continue;
        if (!line.starts_with("#")) {
            line.resize(line.rfind(' '));
            // Of label values only the bounds and what chooses a sample are form.
            for (const std::string_view free :
                 {"model_name=\"", "block_size=\"", "size_tokens=\"", "num_gpu_blocks=\"",
                  "num_gpu_blocks_override=\"", "max_concurrency=\"", "memory_bytes=\""}) {
                for (std::size_t from = line.find(free); from != std::string::npos;
                     from = line.find(free, from + free.size())) {
                    const std::size_t begin = from + free.size();
                    line.erase(begin, line.find('"', begin) - begin);
                }
            }
        }
        form.insert(line);
    }
    return form;
}

/// What an engine answers to a reader, at a moment.
EngineScrape scrape(EnginePlace& engine, EngineReader& reader, Time now) {
    for (auto asks = reader.next(now); !asks.empty(); asks = reader.more()) {
        for (const DocumentRequest& ask : asks) {
            const EngineReaction reaction = engine.react(ask.target, true, now);
            const std::size_t head = reaction.bytes.find("\r\n\r\n") + 4;
            reader.take({.document = ask.document,
                         .target = ask.target,
                         .status = std::stoi(reaction.bytes.substr(9, 3)),
                         .body = std::string_view(reaction.bytes).substr(head),
                         .sent = now,
                         .received = now});
        }
    }
    return reader.finish();
}

TEST(SimulatedEngine, VllmsPageHasTheFormAndSizeOfTheGenuineOne) {
    EngineProcess process(birth_of(Engine::vllm));
    const std::string ours = detail::vllm_page(process, kStart);
    const auto genuine =
        form_of(testing_support::golden("engines/vllm-0.32.0/idle-fresh-metrics.body"));
    const auto simulated = form_of(ours);
    std::vector<std::string> differences;
    std::ranges::set_symmetric_difference(simulated, genuine, std::back_inserter(differences));
    EXPECT_THAT(differences, IsEmpty());
    EXPECT_GT(ours.size(), 42'000U);
    EXPECT_LT(ours.size(), 56'000U);
}

TEST(SimulatedEngine, VllmOfTwoRanksHasAPageOfSeveralProcesses) {
    EngineProcess process(birth_of(Engine::vllm, 2));
    const std::string page = detail::vllm_page(process, kStart);
    EXPECT_EQ(page.find("_created"), std::string::npos);
    EXPECT_EQ(page.find("process_start_time_seconds"), std::string::npos);
    EXPECT_GT(page.size(), 55'000U);
}

TEST(SimulatedEngine, SglangsPageIsLarge) {
    EngineProcess process(birth_of(Engine::sglang, 2));
    const std::string page = detail::sglang_page(process, kStart);
    EXPECT_GT(page.size(), 65'000U);
    EXPECT_LT(page.size(), 100'000U);
    EXPECT_THAT(page, HasSubstr("sglang:fwd_occupancy{dp_rank=\"1\""));
    EXPECT_THAT(page, HasSubstr("} NaN\n"));
}

TEST(SimulatedEngine, WhatAReaderSeesIsTrue) {
    for (const Engine engine : {Engine::vllm, Engine::sglang, Engine::llamacpp, Engine::trtllm}) {
        EnginePlace place(birth_of(engine), 0);
        EngineReader reader;
        place.set_load(load_of(3, 2, 480), kStart);
        static_cast<void>(place.step(kStart + 2s, kWall));
        const EngineScrape told = scrape(place, reader, kStart + 2s);
        EXPECT_EQ(told.engine, engine);
        ASSERT_EQ(told.reports.size(), 1U) << name_of(engine);
        const Load& load = told.reports[0].load;
        EXPECT_EQ(load.running, 3U) << name_of(engine);
        EXPECT_EQ(load.waiting, 2U) << name_of(engine);
        EXPECT_NEAR(load.kv_usage, 0.48, 0.002) << name_of(engine);
        if (engine != Engine::vllm) {
            EXPECT_EQ(load.slots, 16U) << name_of(engine);
        }
        const EngineReport later = scrape(place, reader, kStart + 4s).reports[0];
        EXPECT_EQ(later.motion,
                  engine == Engine::sglang ? EngineMotion::unknown : EngineMotion::moving)
            << name_of(engine);
    }
}

TEST(SimulatedEngine, VllmShowsARequestAfterItsFirstStep) {
    EnginePlace place(birth_of(Engine::vllm), 0);
    EngineReader reader;
    place.set_load(load_of(0, 0, 0), kStart);
    static_cast<void>(place.step(kStart + 1s, kWall));
    place.set_load(load_of(2, 0, 10), kStart + 1s);
    static_cast<void>(place.step(kStart + 1s, kWall));
    EXPECT_EQ(scrape(place, reader, kStart + 1s).reports[0].load.running, 0U);
    static_cast<void>(place.step(kStart + 1s + 30ms, kWall));
    EXPECT_EQ(scrape(place, reader, kStart + 1s + 30ms).reports[0].load.running, 2U);
}

TEST(SimulatedEngine, AHungEngineGoesOnAnsweringAndStands) {
    EnginePlace place(birth_of(Engine::vllm), 0);
    EngineReader reader;
    place.set_load(load_of(3, 2, 480), kStart);
    static_cast<void>(place.step(kStart + 1s, kWall));
    static_cast<void>(scrape(place, reader, kStart + 1s));
    EXPECT_EQ(scrape(place, reader, kStart + 2s).reports[0].motion, EngineMotion::moving);
    place.add_fault({.kind = FaultKind::frozen}, kStart + 2s, kStart + 9s);
    static_cast<void>(place.step(kStart + 2s, kWall));
    static_cast<void>(scrape(place, reader, kStart + 3s));
    EXPECT_EQ(scrape(place, reader, kStart + 4s).reports[0].motion, EngineMotion::still);
    static_cast<void>(place.step(kStart + 9s, kWall));
    EXPECT_EQ(scrape(place, reader, kStart + 10s).reports[0].motion, EngineMotion::moving);
}

TEST(SimulatedEngine, ARestartIsSeenByItsCounters) {
    EnginePlace place(birth_of(Engine::vllm, 2), 0);  // Two ranks: a page without a start time.
    EngineReader reader;
    EXPECT_EQ(scrape(place, reader, kStart + 1s).reports.size(), 2U);
    place.add_fault({.kind = FaultKind::restart}, kStart + 2s, kStart + 3s);
    static_cast<void>(place.step(kStart + 2s, kWall));
    EXPECT_FALSE(place.is_open());
    static_cast<void>(place.step(kStart + 3s, kWall + 3s));
    EXPECT_TRUE(place.is_open());
    EXPECT_TRUE(scrape(place, reader, kStart + 3s).restarted);
}

TEST(SimulatedEngine, EachFaultIsWhatItsNameSays) {
    struct Case {
        Fault fault;
        EngineReaction::Kind kind;
        const char* says;
    };
    using Kind = EngineReaction::Kind;
    for (const Case& one :
         {Case{{FaultKind::reset, 0}, Kind::reset, ""},
          Case{{FaultKind::hang, 0}, Kind::ignore, ""},
          Case{{FaultKind::mute, 0}, Kind::ignore, ""},
          Case{{FaultKind::stopped, 0}, Kind::hold, ""},
          Case{{FaultKind::status, 503}, Kind::answer, "HTTP/1.1 503 "},
          Case{{FaultKind::garbage, 0}, Kind::answer, "It works"},
          Case{{FaultKind::nan, 0},
               Kind::answer,
               "kv_cache_usage_perc{engine="
               "\"0\",model_name=\"acme/"
               "chat-8b\"} NaN"},
          Case{{FaultKind::zeros, 0},
               Kind::answer,
               "num_requests_running{engine=\"0\",model_name=\"acme/chat-8b\"} "
               "0.0"},
          Case{{FaultKind::ranks, 3}, Kind::answer, "engine=\"2\""},
          Case{{FaultKind::flood, 2}, Kind::answer, "\nflood_1{engine=\"1\"} "}}) {
        EnginePlace place(birth_of(Engine::vllm), 0);
        place.add_fault(one.fault, kStart, Time::max());
        static_cast<void>(place.step(kStart, kWall));
        const EngineReaction reaction = place.react("/metrics", true, kStart);
        EXPECT_EQ(reaction.kind, one.kind) << name_of(one.fault.kind);
        EXPECT_THAT(reaction.bytes, HasSubstr(one.says)) << name_of(one.fault.kind);
    }
    EnginePlace half(birth_of(Engine::vllm), 0);
    const std::size_t whole = half.react("/metrics", true, kStart).bytes.size();
    half.add_fault({FaultKind::half, 0}, kStart, Time::max());
    static_cast<void>(half.step(kStart, kWall));
    const EngineReaction cut = half.react("/metrics", true, kStart);
    EXPECT_LT(cut.bytes.size(), whole * 6 / 10);
    EXPECT_TRUE(cut.closes);
}

TEST(SimulatedEngine, LlamacppEndsAConnectionAfterAHundredRequests) {
    EnginePlace place(birth_of(Engine::llamacpp), 0);
    for (int i = 1; i < 100; ++i) EXPECT_FALSE(place.react("/metrics", true, kStart).closes);
    EXPECT_TRUE(place.react("/metrics", true, kStart).closes);
    EXPECT_TRUE(place.react("/nosuch", true, kStart).closes) << "an error ends it as well";
}

TEST(SimulatedEngine, TensorRtLlmsRecordsAreToldOnce) {
    EngineProcess process(birth_of(Engine::trtllm));
    process.set_load(load_of(3, 2, 480), kStart);
    EXPECT_THAT(detail::trtllm_iterations(process, kStart + 1s), HasSubstr("\"iter\":40"));
    EXPECT_EQ(detail::trtllm_iterations(process, kStart + 1s), "[]");
}

TEST(SimulatedEngines, OptionsThatMakeNoSenseAreRefused) {
    SimulatedEnginesOptions options;
    options.workers = 0;
    EXPECT_THAT(SimulatedEngines::start(options).error().what, HasSubstr("--workers"));
    options.workers = 2;
    options.first_port = 65'535;
    EXPECT_THAT(SimulatedEngines::start(options).error().what, HasSubstr("--port"));
    options.first_port = 0;
    options.host = "nowhere";
    EXPECT_THAT(SimulatedEngines::start(options).error().what, HasSubstr("--host"));
    options.host = "127.0.0.1";
    options.engine = Engine::llamacpp;
    options.ranks = 2;
    EXPECT_THAT(SimulatedEngines::start(options).error().what, HasSubstr("--ranks"));
}

}  // namespace
}  // namespace muster
