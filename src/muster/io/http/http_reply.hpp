// HttpReply: the promise to answer one request, now or later, from this thread or another.
//
// A handler that answers at once calls send() before it returns; a long poll keeps the reply and
// sends when there is news; stream() begins a response that goes on. One that dies unsent answers
// 500, so no client ever hangs on a bug.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "muster/io/http/http_message.hpp"
#include "muster/io/http/http_stream.hpp"

namespace muster {

/// The connection's side of a reply. Implemented by the server, and by tests of handlers.
class HttpReplySink {
public:
    virtual ~HttpReplySink() = default;
    /// Called at most once per request, from any thread.
    virtual void respond(HttpResponse response) = 0;
    /// Called at most once per request and instead of respond(), on the loop's thread.
    [[nodiscard]] virtual std::unique_ptr<HttpStreamSink> stream(HttpResponse head) = 0;
    /// See HttpReply::on_gone.
    virtual void watch_gone(std::function<void()> gone) = 0;
};

/// Move-only. Thread rule: one thread at a time; send() from any thread.
class HttpReply {
public:
    explicit HttpReply(std::shared_ptr<HttpReplySink> sink) noexcept : sink_(std::move(sink)) {}
    HttpReply(HttpReply&&) noexcept = default;
    HttpReply& operator=(HttpReply&& other) noexcept;
    ~HttpReply();

    /// Answers. Costs nothing if the client has gone. REQUIRES: not sent yet.
    void send(HttpResponse response);
    /// Answers with `head`, whose body must be null, and whatever is written to the stream
    /// afterwards. A HEAD request ends with the head; its stream is never ready and its client
    /// counts as gone. REQUIRES: not sent yet. Thread rule: the loop's thread.
    [[nodiscard]] HttpStream stream(HttpResponse head);
    /// A field for whatever response is sent, and for no other.
    void add_header(HttpHeader header) { headers_.push_back(std::move(header)); }
    /// `gone` is called on the loop's thread if the client goes away before send(); never after
    /// it, and never from within this call. It may destroy the reply. Thread rule: the loop's
    /// thread, within or after handle().
    void on_gone(std::function<void()> gone);

private:
    std::shared_ptr<HttpReplySink> sink_;  // Null once sent.
    std::vector<HttpHeader> headers_;
};

}  // namespace muster
