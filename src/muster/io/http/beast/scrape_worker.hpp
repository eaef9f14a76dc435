// ScrapeWorker: one server, scraped again and again: when, what, and what came of it.
//
// Private to io/http. Lives on its loop's thread. A scrape is a chain of questions over one link,
// as the engine's reader wants them, under one deadline; then its reports go to the collector, or
// what went wrong does, and the next one is set.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/strong_id.hpp"
#include "muster/base/time.hpp"
#include "muster/collect/collector.hpp"
#include "muster/collect/scrape_pace.hpp"
#include "muster/engines/engine_reader.hpp"
#include "muster/io/http/beast/scrape_link.hpp"
#include "muster/io/http/scrape_target.hpp"

namespace muster {

class ScrapeWorker;

/// What a worker needs of its loop.
class ScrapeHost {
public:
    virtual ~ScrapeHost() = default;
    [[nodiscard]] virtual ScrapeShared& shared() noexcept = 0;
    [[nodiscard]] virtual Collector& collector() noexcept = 0;
    [[nodiscard]] virtual SourceId source() const noexcept = 0;
    [[nodiscard]] virtual ComponentId component() const noexcept = 0;
    [[nodiscard]] virtual SourceCounters& counters() noexcept = 0;
    [[nodiscard]] virtual ScrapePace::Limits limits() const noexcept = 0;
    /// So long another engine is told of.
    [[nodiscard]] virtual Duration other_engine_told() const noexcept = 0;
    /// Its first scrape has ended, one way or another.
    virtual void on_first_outcome() = 0;
    /// It refused our token.
    virtual void on_unauthorized() = 0;
};

class ScrapeWorker final : public std::enable_shared_from_this<ScrapeWorker> {
public:
    ScrapeWorker(ScrapeHost& host, ScrapeTarget target);

    void start();
    /// Ends what is under way; nothing is told any more.
    void stop();
    void set_labels(Labels labels);
    void set_limits(ScrapePace::Limits limits) { pace_.set_limits(limits); }
    [[nodiscard]] const ScrapeTarget& target() const noexcept { return target_; }
    /// Its first scrape has not ended yet.
    [[nodiscard]] bool first() const noexcept { return first_; }

private:
    void announce(Time now);
    void set_next(Time when);
    void begin();
    void ask_next();
    void on_page(const DocumentRequest& asked, Time sent, ScrapeResult result);
    void take(const DocumentRequest& asked, Time sent, const ScrapedPage& page);
    void end();
    /// True if a load came of it.
    bool apply(const EngineScrape& scrape, Time now);
    void count(const Verdict& verdict);
    void describe(const EngineScrape& scrape, Time now);
    /// Of a scrape that told a load: what is to be said nevertheless.
    void tell_other_engine(Time now);
    void miss(Time now);
    void set_trouble(std::string_view kind, std::string_view what, Time now);
    void clear_trouble(Time now);
    [[nodiscard]] InstanceRef ref() const noexcept { return {.id = {}, .name = name_}; }

    ScrapeHost& host_;
    ScrapeTarget target_;
    const std::string name_;
    const std::string address_;
    const std::uint64_t hash_;
    std::shared_ptr<ScrapeLink> link_;
    asio::steady_timer timer_;
    ScrapePace pace_;
    EngineReader reader_;

    // Of the scrape under way.
    RoundId round_;
    Time begun_{};
    std::vector<DocumentRequest> waiting_;  // The next one last.
    Duration cost_{};
    bool any_page_ = false;
    std::optional<ScrapeFailure> failure_;
    std::string fate_;  // Of the first document that told no load, and why.
    std::string advice_;
    std::string half_;

    bool announced_ = false;
    bool told_ = false;  // Why it is not.
    bool first_ = true;
    bool stopped_ = false;
    std::optional<Engine> engine_;
    std::string other_engine_;  // The sentence, while it is told that it took another one's place.
    Time other_engine_since_ = kNever;
    std::vector<std::string> models_;
    std::string trouble_kind_;  // As the collector was told; empty: none.
    std::string trouble_what_;
};

}  // namespace muster
