// The LLM engines that muster knows over HTTP, and the documents it may ask of them.
//
// Plain values. An engine is recognised by what its documents contain, never by a version.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster {

enum class Engine : std::uint8_t { vllm, sglang, llamacpp, trtllm, triton, tgi, lmdeploy };

inline constexpr std::size_t kEngineCount = 7;
/// The names on every surface (`engine` in JSON and Prometheus), in enum order.
inline constexpr std::array<std::string_view, kEngineCount> kEngineNames = {
    "vllm", "sglang", "llamacpp", "trtllm", "triton", "tgi", "lmdeploy"};
/// What people call them.
inline constexpr std::array<std::string_view, kEngineCount> kEngineTitles = {
    "vLLM", "SGLang", "llama.cpp", "TensorRT-LLM", "Triton", "TGI", "LMDeploy"};

[[nodiscard]] constexpr std::string_view name_of(Engine engine) noexcept {
    return kEngineNames[static_cast<std::size_t>(engine)];
}
[[nodiscard]] constexpr std::string_view title_of(Engine engine) noexcept {
    return kEngineTitles[static_cast<std::size_t>(engine)];
}

/// One kind of answer, by the path it is asked at.
enum class EngineDocument : std::uint8_t {
    metrics,             ///< `/metrics`: Prometheus text; a JSON list with TensorRT-LLM.
    prometheus_metrics,  ///< `/prometheus/metrics`: TensorRT-LLM's text.
    loads,               ///< `/v1/loads`: SGLang's scheduler, asked itself.
    get_load,            ///< `/get_load`: the same of older SGLang.
    server_load,         ///< `/load`: requests in flight at vLLM's API server.
    slots,               ///< `/slots`: llama.cpp, request by request.
    props,               ///< `/props`: llama.cpp's slots, model and switches.
    models,              ///< `/v1/models`: what a llama.cpp router has loaded.
};

inline constexpr std::size_t kEngineDocumentCount = 8;
inline constexpr std::array<std::string_view, kEngineDocumentCount> kEngineDocumentPaths = {
    "/metrics", "/prometheus/metrics", "/v1/loads", "/get_load", "/load", "/slots",
    "/props",   "/v1/models"};

[[nodiscard]] constexpr std::string_view path_of(EngineDocument document) noexcept {
    return kEngineDocumentPaths[static_cast<std::size_t>(document)];
}

}  // namespace muster
