// Names, subjects, ids and times: no text may hurt, and what is formatted reads back.
#include <cstdint>
#include <string>
#include <string_view>

#include "muster/wire/dynamo_names.hpp"
#include "muster/wire/dynamo_release.hpp"
#include "muster/wire/rfc3339.hpp"
#include "require.hpp"

namespace {

using muster::fuzzing::require;

bool is_service_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::string& slug : {muster::plain_slug(text), muster::unique_slug(text)}) {
        require(!slug.starts_with('_'));
        for (const char c : slug) require(is_service_character(c));
    }
    if (const auto id = muster::parse_instance_id(text)) {
        require(muster::parse_instance_id(muster::format_instance_id(*id)) == id);
    }
    if (const auto time = muster::parse_rfc3339(text)) {
        std::string again;
        muster::append_rfc3339_trimmed(again, *time);
        require(muster::parse_rfc3339(again) == time);
    }
    if (const auto name = muster::parse_component_name(text)) {
        require(muster::to_string(*name) == text);
        require(muster::is_service_of(muster::service_name(*name), *name));
    }
    if (const auto name = muster::component_of_description(text)) {
        require(muster::description_of(*name) == text);
    }
    if (const auto release = muster::parse_dynamo_release(text)) {
        require(muster::parse_dynamo_release(muster::to_string(*release)) == release);
    }
    const auto match = muster::match_subject(text, "a_b", "load_metrics");
    require(match.kind == muster::SubjectMatch::Kind::other ||
            muster::matches_seed_prefix(text, "a_b", "load_metrics"));
    (void)muster::seed_worker_id(text);
    (void)muster::instance_id_of_subject(text);
    for (const std::string& subject : muster::kv_metrics_subjects(text)) {
        require(subject.find_first_of("*> \t\r\n") == std::string::npos);
    }
    return 0;
}
