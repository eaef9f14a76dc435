// Errors as values. A kind says what the caller can do about it, an origin says whose fault it is;
// the retry rule and the HTTP status follow from the two. No exception crosses a module.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace muster {

/// Named by what the caller should do.
enum class ErrorKind : std::uint8_t {
    bad_input,    ///< Correct what was given; trying again as it is cannot help.
    timeout,      ///< It may have happened or not; try again later.
    overloaded,   ///< Try elsewhere or later, not at once.
    closed,       ///< The other side is gone; connect again.
    unsupported,  ///< The other side does not offer this.
    internal,     ///< A bug or a broken machine: report it.
};

enum class ErrorOrigin : std::uint8_t { client, upstream, self };

struct Error {
    ErrorKind kind = ErrorKind::internal;
    ErrorOrigin origin = ErrorOrigin::self;
    /// "what: where: what to do", one line, without a trailing full stop or newline.
    std::string what;
};

template <typename T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorKind kind, ErrorOrigin origin,
                                                 std::string what) {
    return std::unexpected<Error>(Error{kind, origin, std::move(what)});
}

}  // namespace muster
