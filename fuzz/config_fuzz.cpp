// muster.toml: what is understood is bounded, and says the same when it is written down again; what
// is not is answered with its place and what to do.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "flags/config_file.hpp"
#include "flags/config_keys.hpp"
#include "flags/toml_tree.hpp"
#include "require.hpp"

namespace {

using muster::ConfigFile;
using muster::GivenFlags;
using muster::fuzzing::require;
using muster::fuzzing::require_sentence;

const std::string kFile = "/etc/muster/muster.toml";

std::string printed(const muster::ConfigKey& key, const muster::GivenValue& value) {
    if (key.flag->kind == muster::FlagKind::toggle) return value.is_off ? "false" : "true";
    if (key.flag->kind != muster::FlagKind::list) {
        require(value.texts.size() == 1);
        return muster::toml_text(value.texts.front());
    }
    std::string list;
    for (const std::string& text : value.texts) list += muster::toml_text(text) + ", ";
    return '[' + list + ']';
}

/// `cut`: bytes of each path that its section has said already.
std::string printed(const GivenFlags::Values& values, std::size_t cut) {
    std::string text;
    for (const auto& [path, value] : values) {
        const auto key = std::ranges::find(muster::config_keys(), path, &muster::ConfigKey::path);
        require(key != muster::config_keys().end() && value.place.starts_with(kFile + ':'));
        text += path.substr(cut) + " = " + printed(*key, value) + '\n';
    }
    return text;
}

std::string printed(const ConfigFile& file) {
    std::string text = printed(file.values, 0);
    for (const auto& [name, sections] : file.sections) {
        require(sections.size() <= muster::kConfigSectionsMax);
        for (const ConfigFile::Section& section : sections) {
            text += "[[" + name + "]]\n" + printed(section.values, name.size() + 1);
        }
    }
    return text + muster::toml_of(file.tables);
}

bool same(const GivenFlags::Values& a, const GivenFlags::Values& b) {
    return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
        return one.first == other.first && one.second.same_as(other.second);
    });
}

bool same(const ConfigFile& a, const ConfigFile& b) {
    const auto same_values = [](const ConfigFile::Section& one, const ConfigFile::Section& other) {
        return same(one.values, other.values);
    };
    return a.tables == b.tables && same(a.values, b.values) &&
           std::ranges::equal(a.sections, b.sections, [&](const auto& one, const auto& other) {
               return one.first == other.first &&
                      std::ranges::equal(one.second, other.second, same_values);
           });
}

void check(const muster::ConfigTables& tables) {
    require(tables.labels.size() <= muster::kLabelRulesMax);
    require(tables.expected.size() <= muster::kExpectationsMax);
    for (const muster::LabelRule& rule : tables.labels) {
        require(rule.labels.size() <= muster::kLabelsPerWorkerMax);
        require(std::ranges::is_sorted(rule.labels));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Of exactly its size, so that a sanitizer sees a byte read too many.
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto file = muster::parse_config(text, kFile);
    if (!file) {
        require_sentence(file.error(), {});
        require(file.error().what.contains(": " + kFile + ':'));
        return 0;
    }
    check(file->tables);
    const auto again = muster::parse_config(printed(*file), kFile);
    require(again && same(*again, *file));
    return 0;
}
