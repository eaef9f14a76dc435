// GivenFlags: what the user set, by the names of the flags, and where each value was found.
//
// Filled by gather_flags from the command line, the environment and the configuration file, and
// read by the commands' `read` functions. Values are unchecked text. Belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/error.hpp"

namespace muster {

struct ConfigTables;

/// Where a value was found; a later one beats an earlier one.
enum class FlagOrigin : std::uint8_t { nowhere, file, environment, command_line };

struct GivenValue {
    std::vector<std::string> texts;  ///< One text; of a list all; of a toggle none.
    FlagOrigin origin = FlagOrigin::nowhere;
    std::string place{};  ///< In a file: "muster.toml:3:12: collection.patience".
    bool is_off = false;  ///< A toggle set to false.

    /// The same setting, wherever it comes from.
    [[nodiscard]] bool same_as(const GivenValue& other) const {
        return texts == other.texts && is_off == other.is_off;
    }
};

class GivenFlags {
public:
    using Values = std::map<std::string, GivenValue, std::less<>>;
    using Sections = std::map<std::string, std::vector<GivenFlags>, std::less<>>;
    /// Gathers the same once more, with what files and environment say now.
    using Again = std::function<Result<GivenFlags>()>;

    void set(std::string_view flag, GivenValue value);

    /// Empty if not given.
    [[nodiscard]] std::string text(std::string_view flag) const;
    /// `otherwise` if not given.
    [[nodiscard]] std::string text(std::string_view flag, std::string_view otherwise) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view flag) const;
    /// Of a toggle: it is on.
    [[nodiscard]] bool is_given(std::string_view flag) const;
    [[nodiscard]] FlagOrigin origin(std::string_view flag) const;
    /// Where the value stands, for sentences: "--patience", "MUSTER_PATIENCE" or
    /// "muster.toml:3:12: collection.patience".
    [[nodiscard]] std::string where(std::string_view flag) const;
    [[nodiscard]] const GivenValue* find(std::string_view flag) const;

    /// Of a group that repeats: each thing with its flags, in the file's order.
    [[nodiscard]] const std::vector<GivenFlags>& sections(std::string_view section) const;
    void set_sections(std::string_view section, std::vector<GivenFlags> each);
    /// Of one of these: "muster.toml:3:1: [[nats]]"; empty if it stands in no file.
    [[nodiscard]] const std::string& place() const noexcept { return place_; }
    void set_place(std::string place) { place_ = std::move(place); }

    /// [labels] and [expect] of the file; never null.
    [[nodiscard]] const ConfigTables& tables() const noexcept { return *tables_; }
    void set_tables(std::shared_ptr<const ConfigTables> tables) { tables_ = std::move(tables); }

    /// There is a configuration file.
    [[nodiscard]] bool has_file() const noexcept { return has_file_; }
    void set_has_file(bool has_file) noexcept { has_file_ = has_file; }
    [[nodiscard]] const Again& again() const noexcept { return again_; }
    void set_again(Again again) { again_ = std::move(again); }

    GivenFlags();

private:
    Values values_;
    Sections sections_;
    std::string place_;
    std::shared_ptr<const ConfigTables> tables_;
    Again again_;
    bool has_file_ = false;
};

}  // namespace muster
