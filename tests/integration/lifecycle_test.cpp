// Starts, stops and readers that misbehave, over a real nats-server with everything a program can
// run: collector, source, HTTP API, readers, watchers, descriptor. Nothing may grow, nothing may
// hang, a stop takes at most 1 s. LeakSanitizer looks at the same in the asan build.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "muster/dynamo/scrape_connection.hpp"
#include "muster/fleet/watcher.hpp"
#include "muster/io/runtime/view_descriptor.hpp"
#include "muster/io/runtime/wall_clock.hpp"
#include "muster/serve/fleet_server.hpp"
#include "muster/sim/worker_link.hpp"
#include "support/child_process.hpp"
#include "support/file_text.hpp"
#include "support/free_port.hpp"
#include "support/http_socket.hpp"
#include "support/nats_muster.hpp"
#include "support/nats_server.hpp"
#include "support/nats_workers.hpp"
#include "support/places.hpp"
#include "support/process_footprint.hpp"
#include "support/silent_broker.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::HttpSocket;
using testing::kPatience;
using testing::NatsServer;
using testing::NatsWorkers;
using testing::options_for;
using testing::ProcessFootprint;
using testing::steady_now;
using testing::text_of;
using testing::wait_until;

/// Of the recorded push: with more active blocks than that it says nothing of them.
constexpr std::uint64_t kBlocksMax = 999;

/// All that a program can run, with readers that do not behave.
class Everything {
public:
    explicit Everything(const std::string& url, Collector::Options rules = {})
        : host_(rules), wall_(host_.clock()) {
        auto source = NatsSource::start(options_for(url), host_.collector(), host_.clock());
        if (!source) throw std::runtime_error(source.error().what);
        source_ = std::move(*source);
        host_.start();
        FleetServerOptions options;
        options.http.listen = "127.0.0.1:0";
        auto server = FleetServer::start(cell(), host_.clock(), wall_, "7f3a9c", options);
        if (!server) throw std::runtime_error(server.error().what);
        server_ = std::move(*server);
    }
    ~Everything() { stop(); }

    ViewCell& cell() { return host_.view_cell(); }
    CollectorHost& host() { return host_; }
    FleetServer& server() { return *server_; }
    NatsSource& source() { return *source_; }
    bool has_workers(std::size_t count) {
        return wait_until(kPatience, [&] { return cell().current()->size() == count; });
    }
    /// How long it took.
    Duration stop(bool server_first = true) {
        const Time begin = steady_now();
        if (server_first) server_->stop();
        source_->stop();
        if (!server_first) server_->stop();
        host_.stop();
        return steady_now() - begin;
    }

private:
    CollectorHost host_;
    WallClock wall_;
    std::unique_ptr<NatsSource> source_;
    std::unique_ptr<FleetServer> server_;
};

/// One start and stop, in the middle of a round that nobody has answered yet, with a reader that
/// does not read, a client that does not, and a watcher that dies while it waits.
Duration start_and_stop(const NatsServer& server, NatsWorkers& workers, int turn) {
    Collector::Options rules;
    rules.rules.interval = 50ms;
    std::optional<Everything> everything(std::in_place, server.url(), rules);
    EXPECT_TRUE(everything->has_workers(1)) << turn;
    ViewReader idle(everything->cell());
    EXPECT_EQ(idle.current().size(), 1U);
    HttpSocket stalled(everything->server().address(), 4096);
    stalled.get("/v1/fleet?wait_version=999999&timeout=60s");
    const auto descriptor = ViewDescriptor::open(everything->cell());
    EXPECT_TRUE(descriptor);
    std::jthread waiter([&](const std::stop_token& stop) {
        Watcher watcher(everything->cell());
        (void)watcher.wait_above(UINT64_MAX, 60s, stop);
    });
    (void)workers.take_questions();
    workers.hold();  // From here on every question stays open.
    EXPECT_TRUE(wait_until(kPatience, [&] { return !workers.take_questions().empty(); })) << turn;
    waiter = {};
    const Duration took = everything->stop(turn % 2 == 0);
    workers.release_all();
    return took;
}

TEST(Lifecycle, TwoHundredStartsAndStopsOfEverythingLeaveNothingBehind) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    ProcessFootprint early;
    Duration longest{};
    for (int turn = 1; turn <= 200; ++turn) {
        longest = std::max(longest, start_and_stop(server, workers, turn));
        ASSERT_FALSE(::testing::Test::HasFailure()) << "in turn " << turn;
        if (turn == 20) early = ProcessFootprint::taken();
    }
    std::printf("    longest stop %.1f ms\n", to_ms(longest));
    EXPECT_LE(longest, 1s);
    // The kernel forgets a thread a moment after it was joined.
    EXPECT_TRUE(
        wait_until(kPatience, [&] { return ProcessFootprint::taken().threads <= early.threads; }));
    const ProcessFootprint late = ProcessFootprint::taken();
    std::printf("    from the 20th to the 200th: %+td threads, %+td descriptors, %+td bytes\n",
                late.threads - early.threads, late.descriptors - early.descriptors,
                static_cast<std::ptrdiff_t>(late.heap_bytes - early.heap_bytes));
    EXPECT_LE(late.descriptors, early.descriptors);
    // 280 bytes for each turn. glibc counts what its caches keep as used: some kilobytes in all.
    EXPECT_LE(late.heap_bytes, early.heap_bytes + 180 * 280);
}

TEST(Lifecycle, ReadersThatStopReadingHoldUpNobodyAndCostOneViewEach) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url(), .workers = 64});
    Everything everything(server.url());
    ASSERT_TRUE(everything.has_workers(64));
    std::vector<ViewReader> idle(8, ViewReader(everything.cell()));
    std::vector<HttpSocket> stalled;
    for (int i = 0; i < 8; ++i) {
        stalled.emplace_back(everything.server().address(), 4096);
        // Asks again and again and reads nothing: the answers fill what the kernel takes.
        for (int k = 0; k < 50; ++k) stalled.back().get("/v1/fleet");
    }
    Watcher watcher(everything.cell());
    std::uint64_t blocks = 0;
    const auto publish = [&](int views) {
        for (int i = 0; i < views; ++i) {
            workers.push(static_cast<std::size_t>(i) % 64, ++blocks % kBlocksMax);
            ASSERT_TRUE(watcher.wait(kPatience)) << "publication goes on";
        }
    };
    publish(200);
    const ProcessFootprint early = ProcessFootprint::taken();
    publish(1'000);
    const ProcessFootprint late = ProcessFootprint::taken();
    EXPECT_LE(everything.cell().retired_count(), idle.size() + 4) << "one for each that holds one";
    // A stalled client may get its one waiting answer (41 kB) only now; 1,000 views are 6 MB.
    const std::size_t answers = stalled.size() * 50'000;
    EXPECT_LE(late.heap_bytes, early.heap_bytes + answers + 200'000);
    EXPECT_LE(late.threads, early.threads);
    EXPECT_LE(late.descriptors, early.descriptors);
    for (ViewReader& reader : idle) {
        EXPECT_EQ(reader.current().version(), everything.cell().version()) << "reads again";
    }
    EXPECT_LE(everything.stop(), 1s);
}

TEST(Lifecycle, AWatcherDestroyedWhileViewsAreMade) {
    const NatsServer server;
    NatsWorkers workers({.url = server.url()});
    Everything everything(server.url());
    ASSERT_TRUE(everything.has_workers(1));
    std::jthread pusher([&](const std::stop_token& stop) {
        for (std::uint64_t blocks = 0; !stop.stop_requested(); ++blocks) {
            workers.push(0, blocks % kBlocksMax);
        }
    });
    for (int i = 0; i < 1'000; ++i) {
        Watcher watcher(everything.cell());
        const auto descriptor = ViewDescriptor::open(everything.cell());
        ASSERT_TRUE(descriptor);
        ASSERT_TRUE(watcher.wait_above(everything.cell().version(), kPatience));
    }
    EXPECT_LE(everything.stop(), 1s);
}

TEST(Lifecycle, StopsInTheMiddleOfEverySickness) {
    // Each begins with a collection that works; then it is stopped while ...
    using Fall = std::function<bool(NatsServer&, Everything&)>;
    const auto stopped_while = [](const char* what, const Fall& fall) {
        NatsServer server;
        NatsWorkers workers({.url = server.url(), .workers = 3});
        Everything everything(server.url());
        ASSERT_TRUE(everything.has_workers(3)) << what;
        workers.set_delay(400ms, 400ms);
        ASSERT_TRUE(fall(server, everything)) << what;
        const Duration took = everything.stop();
        std::printf("    %-40s %8.1f ms\n", what, to_ms(took));
        EXPECT_LE(took, 1s) << what;
        server.resume();
    };
    const auto becomes = [](Everything& everything, SourceState state, const std::string& words) {
        return wait_until(kPatience, [&] {
            const SourceInfo source = everything.cell().current()->sources().at(0);
            return source.state == state &&
                   source.last_error.value_or("").find(words) != std::string::npos;
        });
    };
    stopped_while("a round is open", [](NatsServer&, Everything&) { return true; });
    stopped_while("the broker has just stopped", [](NatsServer& server, Everything&) {
        server.pause();
        return true;
    });
    stopped_while("the source is suspect", [&](NatsServer& server, Everything& everything) {
        server.pause();
        return becomes(everything, SourceState::suspect, "");
    });
    stopped_while("a paused broker is probed", [&](NatsServer& server, Everything& everything) {
        server.pause();
        return becomes(everything, SourceState::disconnected, "no greeting");
    });
    stopped_while("the broker is gone", [&](NatsServer& server, Everything& everything) {
        server.kill();
        return becomes(everything, SourceState::disconnected, "connection refused");
    });
}

// nats.c itself would wait for ever, spinning.
TEST(Lifecycle, ABrokerThatGreetsAndThenSaysNothingIsGivenUpAndTriedAgain) {
    testing::SilentBroker broker;
    Everything everything(broker.url());
    Everything other(broker.url());  // Connects in the same moments: each gives up its own.
    const auto says = [](Everything& of) {
        return of.cell().current()->sources().at(0).last_error.value_or("");
    };
    for (Everything* each : {&everything, &other}) {
        EXPECT_TRUE(wait_until(kPatience, [&] {
            return says(*each).find("no answer after the greeting") != std::string::npos;
        })) << says(*each);
    }
    // Each attempt is a look at the greeting and then a connection; the third may take 2 s.
    const auto cpu_used = [] {
        rusage used{};
        ::getrusage(RUSAGE_SELF, &used);
        return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    };
    const Time begin = steady_now();
    const Duration cpu_before = cpu_used();
    const std::size_t greeted = broker.greeted();
    ASSERT_TRUE(wait_until(kPatience, [&] { return broker.greeted() >= greeted + 6; }));
    EXPECT_LT(cpu_used() - cpu_before, (steady_now() - begin) / 2) << "nobody spins";
    const Duration took = everything.stop() + other.stop();
    std::printf("    stopped after %.1f ms\n", to_ms(took));
    EXPECT_LE(took, 1s);
}

TEST(Lifecycle, NorDoSimulatedWorkersAndExactModeWaitForItForEver) {
    testing::SilentBroker broker;
    const Time begin = steady_now();
    WorkerLink::Options worker;
    worker.urls = broker.url();
    worker.service = "lab_backend";
    const auto link = WorkerLink::open(worker, [](const ServiceQuestion&) {});
    ASSERT_FALSE(link);
    EXPECT_NE(link.error().what.find("no answer after the greeting"), std::string::npos)
        << link.error().what;
    NatsConnectOptions options;
    options.servers = {broker.url()};
    options.connect_timeout = 1s;
    const auto scrapes = dynamo::ScrapeConnection::open(options);
    ASSERT_FALSE(scrapes);
    EXPECT_NE(scrapes.error().what.find("no answer after the greeting"), std::string::npos)
        << scrapes.error().what;
    EXPECT_LT(steady_now() - begin, 10s);
}

TEST(Lifecycle, OfSeveralServersOneThatSaysNothingIsPassedOver) {
    testing::SilentBroker silent;
    NatsServer server;
    NatsConnectOptions options;
    options.servers = {silent.url(), server.url()};
    options.connect_timeout = 1s;
    WorkerLink::Options worker;
    worker.urls = silent.url() + "," + server.url();
    worker.service = "lab_backend";
    // nats.c chooses where it begins: until it has begun with the silent one each time.
    const auto until_it_was_tried = [&silent](const auto& connect) {
        const std::size_t before = silent.greeted();
        for (int attempt = 0; attempt < 30 && silent.greeted() == before; ++attempt) connect();
        EXPECT_GT(silent.greeted(), before);
    };
    until_it_was_tried([&worker] {
        const auto link = WorkerLink::open(worker, [](const ServiceQuestion&) {});
        EXPECT_TRUE(link) << link.error().what;
    });
    until_it_was_tried([&options] {
        const auto scrapes = dynamo::ScrapeConnection::open(options);
        EXPECT_TRUE(scrapes) << scrapes.error().what;
    });
}

TEST(Lifecycle, TheLibraryTouchesNoSignalAndPrintsNothing) {
    std::vector<struct sigaction> before(NSIG);
    const auto before_of = [&before](int number) -> struct sigaction& {
        return before[static_cast<std::size_t>(number)];
    };
    for (int number = 1; number < NSIG; ++number) ::sigaction(number, nullptr, &before_of(number));
    sigset_t mask_before;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    {
        NatsServer server;
        NatsWorkers workers({.url = server.url(), .workers = 2});
        Everything everything(server.url());
        EXPECT_TRUE(everything.has_workers(2));
        workers.set_payload(0, "this is no JSON");
        HttpSocket client(everything.server().address());
        client.send("this is no HTTP\r\n\r\n");
        EXPECT_GE(client.response().status, 400U);
        EXPECT_TRUE(wait_until(kPatience, [&] {
            const FleetViewPtr view = everything.cell().current();  // Held while it is read.
            const SourceInfo& source = view->sources().at(0);
            const auto not_json = static_cast<std::size_t>(RejectReason::not_json);
            return source.counters->rejected[not_json].load() > 0;
        }));
        server.kill();
        EXPECT_TRUE(wait_until(kPatience, [&] {
            return everything.cell().current()->sources().at(0).state != SourceState::connected;
        }));
    }
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction after{};
        ::sigaction(number, nullptr, &after);
        EXPECT_EQ(after.sa_handler, before_of(number).sa_handler) << "signal " << number;
    }
    sigset_t mask_after;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
    for (int number = 1; number < NSIG; ++number) {
        EXPECT_EQ(sigismember(&mask_after, number), sigismember(&mask_before, number)) << number;
    }
}

TEST(Lifecycle, ServeEndsWithinASecondWithCodeZero) {
    NatsServer broker;
    NatsWorkers workers({.url = broker.url(), .workers = 3});
    const testing::TempDir dir;
    const std::string address = "127.0.0.1:" + std::to_string(testing::free_port());
    testing::ChildProcess serve(
        {places::muster_binary(), "serve", "--nats", broker.url(), "--listen", address},
        dir.file("log"));
    ASSERT_TRUE(wait_until(kPatience, [&] {
        return text_of(dir.file("log")).find("serving http://") != std::string::npos;
    }));
    HttpSocket waiting(address);
    HttpSocket stalled(address, 4096);
    waiting.get("/v1/fleet?wait_version=999999&timeout=60s");
    for (int k = 0; k < 50; ++k) stalled.get("/v1/fleet");
    broker.pause();
    const Time asked = steady_now();
    serve.send(SIGTERM);
    EXPECT_EQ(serve.wait(kPatience), 0) << text_of(dir.file("log"));
    std::printf("    ended after %.1f ms\n", to_ms(steady_now() - asked));
    EXPECT_LE(steady_now() - asked, 1s);
    broker.resume();
}

}  // namespace
}  // namespace muster
