// The life of one simulated process between its birth and its end.
#include "muster/sim/process.hpp"

#include <algorithm>
#include <limits>

namespace muster {
namespace {

/// A genuine worker pushes when this long nothing that triggers a push has changed.
constexpr Duration kPushDebounce = std::chrono::milliseconds(1);

MetricsRecord record_of(const Load& load, std::optional<std::uint32_t> rank) {
    MetricsRecord record;
    record.data_parallel_rank = rank;
    record.request_active_slots = load.running;
    record.request_total_slots = load.slots;
    record.num_requests_waiting = load.waiting;
    record.kv_active_blocks = load.kv_active_blocks;
    record.kv_total_blocks = load.kv_total_blocks;
    record.gpu_cache_usage_perc = static_cast<float>(load.kv_usage);
    record.gpu_prefix_cache_hit_rate = static_cast<float>(load.prefix_hit_rate);
    return record;
}

}  // namespace

std::string make_service_id(const ComponentName& component, std::uint64_t seed) {
    constexpr std::string_view kDigits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    SeededRandom random(seed_of_name(seed, to_string(component)));
    std::string id(22, '0');
    for (char& c : id) c = kDigits[random.below(62)];
    return id;
}

SimulatedProcess::SimulatedProcess(const ProcessPlan& plan, const Birth& birth,
                                   const LoadPlan& load)
    : plan_(&plan),
      seed_(birth.seed),
      load_plan_(load),
      is_warm_(birth.is_warm),
      started_(birth.started),
      service_id_(make_service_id(plan.component, birth.seed)) {
    ranks_.emplace_back(options_of_rank(0), birth.now);
    if (is_warm_ || ranks_[0].next_tick() == Time::max()) publish(birth.now);
}

Time SimulatedProcess::next_event() const noexcept {
    Time next = push_at_;
    for (const LoadModel& rank : ranks_) next = std::min(next, rank.next_tick());
    return next;
}

SimulatedProcess::Happened SimulatedProcess::step(Time now) {
    Happened happened;
    const auto rank = std::ranges::min_element(ranks_, {}, &LoadModel::next_tick);
    if (push_at_ <= now && push_at_ <= rank->next_tick()) {
        push_at_ = Time::max();
        happened.push_due = plan_->push && pushes_load(plan_->release);
        return happened;
    }
    if (!rank->step(now)) return happened;
    shown_rank_ = static_cast<std::uint32_t>(rank - ranks_.begin());
    publish(now);
    happened.load_changed = true;
    return happened;
}

void SimulatedProcess::set_faults(const RecordFaults& faults, Time now) {
    if (faults == faults_) return;
    const std::uint32_t count = std::max(faults.ranks, 1U);
    if (count < ranks_.size()) ranks_.erase(ranks_.begin() + count, ranks_.end());
    while (ranks_.size() < count)
        ranks_.emplace_back(options_of_rank(static_cast<std::uint32_t>(ranks_.size())), now);
    if (shown_rank_ >= count) shown_rank_ = 0;
    faults_ = faults;
    publish(now);
}

void SimulatedProcess::set_load(const Load& load, Time now) {
    load_plan_.shape = LoadShape::fixed;
    load_plan_.fixed = load;
    for (std::uint32_t rank = 0; rank < ranks_.size(); ++rank)
        ranks_[rank] = LoadModel(options_of_rank(rank), now);
    publish(now);
}

void SimulatedProcess::resume(Time now) noexcept {
    for (LoadModel& rank : ranks_) rank.resume(now);
}

MetricsRecord SimulatedProcess::record() const {
    if (faults_.zeros) return {};
    MetricsRecord record = published_;
    if (faults_.nan) {
        record.gpu_cache_usage_perc = std::numeric_limits<float>::quiet_NaN();
        record.gpu_prefix_cache_hit_rate = std::numeric_limits<float>::quiet_NaN();
    }
    return record;
}

std::uint64_t SimulatedProcess::requests_total() const noexcept {
    std::uint64_t total = 0;
    for (const LoadModel& rank : ranks_) total += rank.requests_total();
    return total;
}

void SimulatedProcess::publish(Time now) {
    if (faults_.frozen) return;
    const bool ranked = faults_.ranks > 0;
    published_ = record_of(load(), ranked ? std::optional(shown_rank_) : std::nullopt);
    const MetricsRecord said = record();
    if (said.kv_active_blocks == pushed_blocks_ && said.num_requests_waiting == pushed_waiting_)
        return;
    pushed_blocks_ = said.kv_active_blocks;
    pushed_waiting_ = said.num_requests_waiting;
    push_at_ = now + kPushDebounce;
}

LoadModelOptions SimulatedProcess::options_of_rank(std::uint32_t rank) const {
    LoadModelOptions options = plan_->load;
    options.plan = load_plan_;
    options.seed = mix_bits(seed_ + rank);
    if (!is_warm_) options.warm_seconds = 0.0;
    return options;
}

}  // namespace muster
