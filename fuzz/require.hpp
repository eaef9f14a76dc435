// What a fuzz target claims of any input.
#pragma once

#include <cstdlib>
#include <string_view>

#include "muster/base/error.hpp"

namespace muster::fuzzing {

/// Ends the program, which is what a fuzzer looks for.
inline void require(bool holds) {
    if (!holds) std::abort();
}

/// An error about `given` says so: it has words, in one line but for what it quotes, without a full
/// stop.
inline void require_words(const Error& error, std::string_view given) {
    constexpr std::string_view kLineEnds = "\r\n";
    require(error.kind == ErrorKind::bad_input);
    require(!error.what.empty() && !error.what.ends_with('.'));
    require(error.what.find_first_of(kLineEnds) == std::string::npos ||
            given.find_first_of(kLineEnds) != std::string_view::npos);
}

/// The same of a whole sentence: "what: where: what to do".
inline void require_sentence(const Error& error, std::string_view given) {
    require_words(error, given);
    const std::size_t where = error.what.find(": ");
    require(where != std::string::npos && where > 0);
    const std::size_t advice = error.what.rfind(": ");
    require(advice > where && advice + 2 < error.what.size());
}

}  // namespace muster::fuzzing
