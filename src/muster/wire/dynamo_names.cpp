// Names and subjects of Dynamo workers; the header says what each is, the tests hold them against
// names that genuine releases used.
#include "muster/wire/dynamo_names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "muster/base/limits.hpp"
#include "muster/wire/blake3.hpp"

namespace muster {

namespace {

constexpr std::string_view kDescriptionStart = "Dynamo component ";
constexpr std::string_view kDescriptionMiddle = " in namespace ";

/// The value of a hex digit of either case; above 15 for every other character. Every answer's
/// subjects go through it.
constexpr auto kHexValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(0xFF);
    for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
    for (std::uint8_t i = 10; i < 16; ++i) {
        values[static_cast<std::size_t>('a' + i - 10)] = i;
        values[static_cast<std::size_t>('A' + i - 10)] = i;
    }
    return values;
}();

bool keeps(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// Bytes of the character that `text` begins with: one, unless it is whole UTF-8.
std::size_t character_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    if (length > text.size()) return 1;
    const auto is_continuation = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    };
    return std::ranges::all_of(text.substr(1, length - 1), is_continuation) ? length : 1;
}

/// Lower case with every foreign character replaced, leading underscores still there. Of all of
/// Unicode only two characters outside ASCII have a lower case that begins with an ASCII letter:
/// the Kelvin sign (k) and the dotted capital I (i and a combining dot).
std::string lowered(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view character = text.substr(0, length);
        text.remove_prefix(length);
        if (character == "\u212A")
            out += 'k';
        else if (character == "\u0130")
            out += "i_";
        else if (length > 1)
            out += '_';
        else if (const char c = character.front(); c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else
            out += keeps(c) ? c : '_';
    }
    return out;
}

void strip_leading_underscores(std::string& text) {
    text.erase(0, std::min(text.find_first_not_of('_'), text.size()));
}

std::string joined(const ComponentName& name, char separator) {
    return name.name_space + separator + name.component;
}

bool is_subject_token(std::string_view token) {
    return !token.empty() && std::ranges::all_of(token, [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '*' && c != '>' && c != '.' &&
               c != '\x7f';
    });
}

/// Whether a subject may be made of it: tokens that are not empty, no wildcard, no space.
bool is_subject_part(std::string_view text) {
    for (;;) {
        const std::size_t dot = text.find('.');
        if (!is_subject_token(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

/// What follows `SERVICE.`; absent if the subject does not begin so.
std::optional<std::string_view> rest_of(std::string_view subject, std::string_view service) {
    if (subject.size() <= service.size() || subject[service.size()] != '.') return std::nullopt;
    if (!subject.starts_with(service)) return std::nullopt;
    return subject.substr(service.size() + 1);
}

}  // namespace

std::string to_string(const ComponentName& name) {
    return joined(name, '/');
}

Result<ComponentName> parse_component_name(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(ErrorKind::bad_input, ErrorOrigin::client,
                    "component '" + std::string(text.substr(0, kNameBytesMax)) +
                        "': " + std::string(why) + ": write NAMESPACE/COMPONENT");
    };
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return refuse("no slash");
    if (text.find('/', slash + 1) != std::string_view::npos) return refuse("more than one slash");
    if (text.size() > kNameBytesMax) return refuse("too long");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
    if (std::ranges::any_of(text, is_control)) return refuse("a control character");
    ComponentName name{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
    if (name.name_space.empty()) return refuse("no namespace");
    if (name.component.empty()) return refuse("no component");
    if (service_name(name).empty()) return refuse("nothing in it can be part of a service name");
    return name;
}

std::string plain_slug(std::string_view text) {
    std::string slug = lowered(text);
    strip_leading_underscores(slug);
    return slug;
}

std::string unique_slug(std::string_view text) {
    std::string slug = lowered(text);
    std::ranges::replace(slug, '-', '_');
    slug += '_';
    const auto digest = blake3(text);
    for (std::size_t i = digest.size() - 4; i < digest.size(); ++i) {
        slug += "0123456789abcdef"[digest[i] >> 4];
        slug += "0123456789abcdef"[digest[i] & 15];
    }
    strip_leading_underscores(slug);
    return slug;
}

std::string service_name(const ComponentName& name, SlugRule rule) {
    switch (rule) {
        case SlugRule::unique_bar: return unique_slug(joined(name, '|'));
        case SlugRule::unique_underscore: return unique_slug(joined(name, '_'));
        case SlugRule::plain: break;
    }
    return plain_slug(joined(name, '_'));
}

bool is_service_of(std::string_view service, const ComponentName& name) {
    return service == service_name(name, SlugRule::plain) ||
           service == service_name(name, SlugRule::unique_underscore) ||
           service == service_name(name, SlugRule::unique_bar);
}

std::string description_of(const ComponentName& name) {
    std::string text(kDescriptionStart);
    return text.append(name.component).append(kDescriptionMiddle).append(name.name_space);
}

std::optional<ComponentName> component_of_description(std::string_view description) {
    if (!description.starts_with(kDescriptionStart)) return std::nullopt;
    description.remove_prefix(kDescriptionStart.size());
    const std::size_t middle = description.rfind(kDescriptionMiddle);
    if (middle == std::string_view::npos) return std::nullopt;
    ComponentName name{std::string(description.substr(middle + kDescriptionMiddle.size())),
                       std::string(description.substr(0, middle))};
    if (name.name_space.empty() || name.component.empty()) return std::nullopt;
    return name;
}

std::string service_subject(ServiceVerb verb, std::string_view service,
                            std::string_view service_id) {
    std::string subject = verb == ServiceVerb::ping   ? "$SRV.PING"
                          : verb == ServiceVerb::info ? "$SRV.INFO"
                                                      : "$SRV.STATS";
    if (!service.empty()) subject.append(".").append(service);
    if (!service_id.empty()) subject.append(".").append(service_id);
    return subject;
}

std::string endpoint_subject(std::string_view service, std::string_view endpoint,
                             std::optional<std::uint64_t> instance_id) {
    std::string subject(service);
    subject.append(".").append(endpoint);
    if (instance_id) subject.append("-").append(format_instance_id(*instance_id));
    return subject;
}

std::string endpoint_name_of_subject(std::string_view subject) {
    std::string name(subject);
    std::ranges::replace(name, '.', '-');
    return name;
}

std::string format_instance_id(std::uint64_t id) {
    std::array<char, 16> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), id, 16);
    return {text.data(), end.ptr};
}

std::optional<std::uint64_t> parse_instance_id(std::string_view hex) noexcept {
    if (hex.empty()) return std::nullopt;
    while (hex.size() > 16 && hex.front() == '0') hex.remove_prefix(1);
    if (hex.size() > 16) return std::nullopt;
    std::uint64_t id = 0;
    unsigned seen = 0;
    for (const char c : hex) {
        const std::uint8_t digit = kHexValues[static_cast<unsigned char>(c)];
        seen |= digit;
        id = id << 4 | (digit & 15U);
    }
    if (seen > 15) return std::nullopt;
    return id;
}

std::optional<std::uint64_t> instance_id_of_subject(std::string_view subject) noexcept {
    const std::size_t dash = subject.rfind('-');
    if (dash == std::string_view::npos) return std::nullopt;
    return parse_instance_id(subject.substr(dash + 1));
}

SubjectMatch match_endpoint(std::string_view rest, std::string_view endpoint) noexcept {
    if (!rest.starts_with(endpoint)) return {};
    rest.remove_prefix(endpoint.size());
    if (rest.empty()) return {SubjectMatch::Kind::unnumbered};
    if (rest.front() != '-') return {};
    const auto id = parse_instance_id(rest.substr(1));
    if (!id) return {SubjectMatch::Kind::bad_suffix};
    return {SubjectMatch::Kind::instance, *id};
}

SubjectMatch match_subject(std::string_view subject, std::string_view service,
                           std::string_view endpoint) noexcept {
    const auto rest = rest_of(subject, service);
    return rest ? match_endpoint(*rest, endpoint) : SubjectMatch{};
}

bool matches_seed_prefix(std::string_view subject, std::string_view service,
                         std::string_view endpoint) noexcept {
    const auto rest = rest_of(subject, service);
    return rest && rest->starts_with(endpoint);
}

std::optional<std::int64_t> seed_worker_id(std::string_view subject) noexcept {
    std::string_view digits = subject.substr(subject.rfind('-') + 1);
    // A sign can only be a plus: a minus would have been the last dash itself.
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto id = parse_instance_id(digits);
    if (!id || *id > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*id);
}

std::string event_subject(const EventScope& scope, std::string_view event) {
    std::string subject = "namespace.";
    subject += scope.name_space;
    if (!scope.component.empty()) subject.append(".component.").append(scope.component);
    if (!scope.endpoint.empty()) subject.append(".endpoint.").append(scope.endpoint);
    return subject.append(".").append(event);
}

std::string_view leaf_of_namespace(std::string_view name_space) noexcept {
    return name_space.substr(name_space.rfind('.') + 1);
}

std::vector<std::string> kv_metrics_subjects(std::string_view name_space) {
    if (!is_subject_part(name_space)) return {};
    std::vector<std::string> subjects = {event_subject({name_space, {}, {}}, kKvMetricsEvent)};
    if (const auto leaf = leaf_of_namespace(name_space); leaf != name_space) {
        subjects.push_back(event_subject({leaf, {}, {}}, kKvMetricsEvent));
    }
    return subjects;
}

}  // namespace muster
