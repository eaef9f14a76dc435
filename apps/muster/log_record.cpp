// Lines from their parts.
#include "log_record.hpp"

#include <array>
#include <charconv>
#include <span>

#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

// A line of the log is at most about 4 KiB long, which a pipe takes or refuses as a whole.
constexpr std::size_t kWordsMax = 1'000;
constexpr std::size_t kValueMax = 500;

std::string cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    std::size_t end = bytes_max;
    // Not in the middle of a character of UTF-8.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return std::string(text.substr(0, end)) + "..";
}

void append_value(std::string& line, std::string_view value) {
    if (!value.empty() && value.find_first_of(" \"\\=") == std::string_view::npos) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') line += '\\';
        line += c;
    }
    line += '"';
}

bool is_count(std::string_view key) {
    return key == "suppressed" || log_level_of(key).has_value();
}

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string json_of(const LogRecord& record, WallTime time) {
    std::string line;
    std::string when;
    append_rfc3339(when, time);
    JsonWriter json(line);
    json.begin_object().key("time").string(when).key("level").string(name_of(record.level));
    json.key("source").string(record.source).key("message").string(record.words);
    for (const auto& [key, value] : record.fields) {
        json.key(key);
        const auto number = is_count(key) ? number_of(value) : std::nullopt;
        if (number) {
            json.integer(*number);
        } else {
            json.string(value);
        }
    }
    if (record.repeated > 0) json.key("repeated").integer(record.repeated);
    json.end_object();
    return line;
}

}  // namespace

LogRecord log_record(LogLevel level, std::string_view what, std::span<const LogField> fields) {
    LogRecord record{.level = level, .source = {}, .words = cut(what, kWordsMax), .fields = {}};
    for (const LogField& field : fields) {
        if (field.key == "source") {
            record.source = cut(field.value, kValueMax);
            continue;
        }
        if (field.value.empty() || (is_count(field.key) && field.value == "0")) continue;
        record.fields.emplace_back(field.key, cut(field.value, kValueMax));
    }
    return record;
}

std::string text_of(const LogRecord& record) {
    std::string line(name_of(record.level));
    if (!record.source.empty()) line += " [" + harmless(record.source) + ']';
    line += ' ' + harmless(record.words);
    char before = ':';
    const auto append = [&](std::string_view key, std::string_view value) {
        if (before == ':') line += before;
        before = ' ';
        line += ' ';
        line += key;
        line += '=';
        append_value(line, harmless(value));
    };
    for (const auto& [key, value] : record.fields) append(key, value);
    if (record.repeated > 0) append("repeated", std::to_string(record.repeated));
    return line;
}

std::string log_line(const LogRecord& record, WallTime time, LogFormat format) {
    if (format == LogFormat::json) return json_of(record, time) + '\n';
    std::string line;
    append_rfc3339(line, time);
    return line + ' ' + text_of(record) + '\n';
}

std::string_view name_of(LogLevel level) noexcept {
    return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> log_level_of(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
        if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
    }
    return std::nullopt;
}

std::optional<LogFormat> log_format_of(std::string_view name) noexcept {
    if (name == "text") return LogFormat::text;
    if (name == "json") return LogFormat::json;
    return std::nullopt;
}

}  // namespace muster
