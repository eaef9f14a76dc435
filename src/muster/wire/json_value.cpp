// JSON values as text, as serde_json prints them.
#include "muster/wire/json_value.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "muster/wire/json_writer.hpp"
#include "muster/wire/stats_writer.hpp"

namespace muster {

namespace {

void append(std::string& out, const JsonValue& value);

void append(std::string& out, std::nullptr_t) {
    out += "null";
}
void append(std::string& out, bool value) {
    out += value ? "true" : "false";
}
void append(std::string& out, std::uint64_t value) {
    out += std::to_string(value);
}
void append(std::string& out, std::int64_t value) {
    out += std::to_string(value);
}
void append(std::string& out, double value) {
    append_serde_double(out, value);
}
void append(std::string& out, const std::string& value) {
    append_json_string(out, value);
}

void append(std::string& out, const JsonValue::Array& array) {
    out += '[';
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (i != 0) out += ',';
        append(out, array[i]);
    }
    out += ']';
}

void append(std::string& out, const JsonValue::Object& object) {
    out += '{';
    for (std::size_t i = 0; i < object.keys.size(); ++i) {
        if (i != 0) out += ',';
        append_json_string(out, object.keys[i]);
        out += ':';
        append(out, object.values[i]);
    }
    out += '}';
}

void append(std::string& out, const JsonValue& value) {
    std::visit([&](const auto& content) { append(out, content); }, value.value);
}

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const noexcept {
    const auto* object = std::get_if<Object>(&value);
    if (object == nullptr) return nullptr;
    const auto at = std::ranges::find(object->keys, key);
    if (at == object->keys.end()) return nullptr;
    return &object->values[static_cast<std::size_t>(at - object->keys.begin())];
}

JsonValue last_wins(JsonValue value) {
    if (auto* array = std::get_if<JsonValue::Array>(&value.value)) {
        for (JsonValue& element : *array) element = last_wins(std::move(element));
    }
    if (auto* object = std::get_if<JsonValue::Object>(&value.value)) {
        JsonValue::Object unique;
        std::unordered_map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < object->keys.size(); ++i) {
            const auto [place, is_new] = places.emplace(object->keys[i], unique.keys.size());
            JsonValue member = last_wins(std::move(object->values[i]));
            if (is_new) {
                unique.keys.push_back(std::move(object->keys[i]));
                unique.values.push_back(std::move(member));
            } else {
                unique.values[place->second] = std::move(member);
            }
        }
        *object = std::move(unique);
    }
    return value;
}

std::string to_string(const JsonValue& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace muster
