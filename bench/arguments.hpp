// Flags of the measuring programs: `--name value` pairs, and nothing else. Whoever starts one is
// bench/run.py; a mistake ends the program with one line.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "muster/base/duration_text.hpp"
#include "muster/base/time.hpp"

namespace muster::bench {

[[noreturn]] inline void give_up(const std::string& what) {
    std::fprintf(stderr, "bench: %s\n", what.c_str());
    std::exit(2);
}

class Arguments {
public:
    Arguments(int argc, char** argv) {
        for (int i = 1; i < argc; i += 2) {
            const std::string_view name = argv[i];
            if (!name.starts_with("--") || i + 1 == argc) {
                give_up("not a flag and its value: " + std::string(name));
            }
            values_.emplace(name.substr(2), argv[i + 1]);
        }
    }
    [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
    [[nodiscard]] std::string text(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) give_up("missing: --" + name);
        return found->second;
    }
    [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const {
        return has(name) ? text(name) : otherwise;
    }
    [[nodiscard]] std::size_t count(const std::string& name) const {
        const std::string given = text(name);
        std::size_t value = 0;
        const char* const end = given.data() + given.size();
        if (std::from_chars(given.data(), end, value).ptr != end) {
            give_up("not a number: --" + name + " " + given);
        }
        return value;
    }
    /// With its unit: `250ms`.
    [[nodiscard]] Duration duration(const std::string& name) const {
        const auto value = parse_duration(text(name));
        if (!value) give_up("not a duration: --" + name + " " + text(name));
        return *value;
    }

private:
    std::map<std::string, std::string> values_;
};

}  // namespace muster::bench
