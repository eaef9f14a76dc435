// Reads with simdjson's DOM, which validates the whole text before we look.
#include "muster/wire/rest_worker.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "muster/base/limits.hpp"
#include "muster/wire/cordon_request.hpp"
#include "muster/wire/json_writer.hpp"
#include "muster/wire/rfc3339.hpp"

namespace muster {
namespace {

using simdjson::SUCCESS;
namespace dom = simdjson::dom;

constexpr std::string_view kVersionMember = "muster_rest_workers";
constexpr std::int64_t kVersion = 1;
// Of a label's value.
constexpr std::ptrdiff_t kLabelCharactersMax = 64;
constexpr std::size_t kUrlBytesMax = 200;

std::unexpected<Error> complain(std::string what) {
    return fail(ErrorKind::bad_input, ErrorOrigin::client, std::move(what));
}

std::unexpected<Error> no_text(std::string_view member) {
    return complain(std::string(member) + ": not a string: give it in quotes");
}

/// Of valid UTF-8.
std::string complaint_of_value(std::string_view text) {
    const auto byte = [](char c) { return static_cast<unsigned char>(c); };
    if (std::ranges::any_of(text, [&](char c) { return byte(c) < ' ' || c == '\x7f'; })) {
        return "holds a line end or another control character: write one line";
    }
    const auto characters =
        std::ranges::count_if(text, [&](char c) { return (byte(c) & 0xC0U) != 0x80U; });
    if (characters <= kLabelCharactersMax) return {};
    return "too long: at most " + std::to_string(kLabelCharactersMax) + " characters";
}

Result<void> read_label(std::string_view name, const dom::element& value, Labels& labels) {
    const std::string shown = "labels: " + std::string(name.substr(0, kNameBytesMax));
    std::string_view text;
    if (!is_label_name(name)) {
        return complain(shown + ": not a label's name: use letters, digits and _, and none of " +
                        "the names that metrics have already");
    }
    if (value.get(text) != SUCCESS) return complain(shown + ": not a string: give it in quotes");
    if (const std::string wrong = complaint_of_value(text); !wrong.empty()) {
        return complain(shown + ": " + wrong);
    }
    for (const auto& [known, unused] : labels) {
        if (known == name) return complain(shown + ": given twice: give it once");
    }
    if (labels.size() == kLabelsPerWorkerMax) {
        return complain("labels: more than " + std::to_string(kLabelsPerWorkerMax) +
                        ": give fewer");
    }
    labels.emplace_back(name, text);
    return {};
}

Result<void> read_labels(const dom::element& value, Labels& labels) {
    dom::object object;
    if (value.get(object) != SUCCESS) {
        return complain("labels: not an object: write {\"NAME\": \"VALUE\"}");
    }
    for (const auto& [name, text] : object) {
        if (auto read = read_label(name, text, labels); !read) return read;
    }
    std::ranges::sort(labels);
    return {};
}

Result<void> read_by(const dom::element& value, std::string& by) {
    std::string_view text;
    if (value.get(text) != SUCCESS) return no_text("by");
    if (const std::string wrong = complaint_of_by(text); !wrong.empty()) {
        return complain("by: " + wrong);
    }
    by = text;
    return {};
}

bool all_of(std::string_view text, std::string_view signs) {
    return std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               signs.find(c) != std::string_view::npos;
    });
}

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc{} && end == text.data() + text.size() && !text.starts_with('0');
}

/// How many groups of an IPv6 address it has; nothing if it is no row of them.
std::optional<std::size_t> v6_groups(std::string_view text) {
    std::size_t groups = 0;
    while (!text.empty()) {
        const std::string_view group = text.substr(0, text.find(':'));
        const bool hex =
            group.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
        if (group.empty() || group.size() > 4 || !hex) return std::nullopt;
        ++groups;
        text.remove_prefix(group.size());
        if (text.size() == 1) return std::nullopt;  // A colon at the end.
        if (!text.empty()) text.remove_prefix(1);
    }
    return groups;
}

bool is_v6(std::string_view text) {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) return v6_groups(text) == 8U;
    const auto before = v6_groups(text.substr(0, gap));
    const auto behind = v6_groups(text.substr(gap + 2));
    return before && behind && *before + *behind < 8;
}

/// Stricter than what --worker takes, so that a description can say it exactly.
bool is_engine_url(std::string_view text) {
    if (text.size() > kUrlBytesMax || !text.starts_with("http")) return false;
    text.remove_prefix(text.starts_with("https") ? 5 : 4);
    if (!text.starts_with("://")) return false;
    text.remove_prefix(3);
    const std::string_view authority = text.substr(0, text.find('/'));
    if (!all_of(text.substr(authority.size()), "/._~-")) return false;
    const bool v6 = authority.starts_with('[');
    const std::size_t end = v6 ? authority.find(']') : authority.find(':');
    if (v6 && end == std::string_view::npos) return false;
    const std::string_view host = authority.substr(v6 ? 1 : 0, v6 ? end - 1 : end);
    const std::size_t after = v6 ? end + 1 : std::min(end, authority.size());
    const std::string_view port = authority.substr(after);
    const bool good_host =
        v6 ? is_v6(host) : all_of(host, "._-") && !host.starts_with('.') && !host.starts_with('-');
    if (host.empty() || !good_host) return false;
    return port.empty() || (port.starts_with(':') && is_port(port.substr(1)));
}

/// One member of an order, or of an entry of the file, which has `since` too.
Result<void> read_member(std::string_view key, const dom::element& value, bool of_file,
                         RestWorker& worker) {
    const bool optional = key == "labels" || key == "by";
    if (optional && value.is_null()) return {};
    if (key == "labels") return read_labels(value, worker.labels);
    if (key == "by") return read_by(value, worker.by);
    std::string_view text;
    if (key == "url") {
        if (value.get(text) != SUCCESS) return no_text(key);
        if (!is_engine_url(text)) {
            return complain("url: not an engine's: give http://HOST:PORT or https://HOST:PORT");
        }
        worker.url = text;
        return {};
    }
    if (of_file && key == "since") {
        const auto since = value.get(text) == SUCCESS ? parse_rfc3339(text) : std::nullopt;
        if (!since) return complain("since: not a time: write 2026-11-23T03:12:00Z");
        worker.since = *since;
        return {};
    }
    return complain(std::string(key.substr(0, kNameBytesMax)) +
                    ": no such member: there are url, labels and by");
}

Result<RestWorker> read_worker(const dom::object& object, bool of_file) {
    RestWorker worker;
    std::size_t urls = 0;
    for (const auto& [key, value] : object) {
        if (auto read = read_member(key, value, of_file, worker); !read) {
            return std::unexpected(std::move(read.error()));
        }
        urls += key == "url" ? 1 : 0;
    }
    if (urls == 1) return worker;
    return complain(urls == 0 ? "url: missing: give the engine's, http://HOST:PORT"
                              : "url: given twice: give it once");
}

}  // namespace

Result<RestWorker> parse_rest_worker(std::string_view json) {
    dom::parser parser;
    dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != SUCCESS) {
        return complain("the body is no JSON object: send {\"url\": \"http://HOST:PORT\"}");
    }
    return read_worker(object, false);
}

void append_rest_worker_members(std::string& out, const RestWorker& worker) {
    std::string since;
    append_rfc3339(since, worker.since);
    JsonWriter writer(out);
    writer.key("url").string(worker.url).key("labels").begin_object();
    for (const auto& [name, value] : worker.labels) writer.key(name).string(value);
    writer.end_object().key("by");
    if (worker.by.empty())
        writer.null();
    else
        writer.string(worker.by);
    writer.key("since").string(since);
}

std::string print_rest_workers(std::span<const RestWorker> workers) {
    // A line each, so that people can read it and compare two of them.
    std::string json =
        "{\"" + std::string(kVersionMember) + "\":" + std::to_string(kVersion) + ",\"workers\":[";
    for (const RestWorker& worker : workers) {
        json += &worker == workers.data() ? "\n{" : ",\n{";
        append_rest_worker_members(json, worker);
        json += '}';
    }
    return json += "\n]}\n";
}

Result<std::vector<RestWorker>> parse_rest_workers(std::string_view json) {
    dom::parser parser;
    dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != SUCCESS) {
        return complain("no JSON object");
    }
    std::int64_t version = 0;
    if (object[kVersionMember].get(version) != SUCCESS) {
        return complain("it does not name its form (" + std::string(kVersionMember) + ")");
    }
    if (version != kVersion) {
        return complain("its form is " + std::to_string(version) + ", we read " +
                        std::to_string(kVersion));
    }
    dom::array listed;
    if (object["workers"].get(listed) != SUCCESS) return complain("it has no list of workers");
    if (listed.size() > kRestWorkersMax) {
        return complain("more than " + std::to_string(kRestWorkersMax) + " workers");
    }
    std::vector<RestWorker> workers;
    for (const dom::element& entry : listed) {
        const std::string place = "worker " + std::to_string(workers.size() + 1) + ": ";
        dom::object one;
        if (entry.get(one) != SUCCESS) return complain(place + "no object");
        auto worker = read_worker(one, true);
        if (!worker) return complain(place + worker.error().what);
        workers.push_back(std::move(*worker));
    }
    return workers;
}

}  // namespace muster
