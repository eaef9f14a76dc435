// The table of releases: what cannot be a constexpr one-liner in the header.
#include "muster/wire/dynamo_release.hpp"

#include <charconv>

namespace muster {

std::optional<DynamoRelease> parse_dynamo_release(std::string_view text) noexcept {
    DynamoRelease release;
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (std::uint16_t* part : {&release.major, &release.minor, &release.patch}) {
        if (part != &release.major) {
            if (at == end || *at != '.') return std::nullopt;
            ++at;
        }
        const auto read = std::from_chars(at, end, *part);
        if (read.ec != std::errc{}) return std::nullopt;
        at = read.ptr;
    }
    if (at != end) return std::nullopt;
    return release;
}

std::string to_string(DynamoRelease release) {
    return std::to_string(release.major) + '.' + std::to_string(release.minor) + '.' +
           std::to_string(release.patch);
}

std::string service_version_of(DynamoRelease release) {
    return release < DynamoRelease{0, 6, 1} ? "0.0.1" : to_string(release);
}

}  // namespace muster
