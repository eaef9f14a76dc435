// The order in which the environment is asked.
#include "state_dir.hpp"

#include <cstdlib>

namespace muster {

std::string default_state_dir(const Environment& environment) {
    // systemd separates several by colons; the first is ours.
    const std::string service = environment("STATE_DIRECTORY");
    if (const std::string first = service.substr(0, service.find(':')); first.starts_with('/')) {
        return first;
    }
    // The XDG specification: a relative path is to be ignored.
    const std::string xdg = environment("XDG_STATE_HOME");
    if (xdg.starts_with('/')) return xdg + "/muster";
    const std::string home = environment("HOME");
    return home.starts_with('/') ? home + "/.local/state/muster" : std::string();
}

std::string default_state_dir() {
    return default_state_dir([](const char* name) {
        const char* const value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
    });
}

}  // namespace muster
