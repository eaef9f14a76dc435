// Sentences about wrong values.
#include "flags/usage_error.hpp"

#include <utility>

#include "nearest_name.hpp"

namespace muster {

std::unexpected<Error> wrong_usage(std::string sentence) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(sentence));
}

std::string suggestion(const std::string& given, std::span<const std::string> names,
                       const std::string& otherwise) {
    const auto nearest = nearest_name(given, names);
    return nearest ? "did you mean " + *nearest + "?" : otherwise;
}

}  // namespace muster
