// Scalars of on-demand documents: fast where they are what a field wants, exact about why not.
#include "muster/wire/detail/ondemand.hpp"

#include <charconv>
#include <cstring>
#include <system_error>

#include "muster/base/limits.hpp"

namespace muster::detail {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::size_t skip_digits(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) ++at;
    return at;
}

bool is_literal(std::string_view token) {
    return token == "null" || token == "true" || token == "false";
}

/// A quote, and the next one that is not escaped is the end. What stands between was checked when
/// the document was opened.
bool is_whole_string(std::string_view text) {
    if (!text.starts_with('"')) return false;
    std::size_t at = 1;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return at + 1 == text.size();
}

/// Why a value that is no number of the wanted kind is refused.
template <typename T>
Scalar<T> refused(std::string_view token) {
    Scalar<T> scalar;
    switch (token.empty() ? '\0' : token.front()) {
        case '"':
        case '{':
        case '[': scalar.reason = RejectReason::field_wrong_type; return scalar;
        default: break;
    }
    scalar.reason = token == "null" ? RejectReason::field_null : RejectReason::field_wrong_type;
    scalar.broken = !is_literal(token) && number_kind(token) == NumberKind::none;
    return scalar;
}

template <typename T>
Scalar<T> refused_for(RejectReason reason) {
    Scalar<T> scalar;
    scalar.reason = reason;
    return scalar;
}

bool starts_number(std::string_view token) {
    return !token.empty() && (is_digit(token.front()) || token.front() == '-');
}

}  // namespace

std::size_t find_key(od::field& field, std::span<const Key> keys, std::size_t hint) {
    const char* const raw = field.key().raw();
    for (std::size_t tried = 1, i = hint; tried < keys.size(); ++tried) {
        i = i + 1 == keys.size() ? 0 : i + 1;
        if (keys[i].is(raw)) return i;
    }
    const char* end = raw;
    while (*end != '"' && *end != '\\') ++end;
    if (*end == '"') return keys.size();
    std::string_view unescaped;
    if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) return keys.size() + 1;
    std::size_t found = 0;
    while (found < keys.size() && keys[found].text() != unescaped) ++found;
    return found;
}

NumberKind number_kind(std::string_view token) {
    std::size_t at = token.starts_with('-') ? 1 : 0;
    if (at >= token.size() || !is_digit(token[at])) return NumberKind::none;
    at = token[at] == '0' ? at + 1 : skip_digits(token, at);
    NumberKind kind = NumberKind::integer;
    if (at < token.size() && token[at] == '.') {
        const std::size_t end = skip_digits(token, at + 1);
        if (end == at + 1) return NumberKind::none;
        at = end;
        kind = NumberKind::floating;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        ++at;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
        const std::size_t end = skip_digits(token, at);
        if (end == at) return NumberKind::none;
        at = end;
        kind = NumberKind::floating;
    }
    return at == token.size() ? kind : NumberKind::none;
}

Scalar<std::uint64_t> refused_count(od::value& value) {
    const std::string_view token = token_of(value);
    if (!starts_number(token) || number_kind(token) != NumberKind::integer) {
        return refused<std::uint64_t>(token);
    }
    return refused_for<std::uint64_t>(RejectReason::field_out_of_range);
}

Scalar<double> refused_number(od::value& value) {
    const std::string_view token = token_of(value);
    if (!starts_number(token) || number_kind(token) == NumberKind::none) {
        return refused<double>(token);
    }
    return refused_for<double>(RejectReason::field_out_of_range);
}

Scalar<std::string_view> escaped_or_refused_text(od::value& value) {
    const std::string_view token = token_of(value);
    if (!token.starts_with('"')) return refused<std::string_view>(token);
    Scalar<std::string_view> scalar;
    scalar.good = value.get_string().get(scalar.value) == simdjson::SUCCESS;
    scalar.broken = !scalar.good;
    return scalar;
}

bool read_long_number(std::string_view token, double& number) noexcept {
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    return error == std::errc{};
}

std::expected<std::string_view, RejectReason> PaddedDocument::keep(std::string_view payload) {
    if (payload.size() > kReplyBytesMax) return std::unexpected(RejectReason::too_large);
    const std::size_t room = payload.size() + simdjson::SIMDJSON_PADDING;
    if (bytes_.size() < room) bytes_.resize(room);
    if (!payload.empty()) std::memcpy(bytes_.data(), payload.data(), payload.size());
    // What an earlier payload left behind must not be read as part of this one.
    std::memset(bytes_.data() + payload.size(), 0, simdjson::SIMDJSON_PADDING);
    size_ = payload.size();
    return std::string_view(bytes_.data(), size_);
}

std::expected<od::document, RejectReason> PaddedDocument::open_kept() {
    od::document document;
    const auto error = parser_.iterate(bytes_.data(), size_, bytes_.size()).get(document);
    if (error == simdjson::UTF8_ERROR) return std::unexpected(RejectReason::not_utf8);
    if (error != simdjson::SUCCESS) return std::unexpected(RejectReason::not_json);
    return document;
}

std::expected<od::document, RejectReason> PaddedDocument::open(std::string_view payload) {
    if (const auto kept = keep(payload); !kept) return std::unexpected(kept.error());
    return open_kept();
}

bool PaddedDocument::is_scalar(std::string_view payload) noexcept {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t begin = payload.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return false;
    const std::string_view text =
        payload.substr(begin, payload.find_last_not_of(kBlank) - begin + 1);
    return is_whole_string(text) || is_literal(text) || number_kind(text) != NumberKind::none;
}

}  // namespace muster::detail
