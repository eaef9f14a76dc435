// `muster serve` on the command line.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flags/command.hpp"
#include "flags/config_change.hpp"
#include "flags/http_flags.hpp"
#include "flags/journal_place.hpp"
#include "flags/server_flags.hpp"
#include "flags/source_flags.hpp"
#include "flags/usage_error.hpp"
#include "log_record.hpp"
#include "muster/base/size_text.hpp"
#include "muster/io/journal/journal.hpp"
#include "serve_command.hpp"
#include "state_dir.hpp"

namespace muster {

CommandSpec serve_spec();

namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormats = {"text", "json"};

constexpr std::array kServingFlags = {
    Flag{"--listen", "ADDRESS", "Serve there [127.0.0.1:6878]"},
    Flag{.name = "--auth-token-file",
         .type = "FILE",
         .about = "Asked of others; or MUSTER_AUTH_TOKEN",
         .key = "auth_token_file",
         .reloads = true},
    Flag{"--tls-cert", "FILE", "Serve https with this (PEM)"},
    Flag{"--tls-key", "FILE", "Its key (PEM)"},
    Flag{"--tls-client-ca", "FILE", "Clients must be signed by it (PEM)"},
    Flag{"--cors-origin", "ORIGIN", "Its pages may read (repeatable)", FlagKind::list},
    Flag{.name = "--log-level",
         .type = "LEVEL",
         .about = "error|warning|info|debug on stderr [info]",
         .key = "log_level",
         .choices = kLevels,
         .reloads = true},
    Flag{.name = "--log-format",
         .type = "FORMAT",
         .about = "text|json, a line each [text]",
         .key = "log_format",
         .choices = kFormats,
         .reloads = true},
    Flag{.name = "--quiet",
         .type = "",
         .about = "Only errors on stderr",
         .kind = FlagKind::toggle,
         .key = "quiet",
         .reloads = true},
};

constexpr std::array kJournalFlags = {
    kStateDirFlag,
    Flag{"--journal-size", "SIZE", "Bound of the journal; 0: none [1GiB]", FlagKind::text,
         "journal_size"},
};

constexpr std::array kGroups = {
    kSourceGroup,
    kHttpGroup,
    kRuleGroup,
    FlagGroup{"Journal", kJournalFlags},
    FlagGroup{"Serving", kServingFlags},
};

Result<void> read_journal(const GivenFlags& given, ServeOptions& options) {
    const std::string text = given.text("--journal-size", "1GiB");
    const auto size = parse_size(text);
    if (!size) {
        return wrong_usage("not a size: " + given.where("--journal-size") + ' ' + text +
                           ": give a number with its unit, such as 1GiB, or 0 for no journal");
    }
    if (*size > 0 && *size < kJournalBytesLeast) {
        return wrong_usage("too small: " + given.where("--journal-size") + ' ' + text +
                           ": at least " + print_size(kJournalBytesLeast) +
                           ", or 0 for no journal");
    }
    options.journal_size = *size;
    options.state_dir = given.text("--state-dir", default_state_dir());
    return {};
}

Result<LogLevel> read_level(const GivenFlags& given) {
    if (given.is_given("--quiet")) return LogLevel::error;
    const std::string text = given.text("--log-level", "info");
    if (const auto level = log_level_of(text)) return *level;
    const std::vector<std::string> names(kLevels.begin(), kLevels.end());
    return wrong_usage("unknown level: " + given.where("--log-level") + ' ' + text + ": " +
                       suggestion(text, names, "give error, warning, info or debug"));
}

Result<LogFormat> read_format(const GivenFlags& given) {
    const std::string text = given.text("--log-format", "text");
    if (const auto format = log_format_of(text)) return *format;
    const std::vector<std::string> names(kFormats.begin(), kFormats.end());
    return wrong_usage("unknown format: " + given.where("--log-format") + ' ' + text + ": " +
                       suggestion(text, names, "give text or json"));
}

Result<ServeOptions> read_options(const GivenFlags& given) {
    if (!has_source(given)) {
        return wrong_usage(
            "no source: muster serve: name one with --nats nats://HOST:PORT or "
            "--worker http://HOST:PORT");
    }
    auto collect = read_collect_options(given);
    if (!collect) return std::unexpected(std::move(collect.error()));
    auto level = read_level(given);
    if (!level) return std::unexpected(std::move(level.error()));
    auto format = read_format(given);
    if (!format) return std::unexpected(std::move(format.error()));
    ServeOptions options;
    options.collect = std::move(*collect);
    options.listen = given.text("--listen", options.listen);
    auto token = read_auth_token(given);
    if (!token) return std::unexpected(std::move(token.error()));
    options.access = {.token = std::move(*token), .cors_origins = given.texts("--cors-origin")};
    for (const std::string& origin : options.access.cors_origins) {
        if (const auto checked = check_origin(origin); !checked) {
            return wrong_usage("not an origin: " + given.where("--cors-origin") + ' ' + origin +
                               ": " + checked.error().what);
        }
    }
    options.tls = {.certificate = given.text("--tls-cert"),
                   .key = given.text("--tls-key"),
                   .client_ca = given.text("--tls-client-ca")};
    options.log_level = *level;
    options.log_format = *format;
    if (auto journal = read_journal(given, options); !journal) {
        return std::unexpected(std::move(journal.error()));
    }
    return options;
}

// Remembers what is in force, so that each change is told once.
class Configuration {
public:
    explicit Configuration(GivenFlags started) : started_(std::move(started)), last_(started_) {}

    Result<ReadAgain> read_again() {
        auto now = started_.again()();
        if (!now) return std::unexpected(std::move(now.error()));
        auto options = read_options(*now);
        if (!options) return std::unexpected(std::move(options.error()));
        ReadAgain again{std::move(*options), config_change(serve_spec(), started_, last_, *now)};
        last_ = std::move(*now);
        return again;
    }

private:
    GivenFlags started_;
    GivenFlags last_;
};

class ServeCommand final : public CommandWith<ServeOptions> {
public:
    ServeCommand(ServeOptions options, Rereading reread)
        : CommandWith(std::move(options), nullptr), reread_(std::move(reread)) {}
    [[nodiscard]] ExitCode run(StopSignals& signals) override {
        return run_serve(options(), reread_, signals);
    }

private:
    Rereading reread_;
};

Result<std::unique_ptr<Command>> read(const GivenFlags& given) {
    if (!has_source(given) && given.is_given("--print-config")) {
        // A file to begin with: there is no source yet.
        return std::make_unique<ServeCommand>(ServeOptions{}, nullptr);
    }
    auto options = read_options(given);
    if (!options) return std::unexpected(std::move(options.error()));
    Rereading reread;
    // Without a file and such files SIGHUP is what a closed terminal sends.
    if (given.has_file() || given.is_given("--auth-token-file") || given.is_given("--tls-cert")) {
        reread = [configuration = std::make_shared<Configuration>(given)] {
            return configuration->read_again();
        };
    }
    return std::make_unique<ServeCommand>(std::move(*options), std::move(reread));
}

}  // namespace

CommandSpec serve_spec() {
    return {.name = "serve",
            .about = "Keep the view and serve it over HTTP",
            .examples =
                "  muster serve --nats nats://127.0.0.1:4222\n"
                "  muster serve --nats nats://broker:4222 --listen 0.0.0.0:6878",
            .groups = kGroups,
            .read = read,
            .ends_by_signal = true};
}

}  // namespace muster
