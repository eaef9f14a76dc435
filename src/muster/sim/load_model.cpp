// The queueing model behind simulated loads. It is small on purpose: what it owes its users is that
// it conserves (nothing appears or vanishes) and that it never repeats differently.
#include "muster/sim/load_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace muster {
namespace {

constexpr std::uint32_t kTokensPerBlock = 16;
/// What one request needs on average; with 256 slots a worker does some 40 requests a second.
constexpr double kPromptTokensMean = 700.0;
constexpr double kPromptTokensMax = 8'000.0;
constexpr double kOutputTokensMean = 250.0;
constexpr double kOutputTokensMax = 4'000.0;
constexpr double kTokensPerSecond = 40.0;
/// The model advances in slices no longer than this, so that a slow tick does not let a sequence
/// jump over its whole life between two admissions.
constexpr double kSliceSeconds = 0.5;
/// The queue's bound per slot. Without it an overloaded worker would grow for ever.
constexpr std::size_t kWaitingPerSlot = 4;
/// Arrivals swing by this share around their mean, over this time.
constexpr double kSwingShare = 0.4;
constexpr double kSwingSeconds = 120.0;
constexpr double kSineTicks = 60.0;
constexpr std::uint32_t kBurstRequests = 8;
/// A model further behind than this does not catch up: the machine slept, its loads did too.
constexpr Duration kBehindMax = std::chrono::seconds(1);

std::uint32_t blocks_of(std::uint32_t tokens) noexcept {
    return (tokens + kTokensPerBlock - 1) / kTokensPerBlock;
}

/// Workers hold and send 32-bit fractions; the truth is what they can say.
double as_sent(double fraction) noexcept {
    return static_cast<double>(static_cast<float>(fraction));
}

double wave(double turns) noexcept {
    return std::sin(2.0 * std::numbers::pi * turns);
}

}  // namespace

LoadModel::LoadModel(const LoadModelOptions& options, Time start)
    : shape_(options.plan.shape),
      random_(options.seed),
      slots_(std::max(options.slots, 1U)),
      kv_blocks_(std::max(options.kv_blocks, 4U)) {
    const double rate = std::clamp(options.changes_per_second, 0.001, 10'000.0);
    phase_ = random_.unit();
    tick_length_ = Duration(std::llround(1e9 / rate));
    if (shape_ == LoadShape::fixed) {
        load_ = options.plan.fixed;
        return;
    }
    // Workers tick at moments of their own, spread over the first tick.
    next_tick_ = start + Duration(std::llround(random_.unit() * 1e9 / rate));
    if (shape_ != LoadShape::model) {
        tick_shape();
        return;
    }
    const double service_seconds = kOutputTokensMean / kTokensPerSecond;
    arrivals_per_second_ = random_.between(0.3, 1.0) * slots_ / service_seconds;
    hit_level_ = random_.between(0.2, 0.7);
    hit_rate_ = hit_level_;
    tick_model(std::clamp(options.warm_seconds, 0.0, 3'600.0));
    show_model();
}

bool LoadModel::step(Time now) {
    if (next_tick_ > now) return false;
    if (now - next_tick_ > kBehindMax) next_tick_ = now;
    const Load before = load_;
    tick();
    next_tick_ += until_next_tick();
    return load_ != before;
}

void LoadModel::resume(Time now) noexcept {
    if (next_tick_ != Time::max()) next_tick_ = now + tick_length_;
}

/// A burst is over soon, and the next one comes when its time has come.
Duration LoadModel::until_next_tick() const noexcept {
    if (shape_ != LoadShape::burst) return tick_length_;
    const Duration burst = std::min(kBurstTime, tick_length_ / 2);
    return load_.running > 0 ? burst : tick_length_ - burst;
}

LoadBooks LoadModel::books() const noexcept {
    LoadBooks books;
    books.admitted = admitted_;
    books.done = done_;
    books.refused = refused_;
    books.preempted = preempted_;
    if (shape_ != LoadShape::model) {
        books.running = load_.running;
        books.waiting = load_.waiting;
        books.blocks_held = load_.kv_active_blocks;
        return books;
    }
    books.running = running_.size();
    books.waiting = waiting_.size();
    for (const Request& request : running_) books.blocks_held += blocks_of(request.tokens);
    return books;
}

void LoadModel::tick() {
    ++ticks_;
    if (shape_ != LoadShape::model) return tick_shape();
    const Load before = load_;
    tick_model(std::chrono::duration<double>(tick_length_).count());
    show_model();
    if (load_ == before) change_anyway();
}

void LoadModel::tick_model(double seconds) {
    const double end = seconds_ + seconds;
    while (seconds_ < end) {
        const double slice = std::min(kSliceSeconds, end - seconds_);
        seconds_ += slice;
        grow(slice);
        while (next_arrival_ <= seconds_) {
            if (next_arrival_ > 0.0) arrive();
            const double swing = 1.0 + kSwingShare * wave(next_arrival_ / kSwingSeconds + phase_);
            next_arrival_ += random_.exponential(1.0 / (arrivals_per_second_ * swing));
        }
        start_waiting();
    }
}

void LoadModel::arrive() {
    if (waiting_.size() >= kWaitingPerSlot * slots_) {
        ++refused_;
        return;
    }
    const double prompt = std::min(random_.exponential(kPromptTokensMean), kPromptTokensMax);
    const double output = std::min(random_.exponential(kOutputTokensMean), kOutputTokensMax);
    // At most half of the cache for one request, so that the oldest can always go on.
    const std::uint32_t fits = kv_blocks_ / 2 * kTokensPerBlock;
    Request request;
    request.tokens = std::min(1 + static_cast<std::uint32_t>(prompt), fits - 1);
    request.final_tokens = std::min(request.tokens + 1 + static_cast<std::uint32_t>(output), fits);
    waiting_.push_back(request);
    ++admitted_;
    hit_rate_ += 0.01 * (std::clamp(hit_level_ + random_.between(-0.3, 0.3), 0.0, 1.0) - hit_rate_);
}

void LoadModel::grow(double seconds) {
    if (running_.empty()) return;
    token_credit_ += seconds * kTokensPerSecond * static_cast<double>(running_.size());
    const auto tokens = static_cast<std::uint64_t>(token_credit_);
    token_credit_ -= static_cast<double>(tokens);
    const std::size_t count = running_.size();
    const auto each = static_cast<std::uint32_t>(tokens / count);
    const std::size_t extra = tokens % count;
    // The tokens that do not go round are given in turn, so that short ticks grow somebody too.
    const std::size_t first = token_cursor_ % count;
    token_cursor_ = (first + extra) % count;
    for (std::size_t i = 0; i < running_.size(); ++i) {
        const std::size_t turn = (i + count - first) % count;
        if (!grow_one(i, each + (turn < extra ? 1 : 0))) break;
    }
    std::erase_if(running_, [this](const Request& request) {
        if (request.tokens < request.final_tokens) return false;
        blocks_held_ -= blocks_of(request.tokens);
        ++done_;
        return true;
    });
}

/// False if the sequence itself had to give its place back.
bool LoadModel::grow_one(std::size_t index, std::uint32_t tokens) {
    const std::uint32_t had = running_[index].tokens;
    const std::uint32_t grown = std::min(had + tokens, running_[index].final_tokens);
    const std::uint32_t more = blocks_of(grown) - blocks_of(had);
    while (blocks_held_ + more > kv_blocks_) {
        // The newest goes back to the head of the queue and starts over later, as engines do.
        const bool itself = running_.size() - 1 == index;
        blocks_held_ -= blocks_of(running_.back().tokens);
        waiting_.push_front(running_.back());
        running_.pop_back();
        ++preempted_;
        if (itself) return false;
    }
    blocks_held_ += more;
    running_[index].tokens = grown;
    return true;
}

void LoadModel::start_waiting() {
    while (!waiting_.empty() && running_.size() < slots_) {
        const std::uint32_t blocks = blocks_of(waiting_.front().tokens);
        if (blocks_held_ + blocks > kv_blocks_) return;
        blocks_held_ += blocks;
        running_.push_back(waiting_.front());
        waiting_.pop_front();
    }
}

/// A quiet tick still changes the load, because `--rate` promises so many changes a second: a
/// request comes or, where the queue is full, one that waited is given up by its client.
void LoadModel::change_anyway() {
    if (waiting_.size() >= kWaitingPerSlot * slots_) {
        waiting_.pop_back();
        ++done_;
    } else {
        arrive();
        start_waiting();
    }
    show_model();
}

void LoadModel::show_model() {
    show(running_.size(), waiting_.size(), blocks_held_);
}

void LoadModel::tick_shape() {
    if (shape_ == LoadShape::burst) return tick_burst();
    double height = 0.0;
    if (shape_ == LoadShape::sine) {
        height = 0.5 + 0.4 * wave(static_cast<double>(ticks_) / kSineTicks + phase_);
    } else {
        height = ticks_ % 2 == 0 ? 0.125 : 0.75;
    }
    const auto part = [](double share, std::uint32_t of) {
        return static_cast<std::uint64_t>(std::llround(share * static_cast<double>(of)));
    };
    show_shape(part(height, slots_), part(std::max(0.0, height - 0.7), slots_),
               part(0.9 * height, kv_blocks_));
}

void LoadModel::tick_burst() {
    if (ticks_ % 2 == 0) return show_shape(0, 0, 0);
    const std::uint32_t each = blocks_of(static_cast<std::uint32_t>(kPromptTokensMean));
    const std::uint32_t requests = std::min({kBurstRequests, slots_, kv_blocks_ / each});
    show_shape(requests, 0, std::uint64_t{requests} * each);
}

/// The books follow the load.
void LoadModel::show_shape(std::uint64_t running, std::uint64_t waiting, std::uint64_t blocks) {
    const std::uint64_t before = load_.running + load_.waiting;
    hit_rate_ = 0.5;
    show(running, waiting, blocks);
    const std::uint64_t after = load_.running + load_.waiting;
    if (after > before)
        admitted_ += after - before;
    else
        done_ += before - after;
}

void LoadModel::show(std::uint64_t running, std::uint64_t waiting, std::uint64_t blocks) {
    load_.set_count(LoadField::running, running);
    load_.set_count(LoadField::slots, slots_);
    load_.set_count(LoadField::waiting, waiting);
    load_.set_count(LoadField::kv_active_blocks, blocks);
    load_.set_count(LoadField::kv_total_blocks, kv_blocks_);
    load_.set_fraction(LoadField::kv_usage,
                       as_sent(static_cast<double>(blocks) / static_cast<double>(kv_blocks_)));
    load_.set_fraction(LoadField::prefix_hit_rate, as_sent(hit_rate_));
}

}  // namespace muster
