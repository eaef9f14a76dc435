#include "muster/sim/engines/engine_process.hpp"

#include <algorithm>
#include <cmath>

#include "muster/sim/random.hpp"

namespace muster::detail {

namespace {

/// As the load model has them: what a request asks, and how fast a sequence grows.
constexpr double kPromptTokens = 700.0;
constexpr double kStepsPerSecond = 40.0;

/// vLLM: a change is on its page after the step that saw it.
constexpr Duration kStep = std::chrono::milliseconds(25);
/// SGLang: decode gauges are set every 40 steps, and every 30 s at rest.
constexpr Duration kFortySteps = std::chrono::seconds(1);

/// Records of iterations that are kept for whoever reads next; the engine's own bound.
constexpr std::uint64_t kIterationsMax = 1'000;

}  // namespace

EngineProcess::EngineProcess(const Birth& birth) : birth_(birth) {
    for (std::uint32_t i = 0; i < std::max(birth.ranks, 1U); ++i) {
        LoadModelOptions options = birth.load;
        options.seed = mix_bits(birth.seed ^ (std::uint64_t{i} << 32U));
        Rank& rank = ranks_.emplace_back(LoadModel(options, birth.now));
        rank.counted_to = birth.now;
        rank.state.load = rank.state.shown = rank.model.load();
        const LoadBooks books = rank.model.books();
        rank.state.admitted = books.admitted;
        rank.state.done = books.done;
        rank.state.prompt_tokens = kPromptTokens * static_cast<double>(books.admitted);
        rank.state.cached_tokens =
            std::floor(rank.state.prompt_tokens * rank.state.load.prefix_hit_rate);
    }
}

Time EngineProcess::next_event() const noexcept {
    Time next = Time::max();
    for (const Rank& rank : ranks_) next = std::min({next, rank.model.next_tick(), rank.show_at});
    return next;
}

bool EngineProcess::step(Time now) {
    bool changed = false;
    for (Rank& rank : ranks_) {
        while (rank.model.next_tick() <= now) {
            count(rank, now);
            if (!rank.model.step(now)) continue;
            changed = true;
            show_later(rank, now);
        }
        if (rank.show_at > now) continue;
        rank.show_at = Time::max();
        rank.state.shown = rank.model.load();
    }
    return changed;
}

Duration EngineProcess::lag(const Rank& rank) const noexcept {
    switch (birth_.engine) {
        case Engine::vllm: return kStep;
        case Engine::sglang: return rank.model.load().running > 0 ? kFortySteps : kStep;
        default: return Duration::zero();  // Computed when they are asked.
    }
}

void EngineProcess::show_later(Rank& rank, Time now) {
    rank.state.load = rank.model.load();
    if (rank.show_at == Time::max()) rank.show_at = now + lag(rank);
}

/// What the engine did since: steps while something runs, a token per running request and step,
/// the prompts of those that were admitted.
void EngineProcess::count(Rank& rank, Time now) {
    EngineRankState& state = rank.state;
    const double seconds = std::chrono::duration<double>(age_between(rank.counted_to, now)).count();
    rank.counted_to = now;
    if (faults_.frozen) return;
    const Load& load = rank.model.load();
    if (load.running > 0) {
        const double steps = seconds * kStepsPerSecond;
        state.steps += steps;
        state.generated_tokens += steps * static_cast<double>(load.running);
    }
    const LoadBooks books = rank.model.books();
    const double prompts =
        kPromptTokens *
        static_cast<double>(books.admitted - std::min(books.admitted, state.admitted));
    state.prompt_tokens += prompts;
    state.cached_tokens += std::floor(prompts * load.prefix_hit_rate);
    state.admitted = books.admitted;
    state.done = books.done;
}

void EngineProcess::set_load(const Load& load, Time now) {
    for (Rank& rank : ranks_) {
        count(rank, now);
        LoadModelOptions options = birth_.load;
        options.plan = {.shape = LoadShape::fixed, .fixed = load};
        rank.model = LoadModel(options, now);
        show_later(rank, now);
    }
}

void EngineProcess::set_faults(const EngineNumberFaults& faults, Time now) {
    for (Rank& rank : ranks_) count(rank, now);
    faults_ = faults;
}

void EngineProcess::resume(Time now) {
    for (Rank& rank : ranks_) {
        rank.model.resume(now);
        rank.counted_to = now;
    }
}

std::vector<EngineRankState> EngineProcess::states(Time now) {
    std::vector<EngineRankState> states;
    for (Rank& rank : ranks_) {
        count(rank, now);
        EngineRankState state = rank.state;
        if (faults_.zeros) state = {};
        for (Load* load : {&state.load, &state.shown}) {
            if (faults_.nan) {
                load->kv_usage = load->prefix_hit_rate = std::numeric_limits<double>::quiet_NaN();
            }
        }
        state.generated_tokens = std::floor(state.generated_tokens);
        state.steps = std::floor(state.steps);
        states.push_back(state);
    }
    return states;
}

std::vector<EngineProcess::Iteration> EngineProcess::drain_iterations(Time now) {
    std::vector<Iteration> iterations;
    for (std::uint32_t i = 0; i < ranks_.size(); ++i) {
        Rank& rank = ranks_[i];
        count(rank, now);
        const auto newest = static_cast<std::uint64_t>(rank.state.steps);
        const std::uint64_t kept = newest - std::min(newest, kIterationsMax);
        for (std::uint64_t number = std::max(rank.steps_read, kept); number < newest; ++number) {
            iterations.push_back({number + 1, i, rank.model.load()});
        }
        rank.steps_read = newest;
    }
    return iterations;
}

}  // namespace muster::detail
