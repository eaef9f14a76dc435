// HttpStream: a response without a known end, such as server-sent events.
//
// Texts are written one after another, each only when the one before has been taken: what a slow
// client makes us hold is the one write under way, never a backlog. Everything here belongs to the
// loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "muster/io/http/http_message.hpp"

namespace muster {

/// The connection's side of a stream. Implemented by the server.
class HttpStreamSink {
public:
    virtual ~HttpStreamSink() = default;
    [[nodiscard]] virtual bool ready() const = 0;
    virtual void write(HttpPieces pieces) = 0;
    virtual void end() = 0;
    virtual void watch(std::function<void()> ready, std::function<void()> gone) = 0;
};

/// Move-only; one that dies ends its stream. Thread rule: the loop's thread.
class HttpStream {
public:
    explicit HttpStream(std::unique_ptr<HttpStreamSink> sink) noexcept : sink_(std::move(sink)) {}
    HttpStream(HttpStream&&) noexcept = default;
    HttpStream& operator=(HttpStream&& other) noexcept;
    ~HttpStream() { end(); }

    /// Whether a write may follow: nothing is under way. False once the client has gone.
    [[nodiscard]] bool ready() const { return sink_ != nullptr && sink_->ready(); }
    /// Writes the pieces' texts as one. Nothing happens if the client has gone meanwhile.
    /// REQUIRES: ready(); at least one piece.
    void write(HttpPieces pieces) { sink_->write(std::move(pieces)); }
    /// `ready` is called when a write that could not be finished at once is out; `gone` when the
    /// client has gone, or stalled for too long. Neither is called from within a call on this
    /// stream, nor after end(). Either may destroy the stream.
    void watch(std::function<void()> ready, std::function<void()> gone) {
        sink_->watch(std::move(ready), std::move(gone));
    }
    /// The write under way is finished, then the response ends. Safe to call twice.
    void end();

private:
    std::unique_ptr<HttpStreamSink> sink_;  // Null once ended.
};

}  // namespace muster
