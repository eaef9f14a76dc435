// An engine's page in vLLM's form, and a server that gives it: what a scraper's tests need of an
// engine. (`muster sim vllm` is a whole one.)
#pragma once

#include <string>
#include <string_view>

#include "muster/io/http/http_source.hpp"
#include "support/rude_server.hpp"

namespace muster::testing {

inline constexpr std::string_view kPage = "text/plain; version=1.0.0; charset=utf-8";

/// Options of workers that are named in the configuration.
inline HttpSourceOptions named() {
    HttpSourceOptions options;
    options.pinned = true;
    return options;
}

/// A page in vLLM's form.
inline std::string vllm_page(int running) {
    const std::string labels = "{engine=\"0\",model_name=\"acme/chat\"} ";
    return "# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running" + labels +
           std::to_string(running) +
           ".0\n# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting" + labels +
           "0.0\n# TYPE vllm:kv_cache_usage_perc gauge\nvllm:kv_cache_usage_perc" + labels +
           "0.25\n";
}

/// Answers /metrics with vLLM's page, and what vLLM has not with its 404.
inline void serve_vllm(RudePeer& peer, int running, std::string_view fields = {}) {
    for (std::string head = peer.request(); !head.empty(); head = peer.request()) {
        if (head.starts_with("GET /metrics ")) {
            if (!peer.send_page(vllm_page(running), kPage, fields)) return;
        } else if (!peer.send("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
                              "Content-Length: 22\r\n\r\n{\"detail\":\"Not Found\"}")) {
            return;
        }
    }
}

}  // namespace muster::testing
