// Reads with simdjson's DOM, which validates the whole document before we look.
#include "muster/wire/problem_document.hpp"

#include <simdjson.h>

namespace muster {

std::optional<Problem> parse_problem(std::string_view json) {
    constexpr std::string_view kBase = "/problems/";
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    std::string_view type;
    std::string_view detail;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS ||
        object["type"].get(type) != simdjson::SUCCESS || !type.starts_with(kBase) ||
        object["detail"].get(detail) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return Problem{std::string(type.substr(kBase.size())), std::string(detail)};
}

}  // namespace muster
