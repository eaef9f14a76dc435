// EngineReader turns what one server answered into load: pure, no I/O, no clock.
//
// Place in the data path: between an HTTP client, which fetches what next() names, and the
// collector. One reader per server (HOST:PORT), kept as long as the server is watched: it learns
// which engine it is, what is offered, and the counters of the scrape before.
//
// A scrape, as its client writes it:
//
//     for (const DocumentRequest& ask : reader.next(now)) {  // One in flight, in this order.
//         ... GET ask.target ...
//         reader.take({.document = ask.document, .target = ask.target, .status = ..., ...});
//     }
//     EngineScrape scrape = reader.finish();                 // Then one Answer per report.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "muster/base/time.hpp"
#include "muster/engines/engine.hpp"
#include "muster/engines/engine_report.hpp"

namespace muster {

/// A document to fetch.
struct DocumentRequest {
    EngineDocument document{};
    /// Path and query, percent-encoded, behind the server's base URL: `/metrics`,
    /// `/metrics?model=alpha&autoload=false`. Never one that makes a server load a model.
    std::string target;
    /// The value for the Accept header.
    std::string_view accept;
    /// Why it is asked, for `muster check`: "requests, queue and KV use", "slots, once".
    std::string_view why;
};

/// One answer, whatever it was. Views need to live for the call only.
struct FetchedDocument {
    EngineDocument document{};
    std::string_view target{};        ///< As next() named it.
    int status = 200;                 ///< HTTP status.
    std::string_view content_type{};  ///< Empty: none was sent.
    std::string_view body{};          ///< Without transfer and content encoding.
    /// False: the connection ended before the announced length, or the body was cut at a limit.
    /// Nothing of it is used then: "14" may be the beginning of 140, and a sum lack its parts.
    bool complete = true;
    Time sent{};      ///< When the question was written.
    Time received{};  ///< When the last byte was read.
    /// The value of Process-Start-Time-Unix (llama.cpp); empty: none was sent.
    std::string_view process_start{};
    /// It carries Retry-After: with a 503 it is not ready yet.
    bool retry_later = false;
};

/// What a document turned out to be.
enum class DocumentFate : std::uint8_t {
    used,          ///< It told of the load.
    empty,         ///< Understood; nothing in it (TensorRT-LLM's drained list, an idle router).
    not_offered,   ///< This server does not have it, or it is switched off. Not asked for a while.
    loading,       ///< 503: the model is still being loaded, or it starts. Alive, no load.
    unauthorized,  ///< 401 or 403.
    redirected,    ///< 3xx: the URL is not the server's own.
    failed,        ///< Another status.
    not_readable,  ///< Neither what this document is nor an answer that is known: an HTML page.
    cut_off,       ///< Not complete.
    other_engine,  ///< Another engine answers here than before. The reader has begun anew.
};

inline constexpr std::size_t kDocumentFateCount = 10;
[[nodiscard]] std::string_view name_of(DocumentFate fate) noexcept;

struct DocumentVerdict {
    DocumentFate fate = DocumentFate::not_readable;
    /// What it means and what to do, one line, without the URL: "no metrics page (404): start
    /// SGLang with --enable-metrics". Empty if `used`. Lives until the next call.
    std::string_view advice;
    /// Lines or records that were skipped because they are malformed; the rest was used.
    std::size_t bad_lines = 0;
};

/// Of a server that answers and tells no load, where none of its documents says why.
inline constexpr std::string_view kNoLoadAdvice =
    "it answers, and tells no load: a vLLM of several API servers begins with its first request; "
    "of others `muster check` says what is missing";

/// Something that this server could tell and does not.
struct EngineLack {
    std::string_view what;    ///< "slots": a field, or "the metrics page".
    std::string_view remedy;  ///< "start it with --enable-server-load-tracking".
};

class EngineReader {
public:
    EngineReader();
    ~EngineReader();
    EngineReader(EngineReader&&) noexcept;
    EngineReader& operator=(EngineReader&&) noexcept;

    /// Begins a scrape. What to fetch now, in this order; never empty. Some documents are asked
    /// at each scrape, some once per process, some seldom (SGLang's page costs it much and says
    /// little that `/v1/loads` does not). Lives until the next call of next().
    [[nodiscard]] std::span<const DocumentRequest> next(Time now);

    /// Reads one answer. A document whose fetch failed altogether is simply not taken.
    DocumentVerdict take(const FetchedDocument& fetched);

    /// More to fetch in this scrape, because of what was taken since next(): an unknown server
    /// was recognised, a router named its models. Empty: call finish(). At most three times per
    /// scrape it is not.
    [[nodiscard]] std::span<const DocumentRequest> more();

    /// Ends the scrape. REQUIRES: next() was called since the last finish().
    [[nodiscard]] EngineScrape finish();

    /// The engine, once recognised; kept over outages, until another one answers.
    [[nodiscard]] std::optional<Engine> engine() const noexcept;
    /// What is missing and how it is switched on; grows with what was asked so far.
    [[nodiscard]] std::vector<EngineLack> lacks() const;
    /// The documents that this server has been seen to offer.
    [[nodiscard]] std::vector<EngineDocument> offers() const;

private:
    struct Workings;
    std::unique_ptr<Workings> workings_;
};

}  // namespace muster
