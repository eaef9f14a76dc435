// `muster man`: its place on the command line, and what it prints or writes.
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "flags/command.hpp"
#include "flags/usage_error.hpp"
#include "shell/man_page.hpp"
#include "shell/printed_file.hpp"

namespace muster {
namespace {

constexpr std::array kArguments = {
    Flag{.name = "PAGE",
         .type = "COMMAND",
         .about = "A command, or muster.toml; without it muster(1)",
         .kind = FlagKind::argument},
};

constexpr std::array kFlags = {
    Flag{"--to", "FOLDER", "Write all pages there (man1, man5)", FlagKind::text, kNoKey},
};

constexpr std::array kGroups = {FlagGroup{"", kArguments}, FlagGroup{"Output", kFlags}};

ExitCode write_pages(const std::string& folder, const std::stop_token& /*stop*/) {
    for (const ManPage& page : man_pages(MUSTER_VERSION)) {
        const std::filesystem::path path = std::filesystem::path(folder) / page.file;
        std::error_code failed;
        std::filesystem::create_directories(path.parent_path(), failed);
        errno = 0;
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file << page.text;
        file.close();
        if (failed || !file) {
            const std::string why =
                failed ? failed.message() : std::generic_category().message(errno);
            report_error("cannot write: " + path.string() + ": " + why +
                         ": give --to a folder that can be written");
            return ExitCode::trouble;
        }
    }
    return ExitCode::done;
}

// "get" of "man1/muster-get.1", "muster" of "man1/muster.1".
std::string name_of(const ManPage& page) {
    std::string name = std::filesystem::path(page.file).stem().string();
    return name.starts_with("muster-") ? name.substr(7) : name;
}

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    const std::string folder = given.text("--to");
    if (!folder.empty()) return make_command(std::string(folder), write_pages);
    const std::string wanted = given.text("PAGE", "muster");
    std::vector<std::string> names;
    for (const ManPage& page : man_pages(MUSTER_VERSION)) {
        names.push_back(name_of(page));
        if (names.back() == wanted) return make_command(PrintedFile{page.text}, print_file);
    }
    return wrong_usage("unknown page: muster man " + wanted + ": " +
                       suggestion(wanted, names, "`muster man` names them all"));
}

}  // namespace

CommandSpec man_spec() {
    return {.name = "man",
            .about = "Print a manual page",
            .examples =
                "  muster man get | man -l -\n"
                "  muster man --to /usr/share/man",
            .groups = kGroups,
            .read = read};
}

}  // namespace muster
