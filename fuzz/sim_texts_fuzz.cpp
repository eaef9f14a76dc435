// What `muster sim` is told: loads, faults, scripts of faults. What is understood can be shown by a
// worker, and prints as a text that means the same.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/base/limits.hpp"
#include "muster/sim/fault.hpp"
#include "muster/sim/load_model.hpp"
#include "require.hpp"

namespace {

using muster::FaultRealm;
using muster::Load;
using muster::LoadField;
using muster::fuzzing::require;
using muster::fuzzing::require_sentence;

std::string printed(const Load& load) {
    std::string json = "fixed:{";
    for (std::size_t i = 0; i < muster::kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        const bool is_fraction =
            field == LoadField::kv_usage || field == LoadField::prefix_hit_rate;
        json += fmt::format("{}\"{}\":", i == 0 ? "" : ",", muster::name_of(field));
        json += is_fraction ? fmt::format("{}", load.fraction(field).value())
                            : fmt::format("{}", load.count(field).value());
    }
    return json + '}';
}

void check_load(std::string_view text) {
    const auto plan = muster::parse_load_plan(text);
    if (!plan) return require_sentence(plan.error(), text);
    if (plan->shape != muster::LoadShape::fixed) return require(plan->fixed == Load{});
    const Load& load = plan->fixed;
    for (const std::uint64_t count :
         {load.running, load.slots, load.waiting, load.kv_active_blocks, load.kv_total_blocks}) {
        require(count <= muster::kCountMax);
    }
    for (const double fraction : {load.kv_usage, load.prefix_hit_rate}) {
        require(fraction >= 0.0 && fraction <= 1.0);
    }
    const auto again = muster::parse_load_plan(printed(load));
    require(again && again->shape == plan->shape && again->fixed == load);
}

void check_fault(std::string_view text, FaultRealm realm) {
    const auto fault = muster::parse_fault(text, realm);
    if (!fault) return require_sentence(fault.error(), text);
    std::string again(muster::name_of(fault->kind));
    if (fault->amount != 0) again += fmt::format("={}", fault->amount);
    require(muster::parse_fault(again, realm) == *fault);
}

void check(const muster::PlannedFault& fault, std::uint32_t workers, FaultRealm realm) {
    require(fault.first_worker <= fault.last_worker);
    require(fault.last_worker < workers || fault.last_worker == UINT32_MAX);
    require(fault.start >= muster::Duration::zero());
    require(fault.duration > muster::Duration::zero());
    require(muster::parse_planned_fault(muster::to_text(fault), workers, realm) == fault);
}

void check_script(std::string_view text, std::uint32_t workers, FaultRealm realm) {
    const auto script = muster::parse_fault_script(text, "script", workers, realm);
    if (!script) {
        require(script.error().what.starts_with("script, line "));
        return require_sentence(script.error(), text);
    }
    require(script->size() <= 1 + static_cast<std::size_t>(std::ranges::count(text, '\n')));
    std::string again;
    for (const muster::PlannedFault& fault : *script) {
        check(fault, workers, realm);
        again += muster::to_text(fault) + '\n';
    }
    require(muster::parse_fault_script(again, "script", workers, realm) == *script);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_load(text);
    for (const FaultRealm realm : {FaultRealm::nats, FaultRealm::http}) {
        check_fault(text, realm);
        for (const std::uint32_t workers : {1U, 64U, 100'000U}) {
            const auto planned = muster::parse_planned_fault(text, workers, realm);
            if (planned)
                check(*planned, workers, realm);
            else
                require_sentence(planned.error(), text);
            check_script(text, workers, realm);
        }
    }
    return 0;
}
