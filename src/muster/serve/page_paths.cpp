// GET / and what the page loads: the live page for a browser, the table as text for who asks by
// curl.
//
// Thread rules are the header's.
#include <utility>

#include "muster/io/http/problem.hpp"
#include "muster/serve/fleet_handler.hpp"
#include "muster/serve/media_range.hpp"
#include "muster/serve/web_files.hpp"
#include "muster/wire/fleet_document.hpp"

namespace muster {

bool FleetHandler::gets_page(const HttpRequest& request) const {
    if (!shared_.options.text_table) return true;
    const auto accept = request.header("Accept");
    return accept && prefers_html(*accept);
}

void FleetHandler::get_root(Call call, std::string_view) {
    // Whoever links to the page may add parameters for readers of their own: none matter to it.
    if (gets_page(call.request)) {
        call.reply.send(web_file_response(*find_web_file("/"), call.request));
        return;
    }
    auto query = query_of(call, {.filters = true});
    if (!query) return;
    std::string json;
    append_fleet_json(json, reader_.current(), moment(), query->filter);
    auto document = parse_fleet_document(json);
    if (!document) {
        call.reply.send(problem_response(500, "internal", document.error().what));
        return;
    }
    HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.headers = {
        {"Cache-Control", "no-store"}, {"Vary", "Accept"}, {"X-Content-Type-Options", "nosniff"}};
    response.body = std::make_shared<const std::string>(shared_.options.text_table(*document));
    call.reply.send(std::move(response));
}

void FleetHandler::get_asset(Call call, std::string_view name) {
    const std::string path = "/assets/" + std::string(name);
    if (const WebFile* file = find_web_file(path)) {
        call.reply.send(web_file_response(*file, call.request));
        return;
    }
    call.reply.send(problem_response(
        404, "not-found", "no such file: " + path + ": of another build? load the page again"));
}

}  // namespace muster
