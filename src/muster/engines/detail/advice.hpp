// The sentences: what an answer that told no load means, what a server does not tell, and the flag
// that switches it on. Private to engines; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "muster/engines/engine_reader.hpp"

namespace muster::detail {

/// "what: what to do", for a verdict that is not `used`.
[[nodiscard]] std::string advice_for(DocumentFate fate, const FetchedDocument& fetched,
                                     std::optional<Engine> engine);

/// What is missing without this document, and how it is switched on; absent if nothing can be done
/// or nothing is missing.
[[nodiscard]] std::optional<EngineLack> lack_without(Engine engine, EngineDocument document);

}  // namespace muster::detail
