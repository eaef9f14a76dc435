// Writes metrics pages as the Python client library does, which vLLM, SGLang and TensorRT-LLM use:
// its numbers, its order of labels, its `_created` series. Private to sim; one thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace muster::detail {

/// The library's text of a number: always with a point, exponents from a million up and below
/// 0.0001.
void append_python_number(std::string& out, double value);

class PythonPage {
public:
    /// `created`: seconds since 1970 at which the series were made; absent (0) in the form of
    /// several processes, which tells none.
    PythonPage(std::string& out, double created) : out_(out), created_(created) {}

    /// HELP and TYPE of what follows.
    void family(std::string_view name, std::string_view type);
    /// One sample of the family, or of a name that has its suffix. `labels` is what stands in the
    /// braces; empty: no braces.
    void sample(std::string_view name, std::string_view labels, double value);
    /// A family with one sample.
    void gauge(std::string_view name, std::string_view labels, double value);
    /// A counter without its `_total`, and its `_created`.
    void counter(std::string_view name, std::string_view labels, double value);
    using Sample = std::pair<std::string, double>;
    void counters(std::string_view name, std::span<const Sample> samples);

    /// A histogram's samples. `le` stands where the alphabet puts it: between `before` and `after`.
    struct Labels {
        std::string_view before;  ///< `engine="0"`
        std::string_view after;   ///< `model_name="m"`
    };
    /// `count` observations, spread over the bounds; their mean is what the middle bound says.
    void histogram(std::string_view name, const Labels& labels, std::span<const double> bounds,
                   double count);
    /// The `_created` of a histogram; nothing where none is told.
    void created(std::string_view name, std::string_view labels);

private:
    std::string& out_;
    double created_;
};

}  // namespace muster::detail
