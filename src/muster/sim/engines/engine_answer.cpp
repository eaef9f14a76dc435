#include "muster/sim/engines/engine_answer.hpp"

#include <fmt/format.h>

namespace muster::detail {

namespace {

constexpr std::string_view kJson = "Content-Type: application/json\r\n";
constexpr std::string_view kUvicorn = "server: uvicorn\r\n";

EngineReply reply(std::string_view headers, std::string body, int status = 200) {
    return {status, std::string(headers), std::move(body)};
}

/// As FastAPI says it.
EngineReply not_found() {
    return reply(fmt::format("{}{}", kUvicorn, kJson), R"({"detail":"Not Found"})", 404);
}

EngineReply vllm_answer(EngineProcess& process, std::string_view path, Time now) {
    if (path == "/metrics") {
        return reply(
            "server: uvicorn\r\nContent-Type: text/plain; version=1.0.0; "
            "charset=utf-8\r\n",
            vllm_page(process, now));
    }
    const std::string json = fmt::format("{}{}", kUvicorn, kJson);
    if (path == "/load") return reply(json, R"({"server_load":0})");
    if (path == "/version") return reply(json, R"({"version":"0.32.0"})");
    if (path == "/health") return reply(kUvicorn, {});
    if (path == "/v1/models") {
        return reply(json, fmt::format(R"({{"object":"list","data":[{{"id":"{}","object":"model",)"
                                       R"("owned_by":"vllm","max_model_len":32768}}]}})",
                                       process.model()));
    }
    return not_found();
}

EngineReply sglang_answer(EngineProcess& process, std::string_view path, Time now) {
    if (path == "/metrics") {
        return reply(
            "server: uvicorn\r\nContent-Type: text/plain; version=0.0.4; "
            "charset=utf-8\r\n",
            sglang_page(process, now));
    }
    if (path == "/v1/loads") {
        return reply(fmt::format("{}{}", kUvicorn, kJson), sglang_loads(process, now));
    }
    if (path == "/health") return reply(kUvicorn, {});
    return not_found();
}

EngineReply llamacpp_answer(EngineProcess& process, std::string_view path, Time now) {
    const std::string json =
        "Server: llama.cpp\r\nContent-Type: application/json; charset=utf-8\r\n"
        "Keep-Alive: timeout=5, max=100\r\n";
    if (path == "/metrics") {
        return reply(fmt::format("Server: llama.cpp\r\nProcess-Start-Time-Unix: {}\r\n"
                                 "Content-Type: text/plain; version=0.0.4\r\n"
                                 "Keep-Alive: timeout=5, max=100\r\n",
                                 // Not a wall clock's time, as with the genuine one.
                                 process.started().time_since_epoch().count() / 777'777),
                     llamacpp_page(process, now));
    }
    if (path == "/slots") return reply(json, llamacpp_slots(process, now));
    if (path == "/props") return reply(json, llamacpp_props(process));
    if (path == "/health") return reply(json, R"({"status":"ok"})");
    return reply(
        json, R"({"error":{"message":"File Not Found","type":"not_found_error","code":404}})", 404);
}

EngineReply trtllm_answer(EngineProcess& process, std::string_view path, Time now) {
    const std::string json = fmt::format("{}{}", kUvicorn, kJson);
    if (path == "/metrics") return reply(json, trtllm_iterations(process, now));
    if (path == "/prometheus/metrics") {
        return reply(
            "server: uvicorn\r\nContent-Type: text/plain; version=0.0.4; "
            "charset=utf-8\r\n",
            trtllm_page(process, now));
    }
    if (path == "/health") return reply(kUvicorn, {});
    return not_found();
}

}  // namespace

EngineReply answer_of(EngineProcess& process, std::string_view target, Time now) {
    const std::string_view path = target.substr(0, target.find('?'));
    switch (process.engine()) {
        case Engine::sglang: return sglang_answer(process, path, now);
        case Engine::llamacpp: return llamacpp_answer(process, path, now);
        case Engine::trtllm: return trtllm_answer(process, path, now);
        default: return vllm_answer(process, path, now);
    }
}

}  // namespace muster::detail
