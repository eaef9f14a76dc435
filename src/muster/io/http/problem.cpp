// Writes problem documents.
//
// Pure function; any thread.
#include "muster/io/http/problem.hpp"

#include <memory>

#include "muster/wire/json_writer.hpp"

namespace muster {

HttpResponse problem_response(unsigned status, std::string_view type, std::string_view detail,
                              std::string_view more) {
    auto body = std::make_shared<std::string>();
    JsonWriter writer(*body);
    writer.begin_object();
    writer.key("type").string("/problems/" + std::string(type));
    writer.key("title").string(reason_phrase(status));
    writer.key("status").integer(status);
    writer.key("detail").string(detail);
    *body += more;
    *body += "}\n";
    HttpResponse response;
    response.status = status;
    response.content_type = "application/problem+json";
    response.body = std::move(body);
    return response;
}

}  // namespace muster
