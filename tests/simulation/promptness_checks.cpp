// How soon a change must be visible, and how old a load may look whose worker is well.
//
// A pull shows what its process wrote last; with several ranks the other ranks' loads wait until
// they are written or pushed. A push shows the fields whose change triggers one.
#include <algorithm>
#include <string>

#include "simulation/fleet_checker.hpp"

namespace muster {
namespace {

using namespace std::chrono_literals;

std::optional<std::size_t> row_of(const FleetView& view, const InstanceTruth& truth,
                                  const std::string& key, std::size_t stream) {
    const WorkerProcess& process = *truth.living();
    if (process.stream_count() > 1) {
        return view.find(key + "/" + std::to_string(*process.rank(stream)));
    }
    auto row = view.find(key);
    // The rank may be one that another process of this name told.
    for (const auto& one : truth.processes) {
        const auto rank = one->rank(0) ? one->rank(0) : one->learnt_rank();
        if (!row && rank) row = view.find(key + "/" + std::to_string(*rank));
    }
    return row;
}

}  // namespace

Duration FleetChecker::push_bound(const SimulatedComponent& component) const {
    const Duration transit = fleet_.broker_of(component).worst_transit_since(fleet_.now() - 10s);
    return kPushDebounce + transit + fleet_.publication_gap() + fleet_.options().timer_lateness +
           4 * fleet_.options().grid;
}

Duration FleetChecker::pull_bound(const SimulatedComponent& component) const {
    const Duration interval = components_.at(component.id.value).widest_interval;
    return 2 * interval + fleet_.options().rules.patience + push_bound(component) - kPushDebounce;
}

bool FleetChecker::path_clean_since(const SimulatedComponent& component,
                                    const WorkerProcess& process, Time since) const {
    const Duration interval = components_.at(component.id.value).widest_interval;
    // A source that was in doubt needs three timely echoes before it is asked again.
    const Time whole_since = since - 4 * interval - 1s;
    return process.disturbance.clean_since(since) && component.disturbance.clean_since(since) &&
           fleet_.broker_of(component).disturbance.clean_since(whole_since) &&
           fleet_.muster_disturbance.clean_since(whole_since);
}

void FleetChecker::check_promptness(const FleetView& view, Time now) {
    for (const auto& [key, truth] : fleet_.truth().all()) {
        if (!fleet_.ok()) return;
        if (truth.living_count() == 1) check_prompt(view, truth, now);
    }
}

void FleetChecker::check_prompt(const FleetView& view, const InstanceTruth& truth, Time now) {
    const WorkerProcess& process = *truth.living();
    if (!components_.contains(truth.component->id.value)) return;
    // A record without a rank may be taken for another rank's.
    if (process.responder_dead || process.garbles || process.left_rank_out) return;
    // Who is left of two takes over once the other is silent; until then its answers are dropped.
    const Duration takes_over = lost_after(*truth.component) + 12s;
    const bool had_double = std::ranges::any_of(truth.processes, [&](const auto& other) {
        return other->died() > process.born() && now - other->died() < takes_over &&
               other.get() != &process;
    });
    for (std::size_t stream = 0; stream < process.stream_count(); ++stream) {
        if (process.traits().offers_load && process.traits().tells_load) {
            check_pulled(view, truth, stream, now, had_double);
        }
        if (process.traits().pushes && !had_double) check_pushed(view, truth, stream, now);
    }
}

void FleetChecker::check_pulled(const FleetView& view, const InstanceTruth& truth,
                                std::size_t stream, Time now, bool had_double) {
    const WorkerProcess& process = *truth.living();
    const Duration bound = pull_bound(*truth.component);
    const Time since = now - bound;
    if (process.last_writer() != stream || process.last_writer_since() > since) return;
    if (!path_clean_since(*truth.component, process, since)) return;
    const std::string key = fleet_.key_of(*truth.component, process);
    const auto row = row_of(view, truth, key, stream);
    if (!row) {
        fleet_.fail(key + " lives and answers for " + seconds(now - process.born()) +
                    ", and is not shown");
        return;
    }
    if (had_double) return;
    const LoadHistory& history = process.history(stream);
    if (!view.has_load(*row)) {
        if (!history.was_unknown(since, now)) fail(view, *row, "its load is not shown in time");
        return;
    }
    if (!history.was(view.load(*row), since, now)) {
        fail(view, *row, "a change is not visible within " + seconds(bound));
    }
    const bool listed = !truth.withdrawn && now - truth.listed_since > push_bound(*truth.component);
    if (view.flags(*row).has(WorkerFlag::zombie) && listed) {
        fail(view, *row, "a zombie that discovery lists");
    }
    if (*view.known_at(*row) < since) {
        fail(view, *row,
             "its age is " + seconds(now - *view.known_at(*row)) + " though it answers at once");
    }
}

void FleetChecker::check_pushed(const FleetView& view, const InstanceTruth& truth,
                                std::size_t stream, Time now) {
    const WorkerProcess& process = *truth.living();
    const WorkerTraits& traits = process.traits();
    const Duration bound = push_bound(*truth.component);
    const Time since = now - bound;
    const Time pushed = truth.published_by(process.rank(stream), since);
    // The two of one id push for each other until both are known; and where messages overtake each
    // other the one that arrives last is shown.
    if (pushed == kNever || truth.component->traits.spared) return;
    if (fleet_.broker_of(*truth.component).weather().reorders) return;
    // Before a push is taken, its worker must have answered.
    const Time answered = pushed - pull_bound(*truth.component);
    if (!path_clean_since(*truth.component, process, answered)) return;
    const std::string key = fleet_.key_of(*truth.component, process);
    const auto row = row_of(view, truth, key, stream);
    const bool unheard =
        process.stream_count() > 1 && now - pushed >= fleet_.options().rules.rank_unheard_after;
    if (!row && unheard) return;
    if (!row || !view.has_load(*row)) {
        fleet_.fail(key + " pushed " + seconds(now - pushed) + " ago, and no load of it is shown");
        return;
    }
    if (!process.history(stream).triggers_were(view.load(*row), since, now)) {
        fail(view, *row, "a pushed change is not visible within " + seconds(bound));
    }
    // Silence confirms what was pushed, where the worker tells no load and who it is.
    const bool silence_tells = !traits.offers_load && traits.tells_start;
    const Time known = silence_tells
                           ? std::max(pushed, now - pull_bound(*truth.component) - kPushDebounce)
                           : pushed;
    if (*view.known_at(*row) < known) {
        fail(view, *row,
             "its age is " + seconds(now - *view.known_at(*row)) + " though it pushed " +
                 seconds(now - pushed) + " ago");
    }
}

}  // namespace muster
