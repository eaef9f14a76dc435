// Values of Rust types out of JSON values, as serde takes them: which number goes into which type,
// and that a struct may also be an array of all its fields in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "muster/base/error.hpp"
#include "muster/fleet/load.hpp"
#include "muster/wire/json_value.hpp"

namespace muster::detail {

/// Why a value is refused, worded like serde's own messages.
using Reason = std::string;

[[nodiscard]] inline std::unexpected<Error> refuse_reply(std::string why) {
    return fail(ErrorKind::bad_input, ErrorOrigin::upstream, std::move(why));
}

[[nodiscard]] bool wrong_type(Reason& why, std::string_view wanted);

[[nodiscard]] bool take(const JsonValue& from, std::uint64_t& out, Reason& why);
[[nodiscard]] bool take(const JsonValue& from, std::uint32_t& out, Reason& why);
[[nodiscard]] bool take(const JsonValue& from, std::string& out, Reason& why);
[[nodiscard]] bool take(const JsonValue& from, double& out, Reason& why);
/// To the nearest float; beyond its range to infinity, which is no error.
[[nodiscard]] bool take(const JsonValue& from, float& out, Reason& why);
[[nodiscard]] bool take(const JsonValue& from, SpecDecodeStats& out, Reason& why);

template <typename T>
bool take(const JsonValue& from, std::vector<T>& out, Reason& why) {
    const auto* array = std::get_if<JsonValue::Array>(&from.value);
    if (array == nullptr) return wrong_type(why, "a sequence");
    for (const JsonValue& element : *array) {
        if (!take(element, out.emplace_back(), why)) return false;
    }
    return true;
}

template <typename T>
bool take(const JsonValue& from, std::optional<T>& out, Reason& why) {
    out.reset();
    return from.is_null() || take(from, out.emplace(), why);
}

/// A struct's fields by name or, if it came as an array, by place.
class StructReader {
public:
    StructReader(const JsonValue& from, std::string_view type, std::size_t fields, Reason& why)
        : object_(std::get_if<JsonValue::Object>(&from.value) ? &from : nullptr),
          array_(std::get_if<JsonValue::Array>(&from.value)),
          why_(why) {
        if (object_ != nullptr) return;
        if (array_ == nullptr)
            good_ = wrong_type(why_, "struct " + std::string(type));
        else if (array_->size() != fields) {
            why_ = "invalid length " + std::to_string(array_->size()) + ", expected struct " +
                   std::string(type) + " with " + std::to_string(fields) + " elements";
            good_ = false;
        }
    }

    template <typename T>
    StructReader& required(std::string_view key, T& out) {
        if (const JsonValue* value = next(key)) {
            good_ = good_ && take_field(*value, key, out);
        } else if (good_) {
            why_ = "missing field `" + std::string(key) + "`";
            good_ = false;
        }
        return *this;
    }
    /// Missing is as good as null.
    template <typename T>
    StructReader& optional(std::string_view key, std::optional<T>& out) {
        if (const JsonValue* value = next(key)) good_ = good_ && take_field(*value, key, out);
        return *this;
    }
    [[nodiscard]] bool good() const { return good_; }

private:
    const JsonValue* next(std::string_view key) {
        if (!good_) return nullptr;
        return object_ != nullptr ? object_->find(key) : &(*array_)[place_++];
    }
    template <typename T>
    bool take_field(const JsonValue& value, std::string_view key, T& out) {
        if (take(value, out, why_)) return true;
        why_ += " in `" + std::string(key) + "`";
        return false;
    }

    const JsonValue* object_;
    const JsonValue::Array* array_;
    Reason& why_;
    std::size_t place_ = 0;
    bool good_ = true;
};

}  // namespace muster::detail
