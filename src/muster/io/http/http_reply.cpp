// HttpReply: sent once, and never forgotten: a reply that dies unsent says 500.
//
// Thread rules are the header's.
#include "muster/io/http/http_reply.hpp"

#include <cassert>

#include "muster/io/http/problem.hpp"

namespace muster {

namespace {

void answer_forgotten(std::shared_ptr<HttpReplySink> sink) {
    if (sink == nullptr) return;
    sink->respond(problem_response(500, "internal", "the request was dropped: report this"));
}

}  // namespace

HttpReply& HttpReply::operator=(HttpReply&& other) noexcept {
    if (this != &other) {
        answer_forgotten(std::move(sink_));
        sink_ = std::move(other.sink_);
        headers_ = std::move(other.headers_);
    }
    return *this;
}

HttpReply::~HttpReply() {
    answer_forgotten(std::move(sink_));
}

void HttpReply::send(HttpResponse response) {
    assert(sink_ != nullptr);
    const auto sink = std::move(sink_);
    for (HttpHeader& header : headers_) response.headers.push_back(std::move(header));
    sink->respond(std::move(response));
}

HttpStream HttpReply::stream(HttpResponse head) {
    assert(sink_ != nullptr);
    const auto sink = std::move(sink_);
    for (HttpHeader& header : headers_) head.headers.push_back(std::move(header));
    return HttpStream(sink->stream(std::move(head)));
}

void HttpReply::on_gone(std::function<void()> gone) {
    assert(sink_ != nullptr);
    sink_->watch_gone(std::move(gone));
}

}  // namespace muster
