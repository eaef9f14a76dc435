// What a simulated engine answers to a request: its status, headers and body, in the form and size
// of the genuine one's. Private to sim; pure.
#pragma once

#include <string>
#include <string_view>

#include "muster/sim/engines/engine_process.hpp"

namespace muster::detail {

struct EngineReply {
    int status = 200;
    std::string headers;  ///< Without status line, Content-Length and the empty line.
    std::string body;
};

/// `target`: path and query as they were asked.
[[nodiscard]] EngineReply answer_of(EngineProcess& process, std::string_view target, Time now);

[[nodiscard]] std::string vllm_page(EngineProcess& process, Time now);
[[nodiscard]] std::string sglang_page(EngineProcess& process, Time now);
[[nodiscard]] std::string sglang_loads(EngineProcess& process, Time now);
[[nodiscard]] std::string llamacpp_page(EngineProcess& process, Time now);
[[nodiscard]] std::string llamacpp_slots(EngineProcess& process, Time now);
[[nodiscard]] std::string llamacpp_props(EngineProcess& process);
[[nodiscard]] std::string trtllm_iterations(EngineProcess& process, Time now);
[[nodiscard]] std::string trtllm_page(EngineProcess& process, Time now);

}  // namespace muster::detail
