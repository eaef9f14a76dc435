#include "muster/serve/web_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace muster {

namespace {

// Nothing inline but what the build put there, nothing from elsewhere, in nobody's frame. Trusted
// types: text is never parsed as markup, so a worker's name cannot become a script.
std::string policy() {
    const InlineHashes hashes = inline_hashes();
    return fmt::format(
        "default-src 'none'; script-src 'self' '{}'; style-src '{}'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'",
        hashes.script, hashes.style);
}

// Whether a page of somebody else may have opened the window, and so have a hand on it. A browser
// that says that nobody did (the address was typed, or is a bookmark) needs no new process for us:
// to make one takes longer than all else until the fleet is seen.
bool may_have_opener(const HttpRequest& request) {
    const auto site = request.header("Sec-Fetch-Site");
    return !site || (*site != "none" && *site != "same-origin");
}

}  // namespace

const WebFile* find_web_file(std::string_view path) noexcept {
    const std::span<const WebFile> files = web_files();
    const auto found = std::ranges::find(files, path, &WebFile::path);
    return found == files.end() ? nullptr : &*found;
}

HttpResponse web_file_response(const WebFile& file, const HttpRequest& request) {
    const bool is_page = file.path == "/";
    const auto accepted = request.header("Accept-Encoding");
    const bool packed = accepted && accepts_token(*accepted, "gzip");
    // Each form has a tag of its own: a strong tag is of bytes.
    const std::string tag = '"' + std::string(file.hash) + (packed ? "-gzip" : "") + '"';
    HttpResponse response;
    response.headers = {
        {"ETag", tag},
        {"Cache-Control", is_page ? "no-cache" : "public, max-age=31536000, immutable"},
        {"Vary", is_page ? "Accept, Accept-Encoding, Sec-Fetch-Site" : "Accept-Encoding"},
        {"X-Content-Type-Options", "nosniff"},
        {"Cross-Origin-Resource-Policy", "same-origin"}};
    if (is_page) {
        response.headers.push_back({"Content-Security-Policy", policy()});
        response.headers.push_back({"Referrer-Policy", "no-referrer"});
        if (may_have_opener(request)) {
            response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
        }
    }
    const auto known = request.header("If-None-Match");
    if (known && (*known == "*" || known->find(tag) != std::string_view::npos)) {
        response.status = 304;
        return response;
    }
    response.content_type = file.content_type;
    if (packed) response.headers.push_back({"Content-Encoding", "gzip"});
    response.body = std::make_shared<const std::string>(packed ? file.packed : file.plain);
    return response;
}

}  // namespace muster
