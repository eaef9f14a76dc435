// See metrics_text.hpp.
#include "support/metrics_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

namespace muster::testing {

namespace {

bool has(const MetricsText::Labels& labels, const MetricsText::Labels& wanted) {
    return std::ranges::all_of(wanted, [&](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

class Reader {
public:
    MetricsText read(std::string_view text) {
        if (text.empty() || text.back() != '\n') complain("no line end at the end");
        while (!text.empty()) {
            line_ = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line_.size() + 1, text.size()));
            if (out_.ended) complain("a line behind the end mark");
            if (line_ == "# EOF")
                out_.ended = true;
            else if (line_.starts_with("# "))
                read_description(line_.substr(2));
            else
                read_sample(line_);
        }
        return std::move(out_);
    }

private:
    void complain(const std::string& what) {
        out_.complaints.push_back(what + ": " + std::string(line_));
    }
    static std::string take_word(std::string_view& text) {
        const std::string word(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        return word;
    }

    void read_description(std::string_view text) {
        const std::string kind = take_word(text);
        const std::string name = take_word(text);
        if (kind == "TYPE") {
            if (!out_.types.emplace(name, text).second) complain("described twice");
            family_ = name;
        } else if (name != family_) {
            complain("out of its family");
        }
        if (kind == "UNIT") {
            out_.units[name] = text;
            if (!name.ends_with("_" + std::string(text)))
                complain("a unit that is not in the name");
        }
        if (kind == "HELP" && text.empty()) complain("no help");
        if (kind != "TYPE" && kind != "UNIT" && kind != "HELP") complain("a stray comment");
    }

    bool belongs(const std::string& name) const {
        if (!name.starts_with(family_)) return false;
        const std::string suffix = name.substr(family_.size());
        const std::string type = out_.types.at(family_);
        if (type == "histogram") {
            return suffix == "_bucket" || suffix == "_count" || suffix == "_sum";
        }
        if (suffix.empty())
            return type != "info" && (type != "counter" || name.ends_with("_total"));
        return (suffix == "_total" && type == "counter") || (suffix == "_info" && type == "info");
    }

    void read_sample(std::string_view text) {
        MetricsText::Sample sample;
        sample.name = text.substr(0, text.find_first_of("{ "));
        text.remove_prefix(sample.name.size());
        if (family_.empty() || !belongs(sample.name)) complain("out of its family");
        if (text.starts_with('{') && !read_labels(text, sample.labels)) return;
        if (!text.starts_with(' ')) return complain("no value");
        text.remove_prefix(1);
        sample.value = text;
        double number = 0.0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        if (read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
            !std::isfinite(number)) {
            complain("no number");
        }
        std::string key = sample.name;
        for (const auto& [name, value] : sample.labels) key += "\n" + name + "\n" + value;
        if (!seen_.insert(key).second) complain("twice");
        out_.samples.push_back(std::move(sample));
    }

    bool read_labels(std::string_view& text, MetricsText::Labels& labels) {
        do {
            text.remove_prefix(1);
            const std::string name(text.substr(0, text.find('=')));
            text.remove_prefix(std::min(name.size() + 1, text.size()));
            std::string value;
            if (!read_quoted(text, value)) {
                complain("labels");
                return false;
            }
            if (!labels.emplace(name, value).second) complain("a label twice");
        } while (text.starts_with(','));
        if (!text.starts_with('}')) {
            complain("labels");
            return false;
        }
        text.remove_prefix(1);
        return true;
    }

    static bool read_quoted(std::string_view& text, std::string& value) {
        if (!text.starts_with('"')) return false;
        for (std::size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '"') {
                text.remove_prefix(i + 1);
                return true;
            }
            if (text[i] == '\\') {
                if (++i == text.size()) return false;
                if (text[i] != 'n' && text[i] != '"' && text[i] != '\\') return false;
                value += text[i] == 'n' ? '\n' : text[i];
            } else {
                value += text[i];
            }
        }
        return false;
    }

    MetricsText out_;
    std::string_view line_;
    std::string family_;
    std::set<std::string> seen_;
};

}  // namespace

std::string MetricsText::value(std::string_view name, const Labels& labels) const {
    for (const Sample& sample : samples) {
        if (sample.name == name && has(sample.labels, labels)) return sample.value;
    }
    return {};
}

std::size_t MetricsText::count(std::string_view name, const Labels& labels) const {
    return static_cast<std::size_t>(std::ranges::count_if(samples, [&](const Sample& sample) {
        return sample.name == name && has(sample.labels, labels);
    }));
}

MetricsText read_metrics(std::string_view text) {
    return Reader().read(text);
}

}  // namespace muster::testing
