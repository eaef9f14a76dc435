// The files of the live page as the build bundled them (cmake/MusterWebPage.cmake), and how they
// are answered.
//
// The bytes are the program's own. Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "muster/io/http/http_message.hpp"

namespace muster {

struct WebFile {
    std::string_view path;  ///< "/" is the page; "/assets/NAME.HASH.EXT" what it loads.
    std::string_view content_type;
    std::string_view hash;  ///< Of the bytes: another build with other bytes has another.
    std::string_view plain;
    std::string_view packed;  ///< With gzip.
};

/// Made by the build.
[[nodiscard]] std::span<const WebFile> web_files() noexcept;

/// "sha256-..." of the one script and the one style sheet that stand in the page itself.
struct InlineHashes {
    std::string_view script;
    std::string_view style;
};

/// Made by the build.
[[nodiscard]] InlineHashes inline_hashes() noexcept;

/// Null if there is no such file.
[[nodiscard]] const WebFile* find_web_file(std::string_view path) noexcept;

/// 200, or 304 for who has it. The page is asked for each time and may do nothing but talk to us
/// (its content security policy says so); what it loads has its hash in its name and is kept for
/// ever.
[[nodiscard]] HttpResponse web_file_response(const WebFile& file, const HttpRequest& request);

}  // namespace muster
