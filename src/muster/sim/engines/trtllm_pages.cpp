// What TensorRT-LLM's server says: iterations since the last read, and its Prometheus page.
#include <fmt/format.h>

#include <iterator>

#include "muster/sim/engines/engine_answer.hpp"
#include "muster/sim/engines/python_page.hpp"

namespace muster::detail {

namespace {

constexpr std::uint32_t kTokensPerBlock = 16;

}  // namespace

std::string trtllm_iterations(EngineProcess& process, Time now) {
    std::string out = "[";
    const bool ranked = process.rank_count() > 1;
    for (const EngineProcess::Iteration& one : process.drain_iterations(now)) {
        const Load& load = one.load;
        fmt::format_to(
            std::back_inserter(out),
            R"({}{{"iter":{},"iterLatencyMS":25.0,"numActiveRequests":{},"numQueuedRequests":{},)"
            R"("numCompletedRequests":0,"maxNumActiveRequests":{},"maxBatchSizeRuntime":{},)"
            R"("maxNumTokensRuntime":8192,{}"gpuMemUsage":71268564992,"cpuMemUsage":0,)"
            R"("pinnedMemUsage":0,"kvCacheStats":{{"allocNewBlocks":0,"allocTotalBlocks":0,)"
            R"("reusedBlocks":0,"missedBlocks":0,"cacheHitRate":{:.4f},"maxNumBlocks":{},)"
            R"("usedNumBlocks":{},"freeNumBlocks":{},"tokensPerBlock":{}}},)"
            R"("inflightBatchingStats":{{"numScheduledRequests":{},"numContextRequests":0,)"
            R"("numGenRequests":{},"numPausedRequests":0,"numCtxTokens":0,"microBatchId":0,)"
            R"("avgNumDecodedTokensPerIter":1.0}}}})",
            out.size() == 1 ? "" : ",", one.number, load.running, load.waiting, load.slots,
            load.slots, ranked ? fmt::format("\"attentionDpRank\":{},", one.rank) : "",
            load.prefix_hit_rate, load.kv_total_blocks, load.kv_active_blocks,
            load.kv_total_blocks - load.kv_active_blocks, kTokensPerBlock, load.running,
            load.running);
    }
    return out + "]";
}

std::string trtllm_page(EngineProcess& process, Time now) {
    std::string out;
    PythonPage page(out, 0.0);
    const EngineRankState rank = process.states(now).front();
    const std::string labels =
        fmt::format(R"(engine_type="trtllm",model_name="{}")", process.model());
    const auto gauge = [&](std::string_view name, double value) {
        page.gauge("trtllm_" + std::string(name), labels, value);
    };
    gauge("num_requests_running", static_cast<double>(rank.load.running));
    gauge("num_requests_waiting", static_cast<double>(rank.load.waiting));
    gauge("max_num_active_requests", static_cast<double>(rank.load.slots));
    gauge("kv_cache_utilization", rank.load.kv_usage);
    gauge("kv_cache_hit_rate", rank.load.prefix_hit_rate);
    gauge("kv_cache_max_blocks", static_cast<double>(rank.load.kv_total_blocks));
    gauge("kv_cache_used_blocks", static_cast<double>(rank.load.kv_active_blocks));
    gauge("kv_cache_tokens_per_block", double{kTokensPerBlock});
    page.counter("trtllm_prompt_tokens", labels, rank.prompt_tokens);
    page.counter("trtllm_generation_tokens", labels, rank.generated_tokens);
    page.counter("trtllm_request_success",
                 fmt::format(R"(engine_type="trtllm",finished_reason="stop",model_name="{}")",
                             process.model()),
                 static_cast<double>(rank.done));
    return out;
}

}  // namespace muster::detail
