// Sentences: what, where, what to do.
#include "server_words.hpp"

#include "muster/wire/problem_document.hpp"

namespace muster {
namespace {

std::string advice_for(const Error& error, std::string_view otherwise) {
    if (error.kind == ErrorKind::unsupported) {
        return "see --server-ca, --server-cert and --server-key";
    }
    if (error.what.find("TLS") != std::string::npos) return "ask it with http://";
    std::string advice = "start `muster serve`, or name its address with --server";
    if (!otherwise.empty()) advice.append(", or ").append(otherwise);
    return advice;
}

}  // namespace

Error cannot_reach(const HttpUrl& server, const Error& error, std::string_view otherwise) {
    if (error.what == "stopped") return error;
    return {error.kind, error.origin,
            "cannot reach the server: " + server.to_text() + ": " + error.what + ": " +
                advice_for(error, otherwise)};
}

Error refused_by(const HttpUrl& server, const std::string& target, const HttpResponse& answer) {
    const std::string where = server.to_text() + target;
    if (const auto problem = parse_problem(*answer.body)) {
        const std::string token =
            answer.status == 401 ? ": give it with --auth-token-file or in MUSTER_AUTH_TOKEN" : "";
        return {ErrorKind::unsupported, ErrorOrigin::upstream,
                "refused: " + where + ": " + problem->detail + token};
    }
    return {ErrorKind::unsupported, ErrorOrigin::upstream,
            "no answer of muster's: " + where + ": status " + std::to_string(answer.status) +
                ": is this a `muster serve` of the same version?"};
}

}  // namespace muster
