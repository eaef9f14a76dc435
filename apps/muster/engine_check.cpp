// Looks at each server in turn, then tells of all.
#include "engine_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/collect/scrape_pace.hpp"
#include "muster/fleet/worker_trouble.hpp"
#include "muster/io/runtime/boot_clock.hpp"
#include "muster/io/runtime/secret_file.hpp"
#include "muster/wire/json_writer.hpp"
#include "people_text.hpp"

namespace muster {
namespace {

// `unknown`: requests run, nothing changed, and there is no counter that must.
enum class Motion { moving, idle, still, unknown };

// All ranks together: one that hangs is what matters.
Motion motion_of(const ProbedEngine& engine) {
    bool busy = false;
    for (const EngineReport& report : engine.reports) {
        if (report.motion == EngineMotion::still) return Motion::still;
        busy = busy || report.load.count(LoadField::running).value_or(0) > 0 ||
               report.load.count(LoadField::waiting).value_or(0) > 0;
    }
    if (engine.moved) return Motion::moving;
    return busy ? Motion::unknown : Motion::idle;
}

// The interval that this cost alone would have.
Duration interval_for(Duration cost) {
    ScrapePace pace({});
    for (int i = 0; i < 40; ++i) pace.answered(cost, cost);
    return pace.interval();
}

// To as many digits as a difference of two times is good for.
std::string cost_text(Duration cost) {
    const double ms = to_ms(cost);
    if (ms < 0.01) return "less than 0.01 ms";
    return ms < 10.0 ? fmt::format("{:.2f} ms", ms) : fmt::format("{:.0f} ms", ms);
}

std::string share_text(Duration cost, Duration interval) {
    const double percent = 100.0 * to_ms(cost) / to_ms(interval);
    return percent < 0.1 ? "less than 0.1 %" : fmt::format("{:.1f} %", percent);
}

std::string bytes_text(std::size_t bytes) {
    return bytes < 10'000 ? fmt::format("{} bytes", bytes) : fmt::format("{} kB", bytes / 1000);
}

std::string list_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + harmless(name);
    return text;
}

std::string title_line(const ScrapeTarget& target, const ProbedEngine& engine) {
    std::string line = target.url.to_text() + ": ";
    line += engine.engine ? std::string(title_of(*engine.engine)) : "no engine that muster knows";
    if (!engine.models.empty()) line += ", " + list_of(engine.models);
    if (engine.reports.size() > 1) line += fmt::format(", {} ranks", engine.reports.size());
    return line + '\n';
}

// What is wrong with a server that answers; empty if nothing is.
std::string trouble_words(const ScrapeTarget& target, const ProbedEngine& engine) {
    if (!engine.engine) return {};
    if (!engine.engine_before) {
        const bool told = std::ranges::any_of(
            engine.documents, [](const ProbedDocument& asked) { return !asked.advice.empty(); });
        if (engine.tells_load() || told || !engine.lacks.empty()) return {};
        return fmt::format("no load: {}: {}", target.url.to_text(), kNoLoadAdvice);
    }
    return fmt::format(
        "another engine: {}: {} answered, and {} before it within this look: name each engine by "
        "its own address, not by that of a balancer",
        target.url.to_text(), title_of(*engine.engine), title_of(*engine.engine_before));
}

std::string load_line(const EngineReport& report) {
    const Load& load = report.load;
    std::string line = "  load     ";
    if (report.rank) line += fmt::format("rank {}: ", *report.rank);
    line += fmt::format(
        "running {}, waiting {}, KV blocks {}, KV use {}",
        ratio_text(load.count(LoadField::running), load.count(LoadField::slots)),
        count_text(load.count(LoadField::waiting)),
        ratio_text(load.count(LoadField::kv_active_blocks), load.count(LoadField::kv_total_blocks)),
        percent_text(load.fraction(LoadField::kv_usage)));
    return line + '\n';
}

std::string cost_line(const ProbedEngine& engine) {
    const Duration interval = interval_for(engine.middle_cost);
    return fmt::format(
        "  costs    {} of its time and {} a look (the least seen; the middle one {}): asked every "
        "{} ({})\n",
        cost_text(engine.cost), bytes_text(engine.bytes), cost_text(engine.middle_cost),
        age_text(interval), share_text(engine.cost, interval));
}

// Each motion's name for programs, and its words for people.
struct MotionWords {
    std::string_view name;
    std::string words;
};

MotionWords words_on_motion(const ProbedEngine& engine) {
    const std::string looked = age_text(engine.looked);
    switch (motion_of(engine)) {
        case Motion::moving: return {"moving", "yes"};
        case Motion::idle: return {"idle", "not now: nothing runs"};
        case Motion::still:
            return {"still", "NO: requests run or wait, and its counters stand still for " +
                                 looked + ": it may hang"};
        case Motion::unknown: break;
    }
    return {"unknown",
            "not seen: nothing changed in " + looked + ", and it tells no counter that must"};
}

void append_load(JsonWriter& writer, const Load& load) {
    writer.begin_object();
    for (std::size_t i = 0; i < kLoadFieldCount; ++i) {
        const auto field = static_cast<LoadField>(i);
        writer.key(kLoadFieldNames[i]);
        if (!load.known.has(field))
            writer.null();
        else if (field == LoadField::kv_usage || field == LoadField::prefix_hit_rate)
            writer.fraction(*load.fraction(field));
        else
            writer.integer(*load.count(field));
    }
    writer.end_object();
}

/// Null: less than can be told. No work is free.
void append_cost(JsonWriter& writer, std::string_view key, Duration cost) {
    writer.key(key);
    if (cost < std::chrono::microseconds(1))
        writer.null();
    else
        writer.fixed(to_ms(cost), 3);
}

void append_reports(JsonWriter& writer, const ProbedEngine& engine) {
    writer.key("ranks").begin_array();
    for (const EngineReport& report : engine.reports) {
        writer.begin_object().key("rank");
        if (report.rank)
            writer.integer(*report.rank);
        else
            writer.null();
        writer.key("load");
        append_load(writer, report.load);
        writer.end_object();
    }
    writer.end_array();
}

}  // namespace

ExitCode verdict_on(const ProbedEngine& engine) {
    if (engine.failure) return ExitCode::unreachable;
    if (!engine.engine || engine.engine_before || !engine.tells_load()) return ExitCode::trouble;
    return motion_of(engine) == Motion::still ? ExitCode::trouble : ExitCode::done;
}

std::string probe_words(const ScrapeTarget& target, const ProbedEngine& engine) {
    if (engine.failure) return harmless(engine.sentence) + '\n';
    std::string text = title_line(target, engine);
    if (const std::string wrong = trouble_words(target, engine); !wrong.empty()) {
        text += "  trouble  " + wrong + '\n';
    }
    for (const EngineReport& report : engine.reports) text += load_line(report);
    if (engine.tells_load()) {
        text += cost_line(engine) + "  moves    " + words_on_motion(engine).words + '\n';
    }
    for (const ProbedDocument& document : engine.documents) {
        text += fmt::format("  asked    {} ({}): status {}, {}, {}", harmless(document.target),
                            harmless(document.why), document.status, bytes_text(document.bytes),
                            cost_text(document.cost));
        if (!document.advice.empty()) text += ": " + harmless(document.advice);
        text += '\n';
    }
    for (const EngineLack& lack : engine.lacks) {
        text += fmt::format("  missing  {}: {}\n", harmless(lack.what), harmless(lack.remedy));
    }
    return text;
}

void append_probe_json(std::string& out, const ScrapeTarget& target, const ProbedEngine& engine) {
    JsonWriter writer(out);
    writer.begin_object().key("url").string(target.url.to_text());
    writer.key("id").string(target.worker_id());
    writer.key("trouble");
    const auto trouble = [&](std::string_view kind, std::string_view what) {
        writer.begin_object().key("kind").string(kind).key("what").string(what).end_object();
    };
    if (engine.failure) {
        trouble(name_of(engine.failure->fault), engine.sentence);
        writer.end_object();
        return;
    }
    if (const std::string wrong = trouble_words(target, engine); !wrong.empty())
        trouble(engine.engine_before ? kOtherEngine : "no_load", wrong);
    else
        writer.null();
    writer.key("engine");
    if (engine.engine)
        writer.string(name_of(*engine.engine));
    else
        writer.null();
    writer.key("models").begin_array();
    for (const std::string& model : engine.models) writer.string(model);
    writer.end_array();
    append_reports(writer, engine);
    append_cost(writer, "cost_ms", engine.cost);
    append_cost(writer, "middle_cost_ms", engine.middle_cost);
    writer.key("bytes").integer(engine.bytes).key("looks").integer(engine.scrapes);
    writer.key("interval_ms").fixed(to_ms(interval_for(engine.middle_cost)), 0);
    writer.key("motion").string(words_on_motion(engine).name);
    writer.key("documents").begin_array();
    for (const ProbedDocument& document : engine.documents) {
        writer.begin_object().key("target").string(document.target);
        writer.key("status").integer(document.status);
        writer.key("outcome").string(name_of(document.fate));
        writer.key("bytes").integer(document.bytes);
        append_cost(writer, "cost_ms", document.cost);
        writer.key("advice").string(document.advice).end_object();
    }
    writer.end_array().key("missing").begin_array();
    for (const EngineLack& lack : engine.lacks) {
        writer.begin_object().key("what").string(lack.what);
        writer.key("remedy").string(lack.remedy).end_object();
    }
    writer.end_array().end_object();
}

ExitCode check_engines(const CheckOptions& options, const std::stop_token& stop) {
    const BootClock clock;
    auto names = NameResolver::start(options.http.names, clock);
    if (!names) {
        report_error(names.error().what);
        return ExitCode::usage;
    }
    ProbeOptions probing{.tls = options.http.tls, .token = options.http.token};
    if (!options.http.token_file.empty()) {
        auto token = read_secret_file(options.http.token_file);
        if (!token) {
            report_error(token.error().what);
            return ExitCode::usage;
        }
        probing.token = std::move(*token);
    }
    ExitCode code = ExitCode::done;
    std::string text = options.json ? "[" : "";
    for (const ScrapeTarget& target : options.targets) {
        const auto found = probe_engine(target, probing, clock, **names, stop);
        if (!found) {
            if (found.error().what == "stopped") return ExitCode::done;
            report_error(found.error().what);
            return ExitCode::usage;
        }
        if (options.json) {
            if (text.size() > 1) text += ',';
            append_probe_json(text, target, *found);
        } else {
            text += probe_words(target, *found);
        }
        code = std::max(code, verdict_on(*found));
    }
    if (options.json) text += "]\n";
    const ExitCode printed = print_output(text);
    return printed == ExitCode::done ? code : printed;
}

}  // namespace muster
