// Key by key.
#include "flags/config_change.hpp"

#include <algorithm>
#include <cstddef>

#include "flags/config_keys.hpp"
#include "flags/config_tables.hpp"

namespace muster {
namespace {

bool same(const GivenFlags& a, const GivenFlags& b, std::string_view flag) {
    const GivenValue* const left = a.find(flag);
    const GivenValue* const right = b.find(flag);
    if (left == nullptr || right == nullptr) return left == right;
    return left->same_as(*right);
}

void compare_sections(const std::vector<ConfigKey>& keys, const std::string& section,
                      const GivenFlags& before, const GivenFlags& now,
                      std::vector<std::string>& different) {
    const std::vector<GivenFlags>& old = before.sections(section);
    const std::vector<GivenFlags>& fresh = now.sections(section);
    for (std::size_t i = 0; i < std::max(old.size(), fresh.size()); ++i) {
        const std::string name = section + '[' + std::to_string(i + 1) + ']';
        if (i >= old.size() || i >= fresh.size()) {
            different.push_back(name);
            continue;
        }
        for (const ConfigKey& key : keys) {
            if (key.section() != section || same(old[i], fresh[i], key.flag->name)) continue;
            different.push_back(name + '.' + std::string(key.name()));
        }
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

ConfigChange config_change(const CommandSpec& spec, const GivenFlags& started,
                           const GivenFlags& last, const GivenFlags& now) {
    ConfigChange change;
    const std::vector<ConfigKey> keys = config_keys_of(spec);
    std::string compared;  // The repeated section that was last compared.
    for (const ConfigKey& key : keys) {
        if (key.repeats) {
            const std::string section(key.section());
            if (section == compared) continue;
            compared = section;
            compare_sections(keys, section, started, now, change.needs_restart);
        } else if (key.flag->reloads) {
            if (!same(last, now, key.flag->name)) change.applied.push_back(key.path);
        } else if (!same(started, now, key.flag->name)) {
            change.needs_restart.push_back(key.path);
        }
    }
    if (last.tables().labels != now.tables().labels) change.applied.emplace_back(kLabelsSection);
    if (last.tables().expected != now.tables().expected) {
        change.applied.emplace_back(kExpectSection);
    }
    return change;
}

std::string words_of(const ConfigChange& change) {
    std::string words = "configuration read again: ";
    if (change.applied.empty() && change.needs_restart.empty()) return words + "nothing changed";
    words += change.applied.empty() ? "nothing applied" : "applied " + joined(change.applied);
    if (change.needs_restart.empty()) return words;
    return words + "; needs a restart: " + joined(change.needs_restart);
}

}  // namespace muster
