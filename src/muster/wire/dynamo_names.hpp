// The names by which Dynamo workers are found on NATS: service names, subjects, instance ids.
//
// Pure functions over text. A worker is asked under its service name, which is made from namespace
// and component by one of three rules (by release), and named by the hexadecimal id that ends the
// subjects of its endpoints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"

namespace muster {

inline constexpr std::string_view kLoadEndpoint = "load_metrics";
inline constexpr std::string_view kGenerateEndpoint = "generate";
inline constexpr std::string_view kKvMetricsEvent = "kv_metrics";

/// Namespace and component as the worker's author wrote them; nested namespaces are dotted.
struct ComponentName {
    std::string name_space{};
    std::string component{};
    friend auto operator<=>(const ComponentName&, const ComponentName&) = default;
};

/// `NAMESPACE/COMPONENT`, as on every surface.
[[nodiscard]] std::string to_string(const ComponentName& name);

/// Reads `NAMESPACE/COMPONENT`. bad_input if there is not exactly one slash, a part is empty, has a
/// control character or is longer than kNameBytesMax, or if nothing is left for a service name.
[[nodiscard]] Result<ComponentName> parse_component_name(std::string_view text);

/// How a release turns namespace and component into the name of a NATS service.
enum class SlugRule : std::uint8_t {
    unique_bar,         ///< 0.1.0: `NS|COMP`, with the end of a hash.
    unique_underscore,  ///< 0.1.1-0.2.0: `NS_COMP`, with the end of a hash.
    plain,              ///< 0.2.1 on: `NS_COMP`.
};

/// Lower case, every other character than `a-z 0-9 - _` a `_`, leading `_` off. May be empty.
[[nodiscard]] std::string plain_slug(std::string_view text);
/// As plain_slug, `-` replaced too, with `_` and the last 8 hex digits of the BLAKE3 of `text`.
[[nodiscard]] std::string unique_slug(std::string_view text);

/// The name a component's workers carry. Two components may share one: the rules are not injective.
[[nodiscard]] std::string service_name(const ComponentName& name, SlugRule rule = SlugRule::plain);
/// Whether `service` is what any release calls this component.
[[nodiscard]] bool is_service_of(std::string_view service, const ComponentName& name);

/// `Dynamo component COMP in namespace NS`, the description in INFO.
[[nodiscard]] std::string description_of(const ComponentName& name);
/// Its inverse; absent for other descriptions.
[[nodiscard]] std::optional<ComponentName> component_of_description(std::string_view description);

enum class ServiceVerb : std::uint8_t { ping, info, stats };

/// `$SRV.STATS`, `$SRV.STATS.SERVICE` or `$SRV.STATS.SERVICE.ID`; empty parts are left out.
/// Whoever publishes on it must give a reply subject: a question without one kills the responders.
[[nodiscard]] std::string service_subject(ServiceVerb verb, std::string_view service = {},
                                          std::string_view service_id = {});

/// `SERVICE.ENDPOINT-HEX`, or `SERVICE.ENDPOINT` for a static worker.
[[nodiscard]] std::string endpoint_subject(std::string_view service, std::string_view endpoint,
                                           std::optional<std::uint64_t> instance_id);
/// The name an endpoint has in PING, INFO and STATS: its subject with `-` for every `.`.
[[nodiscard]] std::string endpoint_name_of_subject(std::string_view subject);

/// Lower-case hex, neither padded nor prefixed.
[[nodiscard]] std::string format_instance_id(std::uint64_t id);
/// Takes either case and any number of leading zeros. Absent if empty, above 64 bits, or if
/// anything but hex digits is in it (signs, `0x`, spaces).
[[nodiscard]] std::optional<std::uint64_t> parse_instance_id(std::string_view hex) noexcept;
/// The id that ends a subject, after its last `-`.
[[nodiscard]] std::optional<std::uint64_t> instance_id_of_subject(
    std::string_view subject) noexcept;

/// How a subject relates to one endpoint of one service.
struct SubjectMatch {
    enum class Kind : std::uint8_t {
        other,       ///< Another endpoint's, or another service's.
        unnumbered,  ///< Exactly `SERVICE.ENDPOINT`: a static worker.
        instance,    ///< `SERVICE.ENDPOINT-HEX`; `id` is set.
        bad_suffix,  ///< `SERVICE.ENDPOINT-` and then no instance id.
    };
    Kind kind = Kind::other;
    std::uint64_t id = 0;
    friend bool operator==(SubjectMatch, SubjectMatch) = default;
};
[[nodiscard]] SubjectMatch match_subject(std::string_view subject, std::string_view service,
                                         std::string_view endpoint) noexcept;
/// The same for what follows `SERVICE.` in a subject.
[[nodiscard]] SubjectMatch match_endpoint(std::string_view rest,
                                          std::string_view endpoint) noexcept;

/// The seed's rule, for exact mode: `subject` begins with `SERVICE.ENDPOINT`, whatever follows.
[[nodiscard]] bool matches_seed_prefix(std::string_view subject, std::string_view service,
                                       std::string_view endpoint) noexcept;
/// The seed's worker id, for exact mode: what follows the last `-` (all of it, without one) as a
/// signed 64-bit number in base 16, a plus allowed. Absent where the seed panics.
[[nodiscard]] std::optional<std::int64_t> seed_worker_id(std::string_view subject) noexcept;

/// Scope of an event's subject. Empty parts from the right are left out, as releases do:
/// `namespace.NS.EVENT`, `namespace.NS.component.C.EVENT`, `….endpoint.E.EVENT` (1.6).
struct EventScope {
    std::string_view name_space{};
    std::string_view component{};
    std::string_view endpoint{};
};
[[nodiscard]] std::string event_subject(const EventScope& scope, std::string_view event);

/// The part of a dotted namespace that event subjects use.
[[nodiscard]] std::string_view leaf_of_namespace(std::string_view name_space) noexcept;
/// Where workers of this namespace push their load (0.4.1-0.7): one subject, or two if the name has
/// dots, since a nested namespace pushes under its leaf and a plain one with dots under all of it.
/// Empty if the name cannot be part of a subject (wildcards, spaces, empty tokens).
[[nodiscard]] std::vector<std::string> kv_metrics_subjects(std::string_view name_space);

}  // namespace muster
