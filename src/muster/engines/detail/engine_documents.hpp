// The JSON that engines tell their load in: one reader per document, each to ScrapeValues.
//
// Liberal: a field that is missing or of a wrong type is left out, the rest counts; a document that
// is not what it should be changes nothing. Private to engines. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/engines/detail/rank_values.hpp"
#include "muster/wire/detail/ondemand.hpp"

namespace muster::detail {

enum class JsonFate : std::uint8_t {
    used,      ///< It told something.
    empty,     ///< It is that document, with nothing in it.
    not_this,  ///< No JSON, or JSON of another kind.
};

/// What `/props` of llama.cpp tells beside values.
struct LlamacppProps {
    bool is_router = false;
    std::optional<bool> has_slots;    ///< `/slots` is switched on.
    std::optional<bool> has_metrics;  ///< `/metrics` is.
};

class EngineDocuments {
public:
    /// `/v1/loads` of SGLang.
    JsonFate read_loads(std::string_view body, ScrapeValues& values);
    /// `/get_load` of older SGLang.
    JsonFate read_get_load(std::string_view body, ScrapeValues& values);
    /// `/load` of vLLM.
    JsonFate read_server_load(std::string_view body, ScrapeValues& values);
    /// `/slots` of llama.cpp. May be called for several models: they add up.
    JsonFate read_slots(std::string_view body, ScrapeValues& values);
    /// `/props` of llama.cpp.
    JsonFate read_props(std::string_view body, ScrapeValues& values, LlamacppProps& props);
    /// `/v1/models` of a llama.cpp router: `loaded` becomes the ids of those that are loaded, at
    /// most kModelsPerServerMax.
    JsonFate read_models(std::string_view body, std::vector<std::string>& loaded);
    /// `/metrics` of TensorRT-LLM: iterations since the last read; the last one of a rank counts.
    /// Empty where there was none.
    JsonFate read_iterations(std::string_view body, ScrapeValues& values);

private:
    PaddedDocument document_;
};

}  // namespace muster::detail
