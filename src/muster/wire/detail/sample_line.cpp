#include "muster/wire/detail/sample_line.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <system_error>

namespace muster::detail {

namespace {

void skip_blanks(std::string_view& text) {
    std::size_t at = 0;
    while (at < text.size() && is_blank(text[at])) ++at;
    text.remove_prefix(at);
}

std::string_view take_token(std::string_view& text) {
    std::size_t at = 0;
    while (at < text.size() && !is_blank(text[at])) ++at;
    const std::string_view token = text.substr(0, at);
    text.remove_prefix(at);
    skip_blanks(text);
    return token;
}

bool take_char(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

/// A label's name: as a metric's, without colons.
std::string_view take_label_name(std::string_view& text) {
    std::size_t at = 0;
    while (at < text.size() && is_name_char(text[at]) && text[at] != ':') ++at;
    if (at > 0 && text.front() >= '0' && text.front() <= '9') at = 0;
    const std::string_view name = text.substr(0, at);
    text.remove_prefix(at);
    return name;
}

/// One bit of 64, by a name's length and three of its letters.
std::uint64_t name_sign(std::string_view name) {
    if (name.empty()) return 1;
    const auto letter = [&](std::size_t at) { return static_cast<unsigned char>(name[at]); };
    const std::size_t mix =
        name.size() * 5 + letter(0) * 3U + letter(name.size() - 1) * 7U + letter(name.size() / 2);
    return std::uint64_t{1} << (mix % 64);
}

bool has_exponent_below_zero(std::string_view text) {
    const std::size_t at = text.find_first_of("eE");
    return at != std::string_view::npos && at + 1 < text.size() && text[at + 1] == '-';
}

}  // namespace

std::optional<double> read_sample_value(std::string_view text) {
    const bool signed_text = !text.empty() && (text.front() == '+' || text.front() == '-');
    const bool positive = signed_text && text.front() == '+';
    if (positive) text.remove_prefix(1);
    if (text.empty() || (positive && (text.front() == '+' || text.front() == '-'))) {
        return std::nullopt;
    }
    double value = 0.0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    if (result.ec == std::errc::result_out_of_range && result.ptr == end) {
        if (has_exponent_below_zero(text)) return text.front() == '-' ? -0.0 : 0.0;
        return std::nullopt;
    }
    if (result.ec != std::errc{} || result.ptr != end) return std::nullopt;
    // A NaN has no sign here, and no number of its own: "nan(1)".
    if (std::isnan(value) && (signed_text || text.size() != 3)) return std::nullopt;
    return value;
}

bool SampleLine::read(std::string_view rest, ExpositionForm form, std::string_view& name) {
    label_count_ = 0;
    signs_ = 0;
    label_text_ = {};
    timestamp_.reset();
    skip_blanks(rest);
    if (!rest.empty() && rest.front() == '{' && !read_labels(rest, name)) return false;
    skip_blanks(rest);
    const auto value = read_sample_value(take_token(rest));
    if (!value) return false;
    value_ = *value;
    if (rest.empty() || rest.front() == '#') return true;  // An exemplar is none of ours.
    if (!read_timestamp(take_token(rest), form)) return false;
    return rest.empty() || rest.front() == '#';
}

bool SampleLine::read_labels(std::string_view& rest, std::string_view& name) {
    const char* const begin = rest.data() + 1;
    rest.remove_prefix(1);
    unescaped_.clear();
    skip_blanks(rest);
    while (!take_char(rest, '}')) {
        std::string_view label;
        if (!rest.empty() && rest.front() == '"') {
            if (!read_quoted(rest, label)) return false;
        } else {
            label = take_label_name(rest);
            if (label.empty()) return false;
        }
        skip_blanks(rest);
        if (take_char(rest, '=')) {
            skip_blanks(rest);
            std::string_view value;
            if (!read_quoted(rest, value) || !add_label(label, value)) return false;
        } else {
            // A quoted item alone is the metric's name, and stands first.
            if (label_count_ > 0 || !name.empty()) return false;
            name = label;
        }
        skip_blanks(rest);
        if (take_char(rest, ',')) {
            skip_blanks(rest);
        } else if (rest.empty() || rest.front() != '}') {
            return false;
        }
    }
    label_text_ = {begin, static_cast<std::size_t>(rest.data() - 1 - begin)};
    return true;
}

bool SampleLine::add_label(std::string_view name, std::string_view value) {
    if (label_count_ == labels_.size()) return false;
    // Few names share a sign: most are not compared at all.
    const std::uint64_t sign = name_sign(name);
    if ((signs_ & sign) != 0) {
        for (const SampleLabel& other : labels()) {
            if (other.name == name) return false;
        }
    }
    signs_ |= sign;
    labels_[label_count_++] = {name, value};
    return true;
}

bool SampleLine::read_quoted(std::string_view& rest, std::string_view& value) {
    if (!take_char(rest, '"')) return false;
    const void* const quote = std::memchr(rest.data(), '"', rest.size());
    if (quote == nullptr) return false;
    const auto length = static_cast<std::size_t>(static_cast<const char*>(quote) - rest.data());
    if (std::memchr(rest.data(), '\\', length) == nullptr) {
        value = rest.substr(0, length);
        rest.remove_prefix(length + 1);
        return true;
    }
    // Room for all that may follow, so that earlier views stay where they are.
    if (unescaped_.empty()) unescaped_.reserve(rest.size());
    const std::size_t start = unescaped_.size();
    std::size_t at = 0;
    while (at < rest.size() && rest[at] != '"') {
        if (rest[at] != '\\' || at + 1 == rest.size()) {
            unescaped_.push_back(rest[at++]);
            continue;
        }
        const char next = rest[at + 1];
        if (next == 'n') {
            unescaped_.push_back('\n');
        } else if (next == '\\' || next == '"') {
            unescaped_.push_back(next);
        } else {
            unescaped_.append({'\\', next});  // Not an escape: two characters.
        }
        at += 2;
    }
    if (at >= rest.size()) return false;
    value = std::string_view(unescaped_).substr(start);
    rest.remove_prefix(at + 1);
    return true;
}

bool SampleLine::read_timestamp(std::string_view text, ExpositionForm form) {
    if (form == ExpositionForm::text) {
        std::int64_t millis = 0;
        const char* const end = text.data() + text.size();
        const auto result = std::from_chars(text.data(), end, millis);
        if (result.ec != std::errc{} || result.ptr != end) return false;
        timestamp_ = millis;
        return true;
    }
    constexpr double kMillisMax = 9.0e15;  // Exact in a double, and 285,000 years away.
    const auto seconds = read_sample_value(text);
    if (!seconds || !(std::abs(*seconds) * 1000.0 < kMillisMax)) return false;
    timestamp_ = std::llround(*seconds * 1000.0);
    return true;
}

}  // namespace muster::detail
