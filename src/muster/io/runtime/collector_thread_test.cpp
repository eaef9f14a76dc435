// The collector's timer thread, and the descriptor by which foreign event loops learn of views.
#include "muster/io/runtime/collector_thread.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "muster/io/runtime/collector_host.hpp"
#include "muster/io/runtime/view_descriptor.hpp"
#include "support/wait_until.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;
using testing::steady_now;
using testing::wait_until;

/// Counts what the collector asks of it, and answers every echo at once.
class EchoingSource final : public Source {
public:
    explicit EchoingSource(Collector& collector) : collector_(collector) {}
    bool ask(const Question& question) override {
        ++asked_;
        return echo(question.echo);
    }
    bool echo(EchoId echo) override {
        collector_.echo_received(id_, echo, steady_now());
        return true;
    }
    void connect(Time now) {
        id_ = collector_.add_source({.id = "s", .kind = "test", .target = "t"}, *this, now);
        collector_.add_component(id_, {.name = "lab/backend"}, now);
        collector_.connected(id_, now);
    }
    void detach() { collector_.detach_source(id_, "test ends", steady_now()); }
    [[nodiscard]] int asked() const { return asked_; }

private:
    Collector& collector_;
    SourceId id_;
    std::atomic<int> asked_{0};
};

bool readable(const ViewDescriptor& descriptor) {
    pollfd watched{.fd = descriptor.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 1;
}

TEST(CollectorThread, StepsAtTheIntervalAndAtOnceWhenWoken) {
    CollectorHost host;
    host.start();
    EchoingSource source(host.collector());
    const Time begin = steady_now();
    source.connect(begin);
    ASSERT_TRUE(wait_until(5s, [&] { return source.asked() >= 1; }, 1ms));
    // Woken: it would have slept up to 250 ms by itself. Room for a busy machine.
    EXPECT_LT(steady_now() - begin, 200ms);
    ASSERT_TRUE(wait_until(5s, [&] { return source.asked() >= 4; }, 1ms));
    EXPECT_GE(steady_now() - begin, 700ms);  // Three intervals of 250 ms, not a busy loop.
    source.detach();
}

TEST(CollectorThread, StopsAtOnceAndTwice) {
    CollectorHost host;
    host.start();
    const Time before = steady_now();
    host.stop();
    host.stop();
    EXPECT_LT(steady_now() - before, 1s);
}

TEST(ViewDescriptor, IsReadableFromAPublicationUntilItIsDrained) {
    CollectorHost host;
    auto descriptor = ViewDescriptor::open(host.view_cell());
    ASSERT_TRUE(descriptor);
    EXPECT_FALSE(readable(**descriptor));
    host.start();
    EchoingSource source(host.collector());
    source.connect(steady_now());
    EXPECT_TRUE(wait_until(5s, [&] { return readable(**descriptor); }));
    source.detach();
    host.stop();
    (*descriptor)->drain();
    EXPECT_FALSE(readable(**descriptor));
    // Made after a publication it is readable at once.
    auto late = ViewDescriptor::open(host.view_cell());
    ASSERT_TRUE(late);
    EXPECT_TRUE(readable(**late));
}

}  // namespace
}  // namespace muster
