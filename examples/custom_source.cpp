// A transport of one's own: a Source that reports this machine as a worker. It is asked by the
// collector and answers from /proc/loadavg, at once, so its echo comes back with the answer.
//
// usage: example_custom_source [VIEWS]                   ends after that many views (default 3)
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

#include "muster/fleet/watcher.hpp"
#include "muster/io/runtime/collector_host.hpp"

namespace {

// The fourth field of /proc/loadavg: "2/345", processes that run of processes there are.
std::optional<muster::Load> machine_load() {
    std::ifstream file("/proc/loadavg");
    std::string ignored;
    muster::Load load;
    std::uint64_t running = 0;
    char slash = 0;
    if (!(file >> ignored >> ignored >> ignored >> running >> slash) || slash != '/') {
        return std::nullopt;
    }
    load.set_count(muster::LoadField::running, running);
    return load;
}

muster::ComponentSpec component_spec() {
    muster::ComponentSpec spec;
    spec.name = "local/machine";
    spec.engine = "linux";
    return spec;
}

class MachineSource final : public muster::Source {
public:
    MachineSource(muster::Collector& collector, const muster::Clock& clock)
        : collector_(collector),
          clock_(clock),
          id_(collector.add_source({"machine", "file", "/proc/loadavg"}, *this, clock.now())),
          component_(collector.add_component(id_, component_spec(), clock.now())) {
        collector.connected(id_, clock.now());
    }

    // From within step(), without the collector's lock: so it may be called back at once.
    bool ask(const muster::Question& question) override {
        const auto load = machine_load();
        muster::Answer answer;
        answer.component = component_;
        answer.round = question.round;
        answer.received = clock_.now();
        answer.instance.name = "this";
        answer.load = load ? &*load : nullptr;  // Null: it lives, and tells no load.
        answer.address = "/proc/loadavg";
        answer.engine = "linux";
        (void)collector_.apply(answer);
        return echo(question.echo);
    }
    bool echo(muster::EchoId echo) override {
        collector_.echo_received(id_, echo, clock_.now());
        return true;
    }

    void detach() { collector_.detach_source(id_, "the program ends", clock_.now()); }

private:
    muster::Collector& collector_;
    const muster::Clock& clock_;
    muster::SourceId id_;
    muster::ComponentId component_;
};

}  // namespace

int main(int argc, char** argv) {
    const long views = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 3;
    muster::CollectorHost host;
    MachineSource machine(host.collector(), host.clock());
    muster::Watcher watcher(host.view_cell());
    host.start();
    for (long seen = 0; seen < views; ++seen) {
        const muster::FleetViewPtr view = watcher.wait(std::chrono::seconds(60));
        if (!view) break;
        const auto row = view->find("local/machine/this");
        const auto running = row ? view->load(*row).count(muster::LoadField::running)
                                 : std::optional<std::uint64_t>();
        std::printf("version %" PRIu64 ", %zu workers", view->version(), view->size());
        if (running) std::printf(", %" PRIu64 " processes run", *running);
        std::printf("\n");
    }
    machine.detach();
    return 0;
}
