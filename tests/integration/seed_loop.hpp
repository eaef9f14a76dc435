// The seed's own loop (exact mode), looked at every 10 ms: what a program that uses it would have
// seen. It runs beside muster in the tests of faults, and fails there as it should.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "muster/dynamo/metrics_aggregator.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

class SeedLoop {
public:
    /// Throws if it cannot connect, as the seed's runtime does.
    explicit SeedLoop(const std::string& url) {
        dynamo::RuntimeOptions options;
        options.connect.servers = {url};
        options.mode = dynamo::Mode::exact;
        auto runtime = dynamo::Runtime::start(options);
        if (!runtime) throw std::runtime_error(runtime.error().what);
        runtime_ = std::move(*runtime);
        auto aggregator = dynamo::KvMetricsAggregator::start(*runtime_->component("lab", "backend"),
                                                             stop_.get_token());
        if (!aggregator) throw std::runtime_error(aggregator.error().what);
        aggregator_.emplace(std::move(*aggregator));
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
    ~SeedLoop() { stop_.request_stop(); }
    SeedLoop(const SeedLoop&) = delete;
    SeedLoop& operator=(const SeedLoop&) = delete;

    [[nodiscard]] dynamo::ProcessedEndpoints set() const { return aggregator_->get_endpoints(); }
    [[nodiscard]] std::set<std::uint64_t> ids() const {
        std::set<std::uint64_t> ids;
        for (const auto& id : set().worker_ids()) ids.insert(id.id);
        return ids;
    }
    /// The smallest set since the last reset.
    [[nodiscard]] std::size_t fewest_workers() const {
        const std::lock_guard lock(mutex_);
        return fewest_;
    }
    /// It said NaN for the average since the last reset.
    [[nodiscard]] bool said_nan() const {
        const std::lock_guard lock(mutex_);
        return said_nan_;
    }
    void reset() {
        const std::lock_guard lock(mutex_);
        fewest_ = std::numeric_limits<std::size_t>::max();
        said_nan_ = false;
    }

private:
    void run(const std::stop_token& stop) {
        (void)wait_until(
            std::chrono::hours(1),
            [&] {
                const dynamo::EndpointsPtr set = aggregator_->endpoints();
                const std::lock_guard lock(mutex_);
                fewest_ = std::min(fewest_, set->endpoints.size());
                said_nan_ = said_nan_ || std::isnan(set->load_avg);
                return stop.stop_requested();
            },
            std::chrono::milliseconds(10));
    }

    std::stop_source stop_;
    std::shared_ptr<dynamo::Runtime> runtime_;
    std::optional<dynamo::KvMetricsAggregator> aggregator_;
    mutable std::mutex mutex_;
    std::size_t fewest_ = std::numeric_limits<std::size_t>::max();
    bool said_nan_ = false;
    std::jthread thread_;
};

}  // namespace muster::testing
