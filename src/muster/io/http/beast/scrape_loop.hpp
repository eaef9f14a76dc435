// ScrapeLoop: the thread of one HttpSource, its io_context and its workers.
//
// Private to io/http. Workers, links and shared things are touched by the loop's thread only; what
// others want is posted to it. Destruction order: workers die before the io_context that their
// timers and sockets belong to.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "muster/io/http/beast/scrape_worker.hpp"
#include "muster/io/http/http_source.hpp"

namespace muster {

class ScrapeLoop final : public ScrapeHost {
    struct Passkey {};

public:
    [[nodiscard]] static Result<std::unique_ptr<ScrapeLoop>> make(HttpSourceOptions options,
                                                                  Collector& collector,
                                                                  const Clock& clock,
                                                                  NameResolver& names,
                                                                  Source& source);
    ScrapeLoop(Passkey key, HttpSourceOptions options, std::string token,
               std::shared_ptr<const TlsContext> tls, Collector& collector, const Clock& clock,
               NameResolver& names, Source& source);
    ~ScrapeLoop() override;

    void start();
    void stop();
    void set_targets(std::vector<ScrapeTarget> targets, std::string why_gone);
    [[nodiscard]] std::expected<void, RejectReason> announce(const ScrapeTarget& target);
    void discovery_failed(std::string why);
    void set_pace(ScrapePace::Limits limits);
    [[nodiscard]] SourceId id() const noexcept { return source_; }

private:
    [[nodiscard]] ScrapeShared& shared() noexcept override { return shared_; }
    [[nodiscard]] Collector& collector() noexcept override { return collector_; }
    [[nodiscard]] SourceId source() const noexcept override { return source_; }
    [[nodiscard]] ComponentId component() const noexcept override { return component_; }
    [[nodiscard]] SourceCounters& counters() noexcept override { return *counters_; }
    [[nodiscard]] ScrapePace::Limits limits() const noexcept override { return limits_; }
    [[nodiscard]] Duration other_engine_told() const noexcept override {
        return options_.other_engine_told;
    }
    void on_first_outcome() override;
    void on_unauthorized() override;

    void take_targets(std::vector<ScrapeTarget> targets, const std::string& why_gone);
    void end(const std::shared_ptr<ScrapeWorker>& worker);

    HttpSourceOptions options_;
    Collector& collector_;
    const Clock& clock_;
    asio::io_context context_{1};
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    ScrapeShared shared_;
    ScrapePace::Limits limits_;
    SourceId source_;
    ComponentId component_;
    std::shared_ptr<SourceCounters> counters_;
    std::map<std::string, std::shared_ptr<ScrapeWorker>, std::less<>> workers_;  // By name.
    std::size_t first_outcomes_missing_ = 0;
    bool connected_ = false;
    bool in_doubt_ = false;  // Discovery failed last.
    Time token_read_at_ = kNever;
    std::thread thread_;
};

}  // namespace muster
