// From the nodes of [labels] and [expect] to rules, and back.
#include "flags/config_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "flags/usage_error.hpp"
#include "muster/base/limits.hpp"
#include "muster/wire/dynamo_names.hpp"

namespace muster {
namespace {

std::string key_at(const TomlMember& member, std::string_view file, std::string_view section) {
    return member.place.in(file) + ": " + std::string(section) + '.' + toml_key(member.key);
}

Result<void> read_label(const TomlMember& member, const std::string& where, LabelRule& rule) {
    if (!is_label_name(member.key)) {
        return wrong_usage("not a label's name: " + where +
                           ": take letters, digits and _, and no name that metrics have already, "
                           "such as worker or state");
    }
    if (member.value.kind != TomlKind::text) {
        return wrong_usage("not a label's value: " + where + ": write a text, as in " +
                           toml_key(member.key) + " = \"a\"");
    }
    if (member.value.text.empty() || member.value.text.size() > kNameBytesMax) {
        return wrong_usage(
            fmt::format("not a label's value: {}: give 1 to {} bytes", where, kNameBytesMax));
    }
    rule.labels.emplace_back(member.key, member.value.text);
    return {};
}

std::optional<std::size_t> workers_of(const TomlNode& node) {
    std::size_t workers = 0;
    const char* const end = node.text.data() + node.text.size();
    if (node.kind != TomlKind::number) return std::nullopt;
    const auto [read, error] = std::from_chars(node.text.data(), end, workers);
    if (error != std::errc() || read != end || workers > kWorkersMax) return std::nullopt;
    return workers;
}

}  // namespace

Result<void> read_labels(const TomlMember& section, std::string_view file, ConfigTables& tables) {
    if (section.value.kind != TomlKind::table) {
        return wrong_usage("not a section: " + section.place.in(file) +
                           ": labels: write [labels], and below it \"COMPONENT\" = { NAME = "
                           "\"VALUE\" }");
    }
    if (section.value.members.size() > kLabelRulesMax) {
        return wrong_usage(fmt::format("too many label rules: {}: labels: {} at most",
                                       section.place.in(file), kLabelRulesMax));
    }
    for (const TomlMember& member : section.value.members) {
        const std::string where = key_at(member, file, kLabelsSection);
        if (member.value.kind != TomlKind::table) {
            return wrong_usage("not a set of labels: " + where + ": write " + toml_key(member.key) +
                               " = { zone = \"a\" }");
        }
        if (member.value.members.size() > kLabelsPerWorkerMax) {
            return wrong_usage(
                fmt::format("too many labels: {}: {} at most", where, kLabelsPerWorkerMax));
        }
        LabelRule rule{member.key, {}};
        for (const TomlMember& label : member.value.members) {
            const std::string at = label.place.in(file) + ": labels." + toml_key(member.key) + '.' +
                                   toml_key(label.key);
            if (auto read = read_label(label, at, rule); !read) return read;
        }
        std::ranges::sort(rule.labels);
        tables.labels.push_back(std::move(rule));
    }
    return {};
}

Result<void> read_expectations(const TomlMember& section, std::string_view file,
                               ConfigTables& tables) {
    if (section.value.kind != TomlKind::table) {
        return wrong_usage("not a section: " + section.place.in(file) +
                           ": expect: write [expect], and below it \"COMPONENT\" = NUMBER");
    }
    if (section.value.members.size() > kExpectationsMax) {
        return wrong_usage(fmt::format("too many expectations: {}: expect: {} at most",
                                       section.place.in(file), kExpectationsMax));
    }
    for (const TomlMember& member : section.value.members) {
        const std::string where = key_at(member, file, kExpectSection);
        if (!parse_component_name(member.key)) {
            return wrong_usage("not a component: " + where +
                               ": write \"NAMESPACE/COMPONENT\" = NUMBER, such as "
                               "\"dynamo/backend\" = 64");
        }
        const auto workers = workers_of(member.value);
        if (!workers) {
            return wrong_usage(
                fmt::format("not a number of workers: {}: give 0 to {}, without "
                            "quotes",
                            where, kWorkersMax));
        }
        tables.expected.push_back({member.key, *workers});
    }
    return {};
}

std::string toml_of(const std::vector<Expectation>& expected) {
    if (expected.empty()) return {};
    std::string text = "[expect]\n";
    for (const Expectation& expectation : expected) {
        text += fmt::format("{} = {}\n", toml_key(expectation.component), expectation.workers);
    }
    return text;
}

std::string toml_of(const ConfigTables& tables) {
    std::string text;
    if (!tables.labels.empty()) {
        text += "[labels]\n";
        for (const LabelRule& rule : tables.labels) {
            std::string labels;
            for (const auto& [name, value] : rule.labels) {
                labels += (labels.empty() ? " " : ", ") + name + " = " + toml_text(value);
            }
            text += toml_key(rule.pattern) + " = {" + labels + " }\n";
        }
    }
    const std::string expected = toml_of(tables.expected);
    return text.empty() || expected.empty() ? text + expected : text + '\n' + expected;
}

}  // namespace muster
