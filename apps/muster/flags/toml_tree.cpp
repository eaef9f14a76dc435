// From the library's nodes to ours, and its complaints as our sentences.
#include "flags/toml_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <tuple>
#include <utility>

#include "flags/toml_guard.hpp"
#include "flags/usage_error.hpp"

// The library asserts what a file need not hold ("[{"), or without assertions takes it for granted.
// Neither: its own refusals come right behind.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace muster {
namespace {

TomlPlace place_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
}

template <typename Value>
std::string printed(const Value& value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

TomlNode node_of(const toml::node& node) {
    TomlNode made;
    made.place = place_of(node.source());
    if (const toml::table* table = node.as_table()) {
        for (const auto& [key, value] : *table) {
            made.members.push_back(
                {std::string(key.str()), place_of(key.source()), node_of(value)});
        }
        // The library sorts by name; what stands later in the file shall come later.
        std::ranges::sort(made.members, {}, [](const TomlMember& member) {
            return std::tuple(member.place.line, member.place.column);
        });
        return made;
    }
    if (const toml::array* array = node.as_array()) {
        made.kind = TomlKind::array;
        for (const toml::node& item : *array) made.items.push_back(node_of(item));
        return made;
    }
    if (const auto* text = node.as_string()) {
        made.kind = TomlKind::text;
        made.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        made.kind = TomlKind::number;
        made.text = std::to_string(integer->get());
    } else if (const auto* number = node.as_floating_point()) {
        made.kind = TomlKind::number;
        made.text = printed(*number);
    } else if (const auto* boolean = node.as_boolean()) {
        made.kind = TomlKind::boolean;
        made.text = boolean->get() ? "true" : "false";
    } else {
        made.kind = TomlKind::moment;
    }
    return made;
}

// Control characters as TOML writes them.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F)
            out += fmt::format("\\u{:04X}", byte);
        else
            out += c;
    }
    return out;
}

// "Error while parsing decimal integer: expected digit, saw 'm'" is told as
// "expected digit, saw 'm', in a decimal integer".
std::string complaint_of(std::string_view description) {
    constexpr std::string_view kOpening = "Error while parsing ";
    std::string told(description);
    const std::size_t colon = told.find(": ");
    if (told.starts_with(kOpening) && colon != std::string::npos) {
        const std::string in = told.substr(kOpening.size(), colon - kOpening.size());
        const bool vowel = !in.empty() && std::string_view("aeiou").contains(in.front());
        told = told.substr(colon + 2) + ", in " + (vowel ? "an " : "a ") + in;
    } else if (!told.empty()) {
        told.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(told.front())));
    }
    return escaped(told);  // It quotes what stands there.
}

std::string advice_for(std::string_view description) {
    const bool number = description.contains("integer") || description.contains("float") ||
                        description.contains("boolean") || description.contains("date");
    if (number) return "a text stands in quotes, as in \"300ms\"";
    if (description.contains("redefine")) return "let it stand once";
    if (description.contains("parsing string")) return "a text ends with its quote, on its line";
    return "mend it there, or in the line before";
}

}  // namespace

std::string TomlPlace::in(std::string_view file) const {
    return fmt::format("{}:{}:{}", file, line, column);
}

Result<TomlNode> parse_toml(std::string_view text, std::string_view file) {
    if (auto checked = check_toml(text, file); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    try {
        return node_of(toml::parse(text));
    } catch (const toml::parse_error& error) {
        const std::string_view description = error.description();
        return wrong_usage("not TOML: " + place_of(error.source()).in(file) + ": " +
                           complaint_of(description) + ": " + advice_for(description));
    }
}

std::string toml_text(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return escaped(quoted) + '"';
}

std::string toml_key(std::string_view key) {
    const bool bare = !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
    return bare ? std::string(key) : toml_text(key);
}

}  // namespace muster
