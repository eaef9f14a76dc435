// Rings of samples, one for each row of the view, all turned by one tick.
//
// Thread rules are the header's.
#include "muster/serve/load_history.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

namespace {

LoadSample sample_of(const FleetView& view, std::size_t row, Time now) {
    const Load load = view.load(row);
    LoadSample sample;
    sample.state = view.state_at(row, now);
    if (sample.state == WorkerState::unknown) return sample;
    const auto request_count = [&](LoadField field, std::uint64_t value, std::uint32_t& into) {
        if (!load.known.has(field) || value > std::numeric_limits<std::uint32_t>::max()) return;
        into = static_cast<std::uint32_t>(value);
        sample.known.add(field);
    };
    request_count(LoadField::running, load.running, sample.running);
    request_count(LoadField::waiting, load.waiting, sample.waiting);
    if (load.known.has(LoadField::kv_active_blocks)) {
        sample.kv_active_blocks = load.kv_active_blocks;
        sample.known.add(LoadField::kv_active_blocks);
    }
    if (load.known.has(LoadField::kv_usage)) {
        sample.kv_usage = static_cast<float>(load.kv_usage);
        sample.known.add(LoadField::kv_usage);
    }
    return sample;
}

}  // namespace

void LoadHistory::sample(const FleetView& view, Time now) {
    const std::scoped_lock lock(mutex_);
    ++tick_;
    fit_depth(view.size());  // Before anything is allocated for newcomers.
    follow(view);
    times_.resize(depth_);
    times_[tick_ % depth_] = now;
    for (std::size_t row = 0; row < tracks_.size(); ++row) {
        tracks_[row].ring[tick_ % depth_] = sample_of(view, row, now);
    }
}

/// Tracks of the view's rows, in its order; both are sorted by id.
void LoadHistory::follow(const FleetView& view) {
    if (view.parts().directory == directory_) return;
    directory_ = view.parts().directory;
    std::vector<Track> tracks;
    tracks.reserve(directory_->size());
    auto old = tracks_.begin();
    for (const DirectoryEntry& entry : *directory_) {
        while (old != tracks_.end() && old->identity->id < entry.identity->id) ++old;
        if (old != tracks_.end() && old->identity->id == entry.identity->id) {
            tracks.push_back(std::move(*old++));
        } else {
            tracks.push_back({entry.identity, tick_, std::vector<LoadSample>(depth_)});
        }
    }
    tracks_ = std::move(tracks);
}

/// Halves the depth until all fits, doubles it when twice as much would fit with room to spare.
void LoadHistory::fit_depth(std::size_t workers) {
    const auto bytes = [&](std::size_t depth) { return workers * depth * sizeof(LoadSample); };
    std::size_t depth = depth_;
    while (depth > 1 && bytes(depth) > bytes_max_) depth /= 2;
    while (depth < samples_max_ && bytes(2 * depth) < bytes_max_ / 4 * 3) {
        depth = std::min(2 * depth, samples_max_);
    }
    if (depth == depth_) return;
    const std::size_t kept = std::min<std::uint64_t>({depth, depth_, tick_});
    const auto turned = [&](auto& ring, auto fresh) {
        fresh.resize(depth);
        for (std::size_t back = 0; back < kept; ++back) {
            fresh[(tick_ - back) % depth] = ring[(tick_ - back) % depth_];
        }
        ring = std::move(fresh);
    };
    times_.resize(depth_);
    turned(times_, std::vector<Time>{});
    for (Track& track : tracks_) {
        turned(track.ring, std::vector<LoadSample>{});
        // What lies further back than the shallower of the two is gone for good.
        track.first_tick = std::max<std::uint64_t>(track.first_tick, tick_ - kept + 1);
    }
    depth_ = depth;
}

WorkerHistory LoadHistory::of(std::string_view worker_id) const {
    const std::scoped_lock lock(mutex_);
    WorkerHistory history;
    const auto at = std::ranges::lower_bound(tracks_, worker_id, {}, [](const Track& track) {
        return std::string_view(track.identity->id);
    });
    if (at == tracks_.end() || at->identity->id != worker_id) return history;
    const std::uint64_t count = std::min<std::uint64_t>(depth_, tick_ - at->first_tick + 1);
    for (std::uint64_t tick = tick_ - count + 1; tick <= tick_; ++tick) {
        history.times.push_back(times_[tick % depth_]);
        history.samples.push_back(at->ring[tick % depth_]);
    }
    return history;
}

std::size_t LoadHistory::depth() const {
    const std::scoped_lock lock(mutex_);
    return depth_;
}

void append_history_json(std::string& out, const WorkerHistory& history, Duration interval,
                         const WallAnchor& anchor) {
    JsonWriter writer(out);
    writer.begin_object();
    writer.key("interval_ms");
    writer.integer(std::chrono::duration_cast<std::chrono::milliseconds>(interval).count());
    writer.key("time").begin_array();
    for (const Time when : history.times) {
        std::string text;
        append_rfc3339(text, anchor.wall_at(when));
        writer.string(text);
    }
    writer.end_array().key("state").begin_array();
    for (const LoadSample& sample : history.samples) writer.string(name_of(sample.state));
    writer.end_array();
    const auto list = [&](LoadField field, auto write) {
        writer.key(name_of(field)).begin_array();
        for (const LoadSample& sample : history.samples) {
            if (sample.known.has(field))
                write(sample);
            else
                writer.null();
        }
        writer.end_array();
    };
    list(LoadField::running, [&](const LoadSample& sample) { writer.integer(sample.running); });
    list(LoadField::waiting, [&](const LoadSample& sample) { writer.integer(sample.waiting); });
    list(LoadField::kv_active_blocks,
         [&](const LoadSample& sample) { writer.integer(sample.kv_active_blocks); });
    list(LoadField::kv_usage,
         [&](const LoadSample& sample) { writer.fraction(static_cast<double>(sample.kv_usage)); });
    writer.end_object();
}

}  // namespace muster
