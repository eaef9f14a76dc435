// A running muster over one NATS source, as integration tests look at it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "muster/io/nats/nats_source.hpp"
#include "muster/io/runtime/collector_host.hpp"
#include "support/wait_until.hpp"

namespace muster::testing {

/// For waits in integration tests: a busy machine; none of them takes so long by itself.
inline constexpr Duration kPatience = kLongEnough;

inline NatsSourceOptions options_for(const std::string& url,
                                     std::vector<ComponentName> components = {{"lab", "backend"}}) {
    NatsSourceOptions options;
    options.connect.servers = {url};
    options.components = std::move(components);
    return options;
}

/// A collector that runs, one source, and a reader.
class NatsMuster {
public:
    explicit NatsMuster(NatsSourceOptions options, Collector::Options rules = {}) : host_(rules) {
        host_.start();
        auto started = NatsSource::start(std::move(options), host_.collector(), host_.clock());
        if (!started) throw std::runtime_error(started.error().what);
        source_ = std::move(*started);
    }
    ~NatsMuster() { source_.reset(); }

    FleetViewPtr view() { return host_.view_cell().current(); }
    SourceInfo source_info() { return view()->sources().at(0); }
    std::shared_ptr<SourceCounters> counters() { return host_.collector().counters({0}); }
    std::uint64_t rejected(RejectReason reason) {
        return counters()->rejected[static_cast<std::size_t>(reason)].load();
    }
    std::optional<std::uint64_t> active_blocks(const std::string& id) {
        const auto now = view();
        const auto row = now->find(id);
        if (!row) return std::nullopt;
        return now->load(*row).count(LoadField::kv_active_blocks);
    }
    bool sees(const std::string& id, std::uint64_t blocks) {
        return wait_until(kPatience, [&] { return active_blocks(id) == blocks; });
    }
    bool is(SourceState state) {
        return wait_until(kPatience, [&] {
            const auto now = view();
            return !now->sources().empty() && now->sources()[0].state == state;
        });
    }
    /// Its last error or reason once it says `words`; what it says instead after kPatience.
    std::string says(const std::string& words) {
        std::string said;
        (void)wait_until(kPatience, [&] {
            const auto now = view();
            if (now->sources().empty()) return false;
            said = now->sources()[0].last_error.value_or("");
            return said.find(words) != std::string::npos;
        });
        return said;
    }
    CollectorHost& host() { return host_; }
    NatsSource& source() { return *source_; }

private:
    CollectorHost host_;
    std::unique_ptr<NatsSource> source_;
};

}  // namespace muster::testing
