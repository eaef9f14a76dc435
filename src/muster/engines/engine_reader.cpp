#include "muster/engines/engine_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <utility>

#include "muster/engines/detail/advice.hpp"
#include "muster/engines/detail/engine_documents.hpp"
#include "muster/engines/detail/engine_table.hpp"
#include "muster/engines/detail/rank_load.hpp"
#include "muster/engines/detail/rank_memory.hpp"
#include "muster/engines/detail/refusal_words.hpp"
#include "muster/engines/detail/scrape_plan.hpp"

namespace muster {

namespace {

using detail::JsonFate;
using detail::kModelLoads;
using detail::kModelNotNamed;
using detail::Quantity;
using detail::says;
using detail::ScrapePlan;

// Further questions of one scrape: what it is, what it offers, what its models say.
constexpr std::size_t kRoundsMax = 3;
// So often must `/load` say 0 beside requests that run, to be taken for switched off.
constexpr std::size_t kEmptyLoadsMax = 3;
// An answer's time may be without its fraction, and seem the older of the two by less than this.
constexpr double kLagSecondsLeast = -1.0;
// What is further apart was not read from one clock.
constexpr double kLagSecondsMost = 3600.0;

constexpr std::array<std::string_view, kDocumentFateCount> kFateNames = {
    "used",       "empty",  "not_offered",  "loading", "unauthorized",
    "redirected", "failed", "not_readable", "cut_off", "other_engine"};

/// What the status alone decides; absent: the body is what was asked for.
std::optional<DocumentFate> fate_of_status(const FetchedDocument& fetched) {
    const int status = fetched.status;
    if (status >= 200 && status < 300) return std::nullopt;
    if (status >= 300 && status < 400) return DocumentFate::redirected;
    if (status == 401 || status == 403) return DocumentFate::unauthorized;
    if (status == 404 || status == 405 || status == 501) return DocumentFate::not_offered;
    // llama.cpp says it in words, TensorRT-LLM by asking to be asked later.
    if (status == 503 && (fetched.retry_later || says(fetched, kModelLoads))) {
        return DocumentFate::loading;
    }
    if (status == 400 && (says(fetched, kModelNotNamed) || says(fetched, "model is not loaded"))) {
        return DocumentFate::empty;  // A llama.cpp router: asked model by model from now on.
    }
    return DocumentFate::failed;
}

bool proves_life(DocumentFate fate) {
    return fate == DocumentFate::used || fate == DocumentFate::empty ||
           fate == DocumentFate::not_offered || fate == DocumentFate::loading ||
           fate == DocumentFate::other_engine;
}

bool is_json_list(std::string_view body) {
    const std::size_t first = body.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && body[first] == '[';
}

/// Both are seconds of the engine's own clock.
std::optional<Duration> lag_between(double captured, double answered) {
    const double seconds = answered - captured;
    if (!(seconds > kLagSecondsLeast && seconds < kLagSecondsMost)) return std::nullopt;
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::max(seconds, 0.0)));
}

/// Whether a scrape's documents told what a rank does, beside its sizes.
bool tells_load(const detail::RankValues& values) {
    using enum Quantity;
    for (const Quantity quantity :
         {running, waiting, kv_usage, kv_active_blocks, kv_active_tokens}) {
        if (values.get(quantity)) return true;
    }
    return false;
}

}  // namespace

std::string_view name_of(DocumentFate fate) noexcept {
    return kFateNames[static_cast<std::size_t>(fate)];
}

struct EngineReader::Workings {
    struct Rank {
        detail::RankMemory memory;
        Load idle_load;  // What it showed last, if it had nothing left to do; else none is known.
    };

    ScrapePlan plan;
    PrometheusReader pages;
    detail::EngineDocuments documents;
    detail::ScrapeValues values;
    std::map<std::uint32_t, Rank> ranks;
    std::string process_start;
    std::optional<double> started;
    std::size_t empty_loads = 0;
    bool ranked = false;
    std::vector<std::string> models;

    // Of the scrape under way.
    std::size_t rounds = 0;
    Time received = kNever;
    bool alive = false;
    bool restarted = false;
    bool drained = false;  // TensorRT-LLM: no iteration since the last read.

    std::string advice;
    std::string raw;
    std::vector<EngineReport> reports;

    DocumentFate judge(const FetchedDocument& fetched, DocumentVerdict& verdict);
    void learn_from_refusal(const FetchedDocument& fetched, DocumentFate fate);
    DocumentFate read_page(const FetchedDocument& fetched, DocumentVerdict& verdict);
    template <typename Read>
    DocumentFate read_document(const FetchedDocument& fetched, Engine whose, Read read);
    DocumentFate read_json(const FetchedDocument& fetched);
    JsonFate read_models(std::string_view body);
    DocumentFate note(const FetchedDocument& fetched, JsonFate fate, Engine engine);
    void note_process_start(std::string_view text);
    void begin_anew(Engine engine);
    void judge_server_load();
    void judge_restart();
    void report_rank(std::uint32_t number, detail::RankValues& values);
    void report_without_values();
};

EngineReader::EngineReader() : workings_(std::make_unique<Workings>()) {}
EngineReader::~EngineReader() = default;
EngineReader::EngineReader(EngineReader&&) noexcept = default;
EngineReader& EngineReader::operator=(EngineReader&&) noexcept = default;

std::optional<Engine> EngineReader::engine() const noexcept {
    return workings_->plan.engine();
}

std::span<const DocumentRequest> EngineReader::next(Time now) {
    Workings& work = *workings_;
    work.values.clear();
    work.rounds = 0;
    work.received = kNever;
    work.alive = work.restarted = work.drained = false;
    work.plan.begin(now);
    return work.plan.ask();
}

std::span<const DocumentRequest> EngineReader::more() {
    if (workings_->rounds == kRoundsMax) return {};
    ++workings_->rounds;
    return workings_->plan.ask();
}

DocumentVerdict EngineReader::take(const FetchedDocument& fetched) {
    Workings& work = *workings_;
    DocumentVerdict verdict;
    verdict.fate = work.judge(fetched, verdict);
    work.alive = work.alive || proves_life(verdict.fate);
    if (verdict.fate == DocumentFate::used || verdict.fate == DocumentFate::other_engine) {
        work.received = std::max(work.received, fetched.received);
    }
    work.advice = detail::advice_for(verdict.fate, fetched, work.plan.engine());
    verdict.advice = work.advice;
    return verdict;
}

DocumentFate EngineReader::Workings::judge(const FetchedDocument& fetched,
                                           DocumentVerdict& verdict) {
    if (const auto fate = fate_of_status(fetched)) {
        learn_from_refusal(fetched, *fate);
        return *fate;
    }
    if (!fetched.complete) return DocumentFate::cut_off;
    switch (fetched.document) {
        case EngineDocument::metrics:
            if (is_json_list(fetched.body)) return read_json(fetched);
            return read_page(fetched, verdict);
        case EngineDocument::prometheus_metrics: return read_page(fetched, verdict);
        default: return read_json(fetched);
    }
}

/// Only llama.cpp says no in these words.
void EngineReader::Workings::learn_from_refusal(const FetchedDocument& fetched, DocumentFate fate) {
    const bool llamacpp = says(fetched, "not_supported_error") ||
                          (fate == DocumentFate::loading && says(fetched, kModelLoads)) ||
                          (fate == DocumentFate::empty && says(fetched, kModelNotNamed));
    if (llamacpp && plan.engine() != Engine::llamacpp) begin_anew(Engine::llamacpp);
    if (fate == DocumentFate::not_offered && plan.engine()) {
        plan.note(fetched.document, ScrapePlan::Offer::no);
    }
    if (fate == DocumentFate::empty && says(fetched, kModelNotNamed)) {
        plan.set_router(true);
    }
}

void EngineReader::Workings::begin_anew(Engine engine) {
    // The first that is recognised takes nobody's place.
    restarted = restarted || plan.engine().has_value();
    plan.forget();
    plan.set_engine(engine);
    ranks.clear();
    models.clear();
    values.clear();
    process_start.clear();
    started.reset();
    empty_loads = 0;
    ranked = false;
}

void EngineReader::Workings::note_process_start(std::string_view text) {
    if (text.empty() || plan.router() || text.size() > 64) return;
    if (!process_start.empty() && process_start != text) restarted = true;
    process_start = text;
}

DocumentFate EngineReader::Workings::read_page(const FetchedDocument& fetched,
                                               DocumentVerdict& verdict) {
    const ExpositionForm form =
        exposition_form_of(fetched.content_type).value_or(ExpositionForm::text);
    if (!plan.engine()) {
        const auto found = detail::engine_of_page(fetched.body);
        if (!found) return DocumentFate::not_readable;
        plan.set_engine(found);
    }
    detail::ScrapeValues page;
    const auto read = [&] {
        const detail::PreparedTable& table = detail::prepared_table(*plan.engine());
        return pages.read(fetched.body, form, table.wanted(),
                          [&](const WantedSample& sample) { table.take(sample, page); });
    };
    PageCounts counts = read();
    bool changed = false;
    // A series of the process alone is no engine's.
    if (page.ranks().empty() && !tells_load(page.server()) && page.models().empty()) {
        const auto found = detail::engine_of_page(fetched.body);
        if (!found) return DocumentFate::not_readable;
        if (*found != *plan.engine()) {
            begin_anew(*found);
            page.clear();
            counts = read();
            changed = true;
        }
    }
    verdict.bad_lines = counts.bad_lines;
    note_process_start(fetched.process_start);
    if (plan.router())
        values.add_up(page);
    else
        values.take_over(page);
    plan.note(fetched.document, ScrapePlan::Offer::yes);
    plan.note_used(fetched.document);
    return changed ? DocumentFate::other_engine : DocumentFate::used;
}

/// A document that only `whose` has. Where it was another engine so far, all begins anew, and the
/// document is read again.
template <typename Read>
DocumentFate EngineReader::Workings::read_document(const FetchedDocument& fetched, Engine whose,
                                                   Read read) {
    JsonFate fate = read();
    const bool other = fate != JsonFate::not_this && plan.engine() && *plan.engine() != whose;
    if (other) {
        begin_anew(whose);
        fate = read();
    }
    const DocumentFate noted = note(fetched, fate, whose);
    return other ? DocumentFate::other_engine : noted;
}

DocumentFate EngineReader::Workings::note(const FetchedDocument& fetched, JsonFate fate,
                                          Engine engine) {
    if (fate == JsonFate::not_this) {
        // A server that answers everything with the same page does not offer this.
        if (plan.engine()) plan.note(fetched.document, ScrapePlan::Offer::no);
        return DocumentFate::not_readable;
    }
    if (!plan.engine()) plan.set_engine(engine);
    plan.note(fetched.document, ScrapePlan::Offer::yes);
    plan.note_used(fetched.document);
    if (fate == JsonFate::empty) return DocumentFate::empty;
    // A router's list of models tells no load, and has each one's command line, keys included.
    if (fetched.document != EngineDocument::models) values.add_raw(fetched.body);
    return DocumentFate::used;
}

DocumentFate EngineReader::Workings::read_json(const FetchedDocument& fetched) {
    const std::string_view body = fetched.body;
    switch (fetched.document) {
        case EngineDocument::metrics:
            return read_document(fetched, Engine::trtllm, [&] {
                const JsonFate fate = documents.read_iterations(body, values);
                drained = fate == JsonFate::empty;
                return fate;
            });
        case EngineDocument::loads:
            return read_document(fetched, Engine::sglang,
                                 [&] { return documents.read_loads(body, values); });
        case EngineDocument::get_load:
            return read_document(fetched, Engine::sglang,
                                 [&] { return documents.read_get_load(body, values); });
        case EngineDocument::server_load:
            return read_document(fetched, Engine::vllm,
                                 [&] { return documents.read_server_load(body, values); });
        case EngineDocument::slots:
            return read_document(fetched, Engine::llamacpp,
                                 [&] { return documents.read_slots(body, values); });
        case EngineDocument::models:
            return read_document(fetched, Engine::llamacpp, [&] { return read_models(body); });
        default: break;
    }
    detail::LlamacppProps props;
    const DocumentFate fate = read_document(
        fetched, Engine::llamacpp, [&] { return documents.read_props(body, values, props); });
    if (fate != DocumentFate::used && fate != DocumentFate::other_engine) return fate;
    if (props.is_router) plan.set_router(true);
    if (props.has_slots == false) plan.note(EngineDocument::slots, ScrapePlan::Offer::no);
    if (props.has_metrics == false) plan.note(EngineDocument::metrics, ScrapePlan::Offer::no);
    return fate;
}

JsonFate EngineReader::Workings::read_models(std::string_view body) {
    std::vector<std::string> loaded;
    const JsonFate fate = documents.read_models(body, loaded);
    // The sums over other models than before are not to be compared with theirs.
    if (fate != JsonFate::not_this && loaded != plan.loaded()) ranks.clear();
    if (fate != JsonFate::not_this) plan.set_loaded(std::move(loaded));
    for (const std::string& model : plan.loaded()) values.add_model(model);
    return fate;
}

/// `/load` counts what one API server has in flight, and only if it was told to.
void EngineReader::Workings::judge_server_load() {
    detail::RankValues& server = *values.of(std::nullopt);
    const auto in_flight = server.get(Quantity::server_load);
    if (!in_flight) return;
    const detail::RankValues& rank =
        values.ranks().empty() ? server : values.ranks().front().values;
    const double at_work =
        rank.get(Quantity::running).value_or(0.0) + rank.get(Quantity::waiting).value_or(0.0);
    // A page of several processes names no start: each answer of `/load` is one of theirs.
    const bool one_server = server.get(Quantity::started) && values.ranks().size() <= 1;
    if (*in_flight > 0.0) {
        empty_loads = 0;
    } else if (at_work > 0.0) {
        ++empty_loads;
    }
    if (one_server && empty_loads < kEmptyLoadsMax) return;
    server.forget(Quantity::server_load);
    plan.note(EngineDocument::server_load, ScrapePlan::Offer::no);
    empty_loads = 0;
}

void EngineReader::Workings::judge_restart() {
    const auto start = values.server().get(Quantity::started);
    if (start && started && *start != *started) restarted = true;
    if (start) started = start;
    for (const auto& rank : values.ranks()) {
        const auto known = ranks.find(rank.rank);
        if (known != ranks.end() && known->second.memory.fell(rank.values)) restarted = true;
    }
    if (!restarted) return;
    ranks.clear();
    plan.forget_once();
}

void EngineReader::Workings::report_rank(std::uint32_t number, detail::RankValues& told) {
    const detail::EngineTable& table = detail::table_of(*plan.engine());
    Rank& rank = ranks[number];
    const bool loaded = tells_load(told);
    rank.memory.recall(told);
    EngineReport report;
    if (ranked) report.rank = number;
    if (loaded) {
        // One that is missing for a time has its blocks all the same.
        const std::size_t of_server = std::max(values.ranks().size(), ranks.size());
        report.load = detail::load_of(told, {.ranks = of_server, .null_block = table.null_block});
    }
    rank.memory.observe(told, received, table.six_digits, report);
    if (!loaded) report.load = {};
    const auto captured = told.get(Quantity::captured);
    const auto answered = values.server().get(Quantity::answered);
    if (captured && answered) report.captured_lag = lag_between(*captured, *answered);
    const double left = told.get(Quantity::running_next).value_or(1.0);
    rank.idle_load = {};
    if (loaded && left < 0.5 && report.load.waiting == 0) {
        rank.idle_load = report.load;
        rank.idle_load.running = 0;
    }
    reports.push_back(report);
}

/// It answered, and told nothing: it lives. A drained list tells that nothing has run since.
void EngineReader::Workings::report_without_values() {
    if (!plan.engine()) return;
    if (ranks.empty()) reports.emplace_back();
    for (const auto& [number, rank] : ranks) {
        EngineReport& report = reports.emplace_back();
        if (ranked) report.rank = number;
        report.rates = rank.memory.rates();
        if (drained) report.load = rank.idle_load;
    }
}

EngineScrape EngineReader::finish() {
    Workings& work = *workings_;
    work.reports.clear();
    work.judge_server_load();
    work.values.settle();
    const bool told = !work.values.ranks().empty() && work.plan.engine();
    if (told) {
        work.judge_restart();
        const auto& ranks = work.values.ranks();
        work.ranked = work.ranked || ranks.size() > 1 || ranks.front().rank != 0;
        for (auto& rank : work.values.ranks()) work.report_rank(rank.rank, rank.values);
    } else if (work.alive) {
        work.report_without_values();
    }
    if (!work.values.models().empty()) work.models = work.values.models();
    work.raw = work.values.raw();
    EngineScrape scrape;
    scrape.engine = work.plan.engine();
    scrape.reports = work.reports;
    scrape.models = work.models;
    scrape.restarted = work.restarted;
    scrape.raw = work.raw;
    // Told to the hundredth of a second; beyond the millisecond a double's digits are noise.
    constexpr double kSecondsMax = 9e9;
    if (work.started && *work.started < kSecondsMax) {
        scrape.started = std::llround(*work.started * 1e3) * 1'000'000;
    }
    return scrape;
}

std::vector<EngineDocument> EngineReader::offers() const {
    std::vector<EngineDocument> offered;
    for (std::size_t i = 0; i < kEngineDocumentCount; ++i) {
        const auto document = static_cast<EngineDocument>(i);
        if (workings_->plan.offer(document) == ScrapePlan::Offer::yes) offered.push_back(document);
    }
    return offered;
}

std::vector<EngineLack> EngineReader::lacks() const {
    std::vector<EngineLack> lacking;
    const auto engine = workings_->plan.engine();
    if (!engine) return lacking;
    for (std::size_t i = 0; i < kEngineDocumentCount; ++i) {
        const auto document = static_cast<EngineDocument>(i);
        if (workings_->plan.offer(document) != ScrapePlan::Offer::no) continue;
        if (const auto lack = detail::lack_without(*engine, document)) lacking.push_back(*lack);
    }
    return lacking;
}

}  // namespace muster
