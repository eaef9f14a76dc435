#include "simulation/worker_process.hpp"

#include <utility>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

Load all_zeros() {
    Load load;
    load.set_count(LoadField::running, 0);
    load.set_count(LoadField::slots, 0);
    load.set_count(LoadField::waiting, 0);
    load.set_count(LoadField::kv_active_blocks, 0);
    load.set_count(LoadField::kv_total_blocks, 0);
    load.set_fraction(LoadField::kv_usage, 0.0);
    load.set_fraction(LoadField::prefix_hit_rate, 0.0);
    return load;
}

}  // namespace

WorkerProcess::WorkerProcess(WorkerTraits traits, std::int64_t started, Time now,
                             SeededRandom random)
    : traits_(std::move(traits)),
      started_(started),
      born_(now),
      last_writer_since_(now),
      histories_(traits_.ranks.size()),
      random_(random) {
    for (std::size_t stream = 0; stream < histories_.size(); ++stream) {
        if (traits_.starting_for > Duration::zero()) {
            histories_[stream].become(now, all_zeros(), true);
        } else {
            histories_[stream].become(now, random_load());
        }
    }
}

Load WorkerProcess::random_load() {
    Load load;
    const std::uint64_t active = random_.below(traits_.blocks + 1);
    load.set_count(LoadField::running, random_.below(traits_.slots + 1));
    load.set_count(LoadField::slots, traits_.slots);
    load.set_count(LoadField::waiting, random_.below(20));
    load.set_count(LoadField::kv_active_blocks, active);
    load.set_count(LoadField::kv_total_blocks, traits_.blocks);
    load.set_fraction(LoadField::kv_usage,
                      static_cast<double>(active) / static_cast<double>(traits_.blocks));
    load.set_fraction(LoadField::prefix_hit_rate, random_.fraction());
    return told(load);
}

Load WorkerProcess::told(Load load) const {
    switch (lie) {
        case Lie::none: break;
        case Lie::above_total:
            load.set_count(LoadField::kv_active_blocks, traits_.blocks + 1 + load.waiting);
            break;
        case Lie::huge_count: load.set_count(LoadField::waiting, kCountMax + 1); break;
        case Lie::fraction_above_one: load.set_fraction(LoadField::kv_usage, 1.25); break;
        case Lie::zero_capacity:
            load.set_count(LoadField::kv_total_blocks, 0);
            load.set_fraction(LoadField::kv_usage, 0.0);
            break;
    }
    return load;
}

Saying WorkerProcess::say(std::size_t stream) const {
    Saying saying;
    if (traits_.tells_start) saying.started = started_;
    if (traits_.counts_requests) saying.requests_total = requests_;
    saying.offers_load = traits_.offers_load;
    if (traits_.offers_load && traits_.tells_load) {
        saying.rank = traits_.ranks[stream];
        saying.load = histories_[stream].last().sent;
    }
    return saying;
}

Duration WorkerProcess::until_next_change() {
    return random_.between(traits_.change_every / 4, traits_.change_every * 7 / 4);
}

WorkerProcess::Change WorkerProcess::change(Time now) {
    std::size_t stream = random_.below(histories_.size());
    if (silenced_ == stream) stream = (stream + 1) % histories_.size();
    LoadHistory& history = histories_[stream];
    requests_ += random_.below(3);
    if (frozen) {
        ++requests_;
        return {stream, false};
    }
    const Load before = history.last().sent;
    const bool starting = now - born_ < traits_.starting_for;
    if (starting) return {stream, false};
    Load after = random_load();
    if (traits_.changes_untold && random_.chance(0.2)) {
        // Only what triggers no push: the first publish of a process is never one of these.
        Load quiet = before;
        if (quiet.slots > 0) {
            quiet.set_count(LoadField::running, random_.below(traits_.slots + 1));
            quiet.set_fraction(LoadField::prefix_hit_rate, random_.fraction());
            after = quiet;
        }
    } else if (history.spans().size() > 2 && random_.chance(0.15)) {
        // Back to a load that it had before: equal numbers, another time.
        after = history.spans()[history.spans().size() - 2].sent;
    }
    set_load(stream, after, now);
    return {stream,
            after.kv_active_blocks != before.kv_active_blocks || after.waiting != before.waiting};
}

void WorkerProcess::set_load(std::size_t stream, const Load& load, Time now) {
    histories_[stream].become(now, load);
    if (std::exchange(last_writer_, stream) != stream) last_writer_since_ = now;
}

void WorkerProcess::die(Time now) {
    life_ = Life::dead;
    died_ = now;
    for (LoadHistory& history : histories_) history.end(now);
}

}  // namespace muster
