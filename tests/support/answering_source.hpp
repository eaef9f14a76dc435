// AnsweringSource: a source without a network, whose workers answer each question at once.
//
// For tests of what stands behind a running collector. Attach it before the collector steps; then
// only the collector's thread calls it.
#pragma once

#include <cstdint>
#include <string>

#include "muster/collect/collector.hpp"
#include "muster/collect/source.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class AnsweringSource final : public Source {
public:
    /// Workers "lab/backend/1000" and on.
    AnsweringSource(Collector& collector, const Clock& clock, std::uint64_t workers)
        : collector_(collector), clock_(clock), workers_(workers) {
        source_ = collector.add_source({.id = "lab-1", .kind = "lab", .target = "here"}, *this,
                                       clock.now());
        component_ = collector.add_component(source_, {.name = "lab/backend"}, clock.now());
        collector.connected(source_, clock.now());
    }
    ~AnsweringSource() override {
        collector_.detach_source(source_, "the test ends", clock_.now());
    }
    AnsweringSource(const AnsweringSource&) = delete;
    AnsweringSource& operator=(const AnsweringSource&) = delete;

    bool ask(const Question& question) override {
        for (std::uint64_t i = 0; i < workers_; ++i) {
            Load load;
            load.set_count(LoadField::running, i);
            load.set_count(LoadField::kv_active_blocks, 10 * i);
            const std::string raw = "{\"running\":" + std::to_string(i) + "}";
            Answer answer;
            answer.component = component_;
            answer.round = question.round;
            answer.received = clock_.now();
            answer.instance = {.id = 1000 + i, .name = {}};
            answer.load = &load;
            answer.address = "lab:worker";
            answer.engine = "lab";
            answer.raw = raw;
            (void)collector_.apply(answer);
        }
        return echo(question.echo);
    }
    bool echo(EchoId id) override {
        collector_.echo_received(source_, id, clock_.now());
        collector_.drained(clock_.now());
        return true;
    }

private:
    Collector& collector_;
    const Clock& clock_;
    std::uint64_t workers_;
    SourceId source_;
    ComponentId component_;
};

}  // namespace muster::testing
