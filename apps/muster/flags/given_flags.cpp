// Values by name.
#include "flags/given_flags.hpp"

#include <utility>

#include "flags/flag.hpp"

namespace muster {

std::string variable_of(std::string_view flag) {
    std::string name = "MUSTER";
    for (const char c : flag.substr(1)) {
        name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    return name;
}

void GivenFlags::set(std::string_view flag, GivenValue value) {
    values_.insert_or_assign(std::string(flag), std::move(value));
}

std::string GivenFlags::text(std::string_view flag) const {
    return text(flag, "");
}

std::string GivenFlags::text(std::string_view flag, std::string_view otherwise) const {
    const auto found = values_.find(flag);
    const bool given = found != values_.end() && !found->second.texts.empty();
    return given ? found->second.texts.back() : std::string(otherwise);
}

std::vector<std::string> GivenFlags::texts(std::string_view flag) const {
    const auto found = values_.find(flag);
    return found == values_.end() ? std::vector<std::string>{} : found->second.texts;
}

bool GivenFlags::is_given(std::string_view flag) const {
    return origin(flag) != FlagOrigin::nowhere;
}

FlagOrigin GivenFlags::origin(std::string_view flag) const {
    const auto found = values_.find(flag);
    return found == values_.end() ? FlagOrigin::nowhere : found->second.origin;
}

}  // namespace muster
