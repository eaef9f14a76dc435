// HttpSource against real sockets: engines' pages, who comes and goes, slow ones, tokens. Servers
// that misbehave: http_faults_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/http_muster.hpp"
#include "support/rude_server.hpp"
#include "support/vllm_page.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::free_port;
using ::testing::HasSubstr;
using testing::HttpMuster;
using testing::kLongEnough;
using testing::kPage;
using testing::named;
using testing::RudePeer;
using testing::RudeServer;
using testing::serve_vllm;
using ::testing::StartsWith;
using testing::TempDir;
using testing::vllm_page;
using testing::wait_until;

TEST(HttpSource, ShowsAnEnginesLoadWithItsModelAndFollowsIt) {
    std::atomic<int> running{3};
    const RudeServer engine([&](RudePeer& peer) {
        while (!peer.test_ends()) {
            const std::string head = peer.request();
            if (head.empty()) return;
            if (head.starts_with("GET /metrics ")) {
                peer.send_page(vllm_page(running.load()), kPage);
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    running = 7;
    EXPECT_TRUE(muster.sees(engine.worker_id(), 7));
    const auto view = muster.view();
    const auto row = view->find(engine.worker_id());
    ASSERT_TRUE(row);
    EXPECT_EQ(view->identity(*row).engine, "vllm");
    EXPECT_EQ(view->identity(*row).models, std::vector<std::string>{"acme/chat"});
    EXPECT_EQ(view->identity(*row).address, engine.url());
    EXPECT_EQ(muster.state(engine.worker_id()), WorkerState::fresh);
    EXPECT_EQ(engine.connections(), 1U) << "kept between questions";
}

TEST(HttpSource, AsksForPlainTextAndForNoGzip) {
    std::mutex mutex;
    std::vector<std::string> heads;
    const RudeServer engine([&](RudePeer& peer) {
        for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
            const bool page = head.starts_with("GET /metrics ");
            {
                const std::lock_guard lock(mutex);
                heads.push_back(std::move(head));
            }
            if (page) {
                peer.send_page(vllm_page(3), kPage);
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(heads.front(), StartsWith("GET /metrics HTTP/1.1\r\n"));
    EXPECT_THAT(heads.front(), HasSubstr("\r\nAccept: text/plain;version=0.0.4, */*;q=0.1\r\n"));
    for (const std::string& head : heads) {
        EXPECT_EQ(head.find("Accept-Encoding"), std::string::npos)
            << "packing a page costs the engine's event loop";
    }
}

/// The names of a head's fields, sorted.
std::vector<std::string> field_names(const std::string& head) {
    std::vector<std::string> names;
    for (std::size_t at = head.find("\r\n") + 2; at < head.size() - 2;
         at = head.find("\r\n", at) + 2) {
        names.push_back(head.substr(at, head.find(':', at) - at));
    }
    std::sort(names.begin(), names.end());
    return names;
}

TEST(HttpSource, AsksOneQuestionAtATimeAndSteersNothingByIt) {
    std::mutex mutex;
    std::vector<std::string> heads;
    std::atomic<int> impatient{0};
    const RudeServer engine([&](RudePeer& peer) {
        for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
            // llama-server loses what comes before its answer, and half a close ends a request.
            if (!peer.stays_quiet(20)) ++impatient;
            const bool page = head.starts_with("GET /metrics ");
            {
                const std::lock_guard lock(mutex);
                heads.push_back(std::move(head));
            }
            if (page) {
                // A report of one request's end, and an engine's echo: no load of its page.
                peer.send_page(
                    vllm_page(3), kPage,
                    "endpoint-load-metrics: JSON {\"named_metrics\": {\"num_requests_waiting\": "
                    "6.0, \"kv_cache_usage_perc\": 0.9}}\r\nX-Data-Parallel-Rank: 5\r\n"
                    "X-Request-Id: 7\r\n");
            } else {
                peer.send_page(R"({"server_load":3})", "application/json");
            }
        }
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const std::lock_guard lock(mutex);
        return heads.size() >= 4;
    }));
    const auto view = muster.view();
    ASSERT_EQ(view->size(), 1U);
    const auto row = view->find(engine.worker_id());
    ASSERT_TRUE(row) << "no rank that only an answer's field names";
    EXPECT_EQ(view->load(*row).count(LoadField::waiting), 0U);
    EXPECT_EQ(view->load(*row).fraction(LoadField::kv_usage), 0.25);
    EXPECT_EQ(impatient.load(), 0);
    const std::lock_guard lock(mutex);
    for (const std::string& head : heads) {
        EXPECT_THAT(head, StartsWith("GET /"));
        EXPECT_THAT(field_names(head), ElementsAre("Accept", "Host", "User-Agent"))
            << "endpoint-load-metrics-format, X-Request-Id, ranks, priorities steer an engine";
    }
}

TEST(HttpSource, EndsAConnectionThatTheServerWouldEndBeforeTheNextQuestion) {
    std::atomic<bool> ended{false};
    const RudeServer silent([&](RudePeer& peer) {
        serve_vllm(peer, 3);
        ended = ended || !peer.test_ends();
    });
    HttpSourceOptions seldom;
    seldom.interval = 20s;  // uvicorn ends it after five, without having said so.
    HttpMuster muster({silent.url()}, std::move(seldom));
    ASSERT_TRUE(muster.sees(silent.worker_id(), 3));
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] { return ended.load(); }));

    std::atomic<int> kept{0};
    const RudeServer told([&](RudePeer& peer) {
        // A second is told, so none may be counted on.
        if (peer.request().empty()) return;
        peer.send_page(vllm_page(3), kPage, "Keep-Alive: timeout=1\r\n");
        if (!peer.request().empty()) ++kept;
    });
    HttpMuster other({told.url()});
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] { return told.connections() >= 4; }));
    EXPECT_EQ(kept.load(), 0);
}

TEST(HttpSource, RefusedIsStaleAtOnceAndFreshAgainWhenItIsBack) {
    auto engine = std::make_unique<RudeServer>([](RudePeer& peer) { serve_vllm(peer, 3); });
    const std::string id = engine->worker_id();
    HttpMuster muster({engine->url()}, named());
    ASSERT_TRUE(muster.sees(id, 3));
    engine.reset();
    EXPECT_THAT(muster.waits_for(id, "refused"),
                AllOf(StartsWith("connection refused: http://127.0.0.1:"),
                      EndsWith("is an engine running there, and on this port?")));
    // Trouble and refusal are two calls: a view may stand between them.
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        const auto row = view->find(id);
        return row && view->block(*row / kBlockRows).cut_off[*row % kBlockRows] != 0;
    })) << "a refused connection is a fact, which makes it stale at any age";
    EXPECT_EQ(muster.state(id), WorkerState::stale);
}

TEST(HttpSource, AWorkerThatNeverAnsweredIsListedWithItsTrouble) {
    const std::string where = "127.0.0.1:" + std::to_string(free_port());
    HttpMuster muster({where}, named());
    EXPECT_NE(muster.waits_for("http/" + where, "refused"), "");
    const auto view = muster.view();
    const auto row = view->find("http/" + where);
    ASSERT_TRUE(row);
    EXPECT_FALSE(view->has_load(*row));
    EXPECT_EQ(view->alive_age_at(*row, muster.host().clock().now()), Duration::max())
        << "nobody ever heard of it";
}

/// vLLM's page, or llama.cpp's as soon as `other` says so.
RudeServer::Manners vllm_until(const std::atomic<bool>& other) {
    return [&other](RudePeer& peer) {
        while (!peer.test_ends()) {
            const std::string head = peer.request();
            if (head.empty()) return;
            if (!head.starts_with("GET /metrics ")) {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            } else if (other.load()) {
                peer.send_page(
                    "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 2\n"
                    "# TYPE llamacpp:requests_deferred gauge\nllamacpp:requests_deferred 1\n",
                    "text/plain; version=0.0.4");
            } else {
                peer.send_page(vllm_page(3), kPage);
            }
        }
    };
}

TEST(HttpSource, AnotherEngineOnTheSamePortIsNoticedAndShown) {
    std::atomic<bool> other{false};
    const RudeServer engine(vllm_until(other));
    HttpMuster muster({engine.url()}, named());
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    EXPECT_EQ(muster.trouble_of(engine.worker_id()), "");
    other = true;
    EXPECT_TRUE(muster.sees(engine.worker_id(), 2));
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        const auto row = view->find(engine.worker_id());
        return row && view->identity(*row).engine == "llamacpp";
    }));
    const std::string sentence = muster.waits_for(engine.worker_id(), "other_engine");
    EXPECT_THAT(sentence, StartsWith("another engine: " + engine.url() +
                                     ": llama.cpp answers where vLLM did: nothing to do if"));
    EXPECT_NE(muster.state(engine.worker_id()), WorkerState::stale) << "it tells a load";
    EXPECT_EQ(muster.view()->sources().at(0).last_error.value_or(""), sentence);
}

TEST(HttpSource, AnotherEngineIsToldForItsTimeOnly) {
    std::atomic<bool> other{false};
    const RudeServer engine(vllm_until(other));
    HttpSourceOptions options = named();
    options.other_engine_told = 3s;
    HttpMuster muster({engine.url()}, std::move(options));
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    other = true;
    ASSERT_NE(muster.waits_for(engine.worker_id(), "other_engine"), "");
    EXPECT_TRUE(wait_until(HttpMuster::kPatience,
                           [&] { return muster.trouble_of(engine.worker_id()).empty(); }));
    EXPECT_EQ(muster.running(engine.worker_id()), 2U);
}

TEST(HttpSource, ASlowWorkerDelaysNoOther) {
    const RudeServer slow([](RudePeer& peer) { peer.hold(); });
    const RudeServer quick([](RudePeer& peer) { serve_vllm(peer, 3); });
    HttpMuster muster({slow.url(), quick.url()}, named());
    ASSERT_TRUE(muster.sees(quick.worker_id(), 3));
    ASSERT_NE(muster.waits_for(slow.worker_id(), "timeout"), "");
    const auto view = muster.view();
    const auto row = view->find(quick.worker_id());
    ASSERT_TRUE(row);
    EXPECT_LT(*view->age_at(*row, muster.host().clock().now()), 2s);
    EXPECT_EQ(muster.trouble_of(quick.worker_id()), "");
}

TEST(HttpSource, ASlowAnswerIsLoadNotDeath) {
    const RudeServer engine([](RudePeer& peer) {
        while (!peer.test_ends()) {
            const std::string head = peer.request();
            if (head.empty()) return;
            peer.pause_ms(900);
            if (head.starts_with("GET /metrics ")) {
                peer.send_page(vllm_page(5), kPage);
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 5));
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        const auto row = view->find(engine.worker_id());
        return row && view->patience(*row) > 1s;
    })) << "its patience follows its own answers";
    EXPECT_EQ(muster.trouble_of(engine.worker_id()), "");
}

TEST(HttpSource, EndsAConnectionBeforeTheServerDoes) {
    std::atomic<int> cut{0};
    const RudeServer engine([&](RudePeer& peer) {
        // As llama-server: three questions a connection, and it says so.
        for (int i = 0; i < 3; ++i) {
            const std::string head = peer.request();
            if (head.empty()) return;
            if (head.starts_with("GET /metrics ")) {
                peer.send_page(vllm_page(3), kPage, "Keep-Alive: timeout=5, max=3\r\n");
            } else {
                peer.send(
                    "HTTP/1.1 404 Not Found\r\nKeep-Alive: timeout=5, max=3\r\n"
                    "Content-Length: 0\r\n\r\n");
            }
        }
        if (!peer.request().empty()) ++cut;
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] { return engine.connections() >= 4; }));
    EXPECT_EQ(cut.load(), 0) << "a question beyond what the server takes";
    EXPECT_EQ(muster.trouble_of(engine.worker_id()), "");
}

TEST(HttpSource, AConnectionThatDiedBetweenTwoQuestionsIsMadeAnew) {
    const RudeServer engine([](RudePeer& peer) {
        for (int i = 0; i < 4; ++i) {
            const std::string head = peer.request();
            if (head.empty()) return;
            if (head.starts_with("GET /metrics ")) {
                peer.send_page(vllm_page(3), kPage);
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] { return engine.connections() >= 3; }));
    EXPECT_TRUE(muster.sees(engine.worker_id(), 3));
    EXPECT_EQ(muster.trouble_of(engine.worker_id()), "");
}

TEST(HttpSource, SendsTheTokenAndReadsItAgainWhenItIsRefused) {
    const TempDir dir;
    const std::string file = dir.write("token", "old\n");
    std::mutex mutex;
    std::string wanted = "old";
    const RudeServer engine([&](RudePeer& peer) {
        while (!peer.test_ends()) {
            const std::string head = peer.request();
            if (head.empty()) return;
            const std::lock_guard lock(mutex);
            if (head.find("Authorization: Bearer " + wanted + "\r\n") == std::string::npos) {
                peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
            } else if (head.starts_with("GET /metrics ")) {
                peer.send_page(vllm_page(3), kPage);
            } else {
                peer.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
    HttpSourceOptions options = named();
    options.token_file = file;
    HttpMuster muster({engine.url()}, std::move(options));
    ASSERT_TRUE(muster.sees(engine.worker_id(), 3));
    {
        const std::lock_guard lock(mutex);
        wanted = "new";
    }
    ASSERT_NE(muster.waits_for(engine.worker_id(), "unauthorized"), "");
    dir.write("token", "new\n");
    EXPECT_TRUE(wait_until(HttpMuster::kPatience,
                           [&] { return muster.trouble_of(engine.worker_id()).empty(); }));
}

TEST(HttpSource, WhoIsNotNamedAnyMoreIsLostWithTheReason) {
    const RudeServer a([](RudePeer& peer) { serve_vllm(peer, 1); });
    const RudeServer b([](RudePeer& peer) { serve_vllm(peer, 2); });
    HttpMuster muster({a.url(), b.url()});
    ASSERT_TRUE(muster.sees(a.worker_id(), 1));
    ASSERT_TRUE(muster.sees(b.worker_id(), 2));
    muster.watch({a.url()}, "no longer listed by file:x");
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        return muster.view()->find_tombstone(b.worker_id()) != nullptr;
    }));
    const auto view = muster.view();
    EXPECT_EQ(view->find_tombstone(b.worker_id())->detail, "no longer listed by file:x");
    EXPECT_EQ(view->find_tombstone(b.worker_id())->reason, LostReason::withdrawn);
    EXPECT_EQ(view->size(), 1U);
    muster.watch({a.url(), b.url()});
    EXPECT_TRUE(muster.sees(b.worker_id(), 2)) << "and comes back";
}

TEST(HttpSource, AnOutageOfDiscoveryRemovesNobody) {
    const RudeServer engine([](RudePeer& peer) { serve_vllm(peer, 1); });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 1));
    muster.source().discovery_failed("not resolved: dns:x:1: the name servers do not answer: ...");
    ASSERT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        return muster.view()->sources().at(0).state == SourceState::suspect;
    }));
    EXPECT_THAT(muster.view()->sources()[0].reason, StartsWith("not resolved"));
    EXPECT_EQ(muster.view()->size(), 1U);
    EXPECT_EQ(muster.state(engine.worker_id()), WorkerState::fresh);
    muster.watch({engine.url()});
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        return muster.view()->sources().at(0).state == SourceState::connected;
    }));
}

TEST(HttpSource, TheSameWorkerOfTwoSourcesIsWatchedOnce) {
    const RudeServer engine([](RudePeer& peer) { serve_vllm(peer, 1); });
    HttpMuster muster({engine.url()});
    ASSERT_TRUE(muster.sees(engine.worker_id(), 1));
    HttpSourceOptions other;
    other.id = "file-1";
    auto second = HttpSource::start(std::move(other), muster.host().collector(),
                                    muster.host().clock(), muster.names());
    ASSERT_TRUE(second);
    (*second)->set_targets({*parse_scrape_target(engine.url())}, "");
    EXPECT_TRUE(wait_until(HttpMuster::kPatience, [&] {
        const auto view = muster.view();
        return view->sources().size() == 2 && view->sources()[1].last_error.has_value();
    }));
    EXPECT_THAT(muster.view()->sources()[1].last_error.value_or(""),
                HasSubstr("another source has it already"));
    EXPECT_EQ(muster.view()->size(), 1U);
}

TEST(HttpSource, ANameWithoutAddressIsToldAndNobodyIsLostForIt) {
    Collector::Options rules;
    rules.rules.lost_after = 500ms;
    HttpMuster muster({"http://no-such-host.invalid:8000"}, {}, rules);
    const std::string id = "http/no-such-host.invalid:8000";
    EXPECT_THAT(muster.waits_for(id, "dns"),
                AllOf(StartsWith("name not resolved: http://no-such-host.invalid:8000: "),
                      HasSubstr("correct the name")));
    EXPECT_TRUE(muster.view()->find(id));
}

TEST(HttpSource, StopsAtOnceWhateverIsUnderWay) {
    const RudeServer hanging([](RudePeer& peer) { peer.hold(); });
    auto muster = std::make_unique<HttpMuster>(
        std::vector<std::string>{hanging.url(), "http://no-such-host.invalid:1"});
    ASSERT_TRUE(wait_until(kLongEnough, [&] { return hanging.connections() == 1; }));
    const Time before = testing::steady_now();
    muster.reset();
    EXPECT_LT(testing::steady_now() - before, 1s);
}

}  // namespace
}  // namespace muster
