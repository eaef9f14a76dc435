// GivenFlags: what the user set, by the names of the flags, and where each value was found.
//
// Filled by the parser of the command line and read by the commands' `read` functions. Values are
// unchecked text. Belongs to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace muster {

/// Where a value was found; a later one beats an earlier one.
enum class FlagOrigin : std::uint8_t { nowhere, environment, command_line };

struct GivenValue {
    /// One text; of a list all; of a toggle none.
    std::vector<std::string> texts;
    FlagOrigin origin = FlagOrigin::nowhere;
};

class GivenFlags {
public:
    void set(std::string_view flag, GivenValue value);

    /// Empty if not given.
    [[nodiscard]] std::string text(std::string_view flag) const;
    /// `otherwise` if not given.
    [[nodiscard]] std::string text(std::string_view flag, std::string_view otherwise) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view flag) const;
    /// Of a toggle: it is on.
    [[nodiscard]] bool is_given(std::string_view flag) const;
    [[nodiscard]] FlagOrigin origin(std::string_view flag) const;

private:
    std::map<std::string, GivenValue, std::less<>> values_;
};

}  // namespace muster
