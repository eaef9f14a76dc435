// The paths of one worker: its row and history, its last record as received, its cordon.
//
// Thread rules are the header's.
#include <memory>
#include <utility>

#include "muster/io/http/problem.hpp"
#include "muster/serve/cordon_answers.hpp"
#include "muster/serve/fleet_handler.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {

std::optional<std::string> FleetHandler::id_of(Call& call, std::string_view encoded_id) {
    auto id = percent_decode(encoded_id, false);
    if (!id) {
        call.reply.send(problem_response(
            400, "bad-parameter", "id: broken percent-escape: write %XX with two hex digits"));
    }
    return id;
}

bool FleetHandler::has_collector(Call& call) const {
    if (shared_.options.collector != nullptr) return true;
    call.reply.send(problem_response(501, "not-offered",
                                     "this server only shows a view: ask the `muster serve` that "
                                     "collects it"));
    return false;
}

void FleetHandler::send_not_there(Call call, const FleetView& view, const std::string& id) {
    if (const Tombstone* tombstone = view.find_tombstone(id)) {
        std::string lost = ",\"lost\":";
        append_lost_json(lost, *tombstone, shared_.wall.anchor());
        call.reply.send(
            problem_response(410, "worker-lost", id + ": lost: " + tombstone->detail, lost));
        return;
    }
    call.reply.send(problem_response(404, "unknown-worker",
                                     id + ": no such worker: see /v1/workers for those there are"));
}

void FleetHandler::get_worker(Call call, std::string_view encoded_id) {
    const auto query = query_of(call, {.fields = true, .history = true});
    if (!query) return;
    const auto id = id_of(call, encoded_id);
    if (!id) return;
    const FleetView& view = reader_.current();
    const auto row = view.find(*id);
    if (!row) {
        send_not_there(std::move(call), view, *id);
        return;
    }
    if (send_not_modified(call, view)) return;
    const FleetMoment now = moment();
    std::string json;
    append_worker_json(json, view, *row, now, query->filter.members);
    if (query->history) {
        json.back() = ',';
        json += "\"history\":";
        append_history_json(json, shared_.history.of(*id), shared_.options.history_interval,
                            now.anchor);
        json += '}';
    }
    send_view(std::move(call), view, one_piece(std::move(json)));
}

void FleetHandler::get_worker_raw(Call call, std::string_view encoded_id) {
    if (!query_of(call, {})) return;
    const auto id = id_of(call, encoded_id);
    if (!id || !has_collector(call)) return;
    auto raw = shared_.options.collector->raw_record(*id);
    if (!raw) {
        send_not_there(std::move(call), reader_.current(), *id);
        return;
    }
    if (raw->bytes == 0) {
        const auto use = shared_.options.collector->raw_records_use();
        call.reply.send(problem_response(
            404, "no-record",
            *id + (use.not_kept == 0 ? ": no record of it yet: it has told no load"
                                     : ": no record kept: all of them together are too large")));
        return;
    }
    std::string received;
    append_rfc3339(received, shared_.wall.wall_at(raw->received));
    HttpResponse response;
    response.content_type = "text/plain; charset=utf-8";
    response.headers = {{"Cache-Control", "no-store"},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Muster-Received", std::move(received)},
                        {"Muster-Road", std::string(name_of(raw->road))},
                        {"Muster-Record-Bytes", std::to_string(raw->bytes)}};
    response.body = std::make_shared<const std::string>(std::move(raw->text));
    call.reply.send(std::move(response));
}

void FleetHandler::get_worker_cordon(Call call, std::string_view encoded_id) {
    if (!query_of(call, {})) return;
    const auto id = id_of(call, encoded_id);
    if (!id) return;
    call.reply.send(
        get_cordon(reader_.current(),
                   {.worker = *id, .now = shared_.clock.now(), .anchor = shared_.wall.anchor()}));
}

void FleetHandler::put_worker_cordon(Call call, std::string_view encoded_id) {
    if (!query_of(call, {})) return;
    const auto id = id_of(call, encoded_id);
    if (!id || !has_collector(call)) return;
    call.reply.send(
        put_cordon(*shared_.options.collector, call.request,
                   {.worker = *id, .now = shared_.clock.now(), .anchor = shared_.wall.anchor()}));
}

void FleetHandler::delete_worker_cordon(Call call, std::string_view encoded_id) {
    const auto id = id_of(call, encoded_id);
    if (!id || !has_collector(call)) return;
    call.reply.send(delete_cordon(
        *shared_.options.collector, call.target,
        {.worker = *id, .now = shared_.clock.now(), .anchor = shared_.wall.anchor()}));
}

void FleetHandler::get_cordons(Call call, std::string_view) {
    if (!query_of(call, {})) return;
    const FleetView& view = reader_.current();
    if (send_not_modified(call, view)) return;
    std::string json;
    append_cordons_json(json, view, moment());
    send_view(std::move(call), view, one_piece(std::move(json)));
}

}  // namespace muster
