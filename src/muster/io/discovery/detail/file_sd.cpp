#include "muster/io/discovery/detail/file_sd.hpp"

#include <yaml-cpp/yaml.h>

#include <string>
#include <utility>

#include "muster/base/limits.hpp"

namespace muster {
namespace {

std::unexpected<Error> wrong(const YAML::Mark& mark, const std::string& what) {
    const std::string where = mark.is_null() ? "" : "line " + std::to_string(mark.line + 1) + ": ";
    return fail(ErrorKind::bad_input, ErrorOrigin::client, where + what);
}

struct Group {
    std::string scheme = "http";
    std::string path;  // Before the page's own.
    Labels labels;
};

std::string label_name(const std::string& name) {
    return is_label_name(name) ? name : "exported_" + name;
}

Result<Group> read_labels(const YAML::Node& node) {
    Group group;
    if (!node) return group;
    if (!node.IsMap()) return wrong(node.Mark(), "labels is no map: write NAME: VALUE below it");
    Labels labels;
    for (const auto& entry : node) {
        if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
            return wrong(entry.first.Mark(), "a label is no text: write NAME: VALUE");
        }
        const std::string& name = entry.first.Scalar();
        const std::string& value = entry.second.Scalar();
        if (name == "__scheme__") {
            if (value != "http" && value != "https") {
                return wrong(entry.second.Mark(), "__scheme__ is neither http nor https");
            }
            group.scheme = value;
        } else if (name == "__metrics_path__") {
            group.path = value;
        } else if (!name.starts_with("__")) {
            if (!is_label_name(label_name(name)) || value.size() > kNameBytesMax) {
                return wrong(entry.first.Mark(),
                             "not a label: use letters, digits and _, and at most 256 bytes");
            }
            labels.emplace_back(label_name(name), value);
        }
    }
    group.labels = with_labels({}, labels);
    return group;
}

Result<void> read_group(const YAML::Node& node, std::vector<ScrapeTarget>& targets) {
    if (!node.IsMap()) {
        return wrong(node.Mark(), "not a group: write `- targets: [HOST:PORT]`");
    }
    const YAML::Node listed = node["targets"];
    if (!listed || !listed.IsSequence()) {
        return wrong(node.Mark(), "a group without targets: write `targets: [HOST:PORT]`");
    }
    auto group = read_labels(node["labels"]);
    if (!group) return std::unexpected(std::move(group.error()));
    for (const YAML::Node& entry : listed) {
        if (!entry.IsScalar()) return wrong(entry.Mark(), "not a target: give HOST:PORT");
        if (targets.size() == kDiscoveredMax) {
            return wrong(entry.Mark(),
                         "more than " + std::to_string(kDiscoveredMax) + " targets: name fewer");
        }
        const std::string& text = entry.Scalar();
        const bool whole = text.find("://") != std::string::npos;
        auto target =
            parse_scrape_target(whole ? text : group->scheme + "://" + text + group->path);
        if (!target) {
            return wrong(entry.Mark(), "not a target: " + text.substr(0, kNameBytesMax) + ": " +
                                           target.error().what + ": give HOST:PORT");
        }
        target->labels = group->labels;
        targets.push_back(std::move(*target));
    }
    return {};
}

Result<std::vector<ScrapeTarget>> read_groups(const YAML::Node& document) {
    if (!document || document.IsNull()) return std::vector<ScrapeTarget>();
    if (!document.IsSequence()) {
        return wrong(document.Mark(), "not a list of groups: write `- targets: [HOST:PORT]`");
    }
    std::vector<ScrapeTarget> targets;
    for (const YAML::Node& node : document) {
        if (auto read = read_group(node, targets); !read) {
            return std::unexpected(std::move(read.error()));
        }
    }
    return targets;
}

}  // namespace

Result<std::vector<ScrapeTarget>> parse_file_sd(std::string_view text) {
    try {
        return read_groups(YAML::Load(std::string(text)));
    } catch (const YAML::Exception& trouble) {
        return wrong(trouble.mark, trouble.msg + ": correct the YAML or JSON");
    }
}

}  // namespace muster
