#include "simulation/fleet_truth.hpp"

#include <algorithm>
#include <set>

namespace muster {
namespace {

/// Streams of a process that a row with this rank may show. A process with one stream may have
/// told its rank later, or not at all.
template <typename Judge>
bool any_stream(const InstanceTruth& truth, std::optional<std::uint32_t> rank, Judge judge) {
    for (auto it = truth.processes.rbegin(); it != truth.processes.rend(); ++it) {
        const WorkerProcess& process = **it;
        for (std::size_t stream = 0; stream < process.stream_count(); ++stream) {
            const bool sure = process.stream_count() > 1 && !process.left_rank_out;
            if (sure && process.rank(stream) != rank) continue;
            if (judge(process.history(stream))) return true;
        }
    }
    return false;
}

}  // namespace

bool InstanceTruth::pushed_at(Time moment) const {
    const auto push = std::lower_bound(pushes.begin(), pushes.end(), moment);
    return push != pushes.end() && *push - moment < std::chrono::microseconds(1);
}

Time InstanceTruth::published_by(std::optional<std::uint32_t> rank, Time moment) const {
    const auto of_rank = published.find(rank);
    if (of_rank == published.end()) return kNever;
    const auto later = std::upper_bound(of_rank->second.begin(), of_rank->second.end(), moment);
    return later == of_rank->second.begin() ? kNever : *std::prev(later);
}

WorkerProcess* InstanceTruth::living() const {
    for (auto it = processes.rbegin(); it != processes.rend(); ++it) {
        if (!(*it)->dead()) return it->get();
    }
    return nullptr;
}

std::size_t InstanceTruth::living_count() const {
    return static_cast<std::size_t>(std::count_if(processes.begin(), processes.end(),
                                                  [](const auto& p) { return !p->dead(); }));
}

bool InstanceTruth::was(std::optional<std::uint32_t> rank, const Load& shown, Time from,
                        Time until) const {
    return any_stream(*this, rank,
                      [&](const LoadHistory& history) { return history.was(shown, from, until); });
}

bool InstanceTruth::triggers_were(std::optional<std::uint32_t> rank, const Load& shown, Time from,
                                  Time until) const {
    return any_stream(*this, rank, [&](const LoadHistory& history) {
        return history.triggers_were(shown, from, until);
    });
}

bool InstanceTruth::was_unknown(std::optional<std::uint32_t> rank, Time from, Time until) const {
    return any_stream(*this, rank,
                      [&](const LoadHistory& history) { return history.was_unknown(from, until); });
}

bool InstanceTruth::had_several_ranks() const {
    std::set<std::optional<std::uint32_t>> ranks;
    for (const auto& process : processes) {
        for (std::size_t stream = 0; stream < process->stream_count(); ++stream) {
            ranks.insert(process->rank(stream));
        }
        if (process->learnt_rank()) ranks.insert(process->learnt_rank());
    }
    return ranks.size() > 1;
}

bool InstanceTruth::had_twins_since(Time since) const {
    for (std::size_t i = 0; i < processes.size(); ++i) {
        for (std::size_t k = i + 1; k < processes.size(); ++k) {
            const Time from = std::max(processes[i]->born(), processes[k]->born());
            const Time until = std::min(processes[i]->died(), processes[k]->died());
            if (from < until && until > since) return true;
        }
    }
    return false;
}

bool InstanceTruth::lived(Time from, Time until) const {
    return std::any_of(processes.begin(), processes.end(), [&](const auto& process) {
        return process->born() <= until && process->died() >= from;
    });
}

std::string FleetTruth::key_of(const SimulatedComponent& component, const WorkerTraits& traits) {
    return make_worker_id(component.name, traits.instance_id, traits.service_id, std::nullopt);
}

InstanceTruth& FleetTruth::enter(SimulatedComponent& component,
                                 const std::shared_ptr<WorkerProcess>& process) {
    InstanceTruth& truth = instances_[key_of(component, process->traits())];
    truth.component = &component;
    truth.processes.push_back(process);
    return truth;
}

InstanceTruth* FleetTruth::find(const std::string& key) {
    const auto found = instances_.find(key);
    return found == instances_.end() ? nullptr : &found->second;
}

void FleetTruth::published(const std::string& key, std::optional<std::uint32_t> rank, Time when) {
    if (InstanceTruth* const truth = find(key)) truth->published[rank].push_back(when);
}

InstanceTruth* FleetTruth::find(const std::shared_ptr<const WorkerIdentity>& identity) {
    InstanceTruth*& found = by_identity_[identity];
    if (found == nullptr) {
        found = find(make_worker_id(identity->component, identity->instance_id,
                                    identity->instance_name, std::nullopt));
    }
    return found;
}

}  // namespace muster
