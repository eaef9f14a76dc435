// Who takes part, and how each is broken.
#include "demo_fleet.hpp"

#include <utility>

#include "muster/io/http/scrape_target.hpp"

namespace muster {
namespace {

struct Part {
    DemoSubject subject;
    Engine engine;
    const char* model;
};

constexpr std::array<Part, 3> kEngines = {{
    {DemoSubject::vllm, Engine::vllm, "acme/chat-8b"},
    {DemoSubject::sglang, Engine::sglang, "acme/chat-70b"},
    {DemoSubject::llamacpp, Engine::llamacpp, "acme/edge-1b"},
}};

Result<std::unique_ptr<SimulatedEngines>> start_engines(const Part& part, std::uint64_t seed) {
    SimulatedEnginesOptions options;
    options.engine = part.engine;
    options.workers = kDemoEnginesEach;
    options.model = part.model;
    options.seed = seed;
    return SimulatedEngines::start(std::move(options));
}

}  // namespace

Result<DemoFleet> DemoFleet::start(const std::stop_token& stop) {
    auto broker = DemoBroker::start(stop);
    if (!broker) return std::unexpected(std::move(broker.error()));
    SimulatedFleetOptions workers_options;
    workers_options.nats_url = broker->url();
    workers_options.workers = kDemoDynamoWorkers;
    // One road only: pushes would hide late answers and keep a mute worker known.
    workers_options.push = false;
    auto workers = SimulatedFleet::start(std::move(workers_options));
    if (!workers) return std::unexpected(std::move(workers.error()));
    Engines engines;
    for (std::size_t i = 0; i < kEngines.size(); ++i) {
        auto started = start_engines(kEngines[i], 100 * (i + 1));
        if (!started) return std::unexpected(std::move(started.error()));
        engines[i] = std::move(*started);
    }
    return DemoFleet(std::move(*broker), std::move(*workers), std::move(engines));
}

CollectOptions DemoFleet::collect_options() const {
    CollectOptions collect;
    NatsSourceOptions& nats = collect.sources.emplace_back();
    nats.connect.servers = {broker_.url()};
    nats.connect.client_name = "muster demo";
    nats.components = {{"dynamo", "backend"}};
    for (const auto& engines : engines_) {
        for (std::uint32_t worker = 0; worker < kDemoEnginesEach; ++worker) {
            // Our own HOST:PORT is always one.
            if (auto target = parse_scrape_target(engines->address(worker))) {
                collect.http.workers.push_back(std::move(*target));
            }
        }
    }
    return collect;
}

SimulatedEngines* DemoFleet::engines_of(DemoSubject subject) const noexcept {
    for (std::size_t i = 0; i < kEngines.size(); ++i) {
        if (kEngines[i].subject == subject) return engines_[i].get();
    }
    return nullptr;
}

void DemoFleet::begin(const DemoChapter& chapter) {
    // The chapters name workers that exist; if one failed all the same, nothing breaks.
    if (chapter.subject == DemoSubject::broker) {
        broker_.pause();
    } else if (chapter.subject == DemoSubject::dynamo) {
        (void)workers_->set_fault(chapter.worker, chapter.fault, chapter.duration);
    } else if (SimulatedEngines* const engines = engines_of(chapter.subject)) {
        (void)engines->set_fault(chapter.worker, chapter.fault, chapter.duration);
    }
}

void DemoFleet::end(const DemoChapter& chapter) {
    if (chapter.subject == DemoSubject::broker) broker_.resume();
}

std::string DemoFleet::subject_of(const DemoChapter& chapter) const {
    if (chapter.subject == DemoSubject::broker) return {};
    if (chapter.subject == DemoSubject::dynamo) return workers_->worker_id(chapter.worker);
    const SimulatedEngines* const engines = engines_of(chapter.subject);
    return engines == nullptr ? std::string() : "http/" + engines->address(chapter.worker);
}

}  // namespace muster
