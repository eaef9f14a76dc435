// The words by which llama.cpp says what its status alone does not. Private to engines; pure.
#pragma once

#include <string_view>

#include "muster/engines/engine_reader.hpp"

namespace muster::detail {

/// On every path, with 503, until its model is loaded.
inline constexpr std::string_view kModelLoads = "Loading model";
/// A router that was asked for no model in particular, with 400.
inline constexpr std::string_view kModelNotNamed = "model name is missing";

[[nodiscard]] inline bool says(const FetchedDocument& fetched, std::string_view text) {
    return fetched.body.find(text) != std::string_view::npos;
}

}  // namespace muster::detail
