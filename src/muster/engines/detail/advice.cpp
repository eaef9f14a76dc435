#include "muster/engines/detail/advice.hpp"

#include <fmt/format.h>

#include "muster/engines/detail/refusal_words.hpp"

namespace muster::detail {

namespace {

std::string_view page_name(const FetchedDocument& fetched) {
    return path_of(fetched.document);
}

std::string not_offered(const FetchedDocument& fetched, std::optional<Engine> engine) {
    const std::string what = fmt::format("no {} ({})", page_name(fetched), fetched.status);
    if (engine) {
        if (const auto lack = lack_without(*engine, fetched.document)) {
            return fmt::format("{}: {}: {}", what, title_of(*engine), lack->remedy);
        }
        return fmt::format("{}: {} tells no more than this", what, title_of(*engine));
    }
    return what +
           ": SGLang shows one with --enable-metrics, llama.cpp with --metrics; for others check "
           "the port";
}

std::string not_readable(const FetchedDocument& fetched, std::optional<Engine> engine) {
    if (fetched.document != EngineDocument::metrics) {
        return fmt::format("{} is not what {} answers there: check the URL", page_name(fetched),
                           engine ? title_of(*engine) : "an engine");
    }
    if (fetched.body.find("\n# TYPE ") != std::string_view::npos ||
        fetched.body.starts_with("# ")) {
        return "a Prometheus page without an engine's series: start vLLM without "
               "--disable-log-stats, or check the port";
    }
    return fmt::format("{} is no metrics page (Content-Type {}): check the URL", page_name(fetched),
                       fetched.content_type.empty() ? "missing" : fetched.content_type);
}

std::string empty_answer(const FetchedDocument& fetched, std::optional<Engine> engine) {
    if (engine == Engine::llamacpp) {
        return "the router has no model loaded: it shows load once a request loads one";
    }
    if (engine == Engine::trtllm) {
        return "no iteration since the last read: if this stays while requests run, set "
               "enable_iter_perf_stats, and let nobody else read " +
               std::string(page_name(fetched));
    }
    return fmt::format("{} is empty: it tells something once requests run", page_name(fetched));
}

}  // namespace

std::string advice_for(DocumentFate fate, const FetchedDocument& fetched,
                       std::optional<Engine> engine) {
    switch (fate) {
        case DocumentFate::used: return {};
        case DocumentFate::empty: return empty_answer(fetched, engine);
        case DocumentFate::not_offered: return not_offered(fetched, engine);
        case DocumentFate::loading:
            if (!says(fetched, kModelLoads))
                return "it is not ready yet (503, to be asked again later): nothing to do but wait";
            return "the model is still being loaded (503): nothing to do but wait";
        case DocumentFate::unauthorized:
            return fmt::format("{} needs a login ({}): give its token with --worker-token-file",
                               page_name(fetched), fetched.status);
        case DocumentFate::redirected:
            return fmt::format("{} redirects ({}): name the server itself", page_name(fetched),
                               fetched.status);
        case DocumentFate::failed:
            return fmt::format("{} failed ({}): look into the engine's log", page_name(fetched),
                               fetched.status);
        case DocumentFate::not_readable: return not_readable(fetched, engine);
        case DocumentFate::cut_off:
            return fmt::format("{} ended too early ({} bytes): look for a proxy or a limit between",
                               page_name(fetched), fetched.body.size());
        case DocumentFate::other_engine:
            return fmt::format(
                "another engine answers here now: {}: nothing to do if that is meant, else correct "
                "the URL",
                engine ? title_of(*engine) : "not known");
    }
    return {};
}

std::optional<EngineLack> lack_without(Engine engine, EngineDocument document) {
    using enum EngineDocument;
    switch (engine) {
        case Engine::vllm:
            if (document == metrics)
                return EngineLack{"load", "start it without --disable-log-stats"};
            if (document == server_load) {
                return EngineLack{"requests before their first step",
                                  "start it with --enable-server-load-tracking"};
            }
            return std::nullopt;
        case Engine::sglang:
            if (document == metrics) {
                return EngineLack{"rates, prefix hit rate, page size",
                                  "start it with --enable-metrics"};
            }
            if (document == loads) return EngineLack{"slots", "update it to 0.5.8 or later"};
            return std::nullopt;
        case Engine::llamacpp:
            if (document == metrics) return EngineLack{"waiting, rates", "start it with --metrics"};
            if (document == slots) return EngineLack{"KV use", "start it without --no-slots"};
            return std::nullopt;
        case Engine::trtllm:
            if (document == metrics) {
                return EngineLack{"load", "set enable_iter_perf_stats"};
            }
            if (document == prometheus_metrics) {
                return EngineLack{"token rates", "set return_perf_metrics"};
            }
            return std::nullopt;
        default:
            if (document == metrics) return EngineLack{"load", "switch its metrics on"};
            return std::nullopt;
    }
}

}  // namespace muster::detail
