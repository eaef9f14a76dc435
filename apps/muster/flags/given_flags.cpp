// Values by name.
#include "flags/given_flags.hpp"

#include <utility>

#include "flags/config_tables.hpp"
#include "flags/flag.hpp"

namespace muster {

std::string variable_of(std::string_view flag) {
    std::string name = "MUSTER";
    for (const char c : flag.substr(1)) {
        name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

GivenFlags::GivenFlags() : tables_(std::make_shared<const ConfigTables>()) {}

void GivenFlags::set(std::string_view flag, GivenValue value) {
    values_.insert_or_assign(std::string(flag), std::move(value));
}

const GivenValue* GivenFlags::find(std::string_view flag) const {
    const auto found = values_.find(flag);
    return found == values_.end() ? nullptr : &found->second;
}

std::string GivenFlags::text(std::string_view flag) const {
    return text(flag, "");
}

std::string GivenFlags::text(std::string_view flag, std::string_view otherwise) const {
    const GivenValue* const value = find(flag);
    const bool given = value != nullptr && !value->texts.empty();
    return given ? value->texts.back() : std::string(otherwise);
}

std::vector<std::string> GivenFlags::texts(std::string_view flag) const {
    const GivenValue* const value = find(flag);
    return value == nullptr ? std::vector<std::string>{} : value->texts;
}

bool GivenFlags::is_given(std::string_view flag) const {
    const GivenValue* const value = find(flag);
    return value != nullptr && !value->is_off;
}

FlagOrigin GivenFlags::origin(std::string_view flag) const {
    const GivenValue* const value = find(flag);
    return value == nullptr ? FlagOrigin::nowhere : value->origin;
}

std::string GivenFlags::where(std::string_view flag) const {
    const GivenValue* const value = find(flag);
    if (value == nullptr) return std::string(flag);
    if (value->origin == FlagOrigin::file) return value->place;
    return value->origin == FlagOrigin::environment ? variable_of(flag) : std::string(flag);
}

const std::vector<GivenFlags>& GivenFlags::sections(std::string_view section) const {
    static const std::vector<GivenFlags> none;
    const auto found = sections_.find(section);
    return found == sections_.end() ? none : found->second;
}

void GivenFlags::set_sections(std::string_view section, std::vector<GivenFlags> each) {
    sections_.insert_or_assign(std::string(section), std::move(each));
}

}  // namespace muster
