// Reads with simdjson's DOM, which validates the whole text before we look.
#include "muster/wire/cordon_request.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/wire/json_writer.hpp"

namespace muster {
namespace {

std::unexpected<Error> complain(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

/// Of valid UTF-8: its bytes but those that continue a character.
std::size_t characters_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string complaint_of(std::string_view text, std::size_t characters_max) {
    if (text.empty()) return "empty: say it in a few words";
    if (!simdjson::validate_utf8(text.data(), text.size())) return "not UTF-8: correct it";
    const auto is_control = [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    };
    if (std::ranges::any_of(text, is_control)) {
        return "holds a line end or another control character: write one line";
    }
    if (characters_of(text) > characters_max) {
        return "too long: at most " + std::to_string(characters_max) + " characters";
    }
    return {};
}

}  // namespace

std::string complaint_of_why(std::string_view why) {
    return complaint_of(why, kCordonWhyCharactersMax);
}

std::string complaint_of_by(std::string_view by) {
    return complaint_of(by, kCordonByCharactersMax);
}

Result<CordonRequest> parse_cordon_request(std::string_view json) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) {
        return complain("the body is no JSON object: send {\"why\": \"...\", \"by\": \"...\"}");
    }
    CordonRequest request;
    bool has_why = false;
    for (const auto& [key, value] : object) {
        const bool is_by = key == "by";
        if (!is_by && key != "why") {
            return complain(std::string(key) + ": no such member: there are why and by");
        }
        if (is_by && value.is_null()) continue;
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) {
            return complain(std::string(key) + ": not a string: give it in quotes");
        }
        const std::string wrong = is_by ? complaint_of_by(text) : complaint_of_why(text);
        if (!wrong.empty()) return complain(std::string(key) + ": " + wrong);
        (is_by ? request.by : request.why) = text;
        has_why = has_why || !is_by;
    }
    if (!has_why) return complain("why: missing: say why the worker is cordoned");
    return request;
}

std::string print_cordon_request(const CordonRequest& request) {
    std::string json;
    JsonWriter writer(json);
    writer.begin_object().key("why").string(request.why);
    if (!request.by.empty()) writer.key("by").string(request.by);
    writer.end_object();
    return json;
}

}  // namespace muster
