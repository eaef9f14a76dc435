// GET /metrics: the handler's part that is about HTTP; what is said is metrics_page.hpp's.
//
// Runs on a serving thread.
#include <utility>

#include "muster/io/http/http_message.hpp"
#include "muster/serve/fleet_handler.hpp"
#include "muster/serve/metrics_format.hpp"
#include "muster/serve/metrics_page.hpp"

namespace muster {

void FleetHandler::get_metrics(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    const PrometheusFormat format = metrics_format_of(call.request.header("Accept"));
    const ProcessFigures process = shared_.process.read();
    std::optional<JournalStatus> journal;
    if (shared_.options.journal) journal = shared_.options.journal->status();
    std::string text = metrics_page_text(format, {.view = reader_.current(),
                                                  .now = shared_.clock.now(),
                                                  .process = process,
                                                  .build = build_info(),
                                                  .journal = journal});
    const auto accepted = call.request.header("Accept-Encoding");
    const bool packed = accepted && accepts_token(*accepted, "gzip");
    HttpResponse response;
    response.content_type = content_type_of(format);
    response.headers.push_back({"Cache-Control", "no-store"});
    response.headers.push_back({"Vary", "Accept, Accept-Encoding"});
    put_body(response, body_of(one_piece(std::move(text)), packed));
    call.reply.send(std::move(response));
}

}  // namespace muster
