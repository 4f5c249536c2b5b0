#include "services/logs/derived_metrics.h"

#include <cmath>

namespace stormglass::logs {
namespace {

using base::Json;
using cloudwatch::Sample;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::size_t embedded_metrics_max = 100, embedded_dimensions_max = 30,
                      embedded_values_max = 100;

base::Time time_at(std::int64_t time_ms) { return base::Time{base::Millis{time_ms}}; }

/// Not a number where it reads as none.
double number_of(const std::string& text) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    return text.empty() || *end != '\0' || !std::isfinite(number) ? std::nan("") : number;
}

using Dimensions = std::vector<std::pair<std::string, std::string>>;

/// Nothing: a field that a dimension names is missing, so the event counts for no metric.
std::optional<Dimensions> dimensions_of(const MetricFilter& filter, const FilterPattern& pattern,
                                        std::string_view message) {
    Dimensions dimensions;
    for (const auto& [name, selector] : filter.dimensions) {
        const auto value = pattern.value(message, selector);
        if (!value || value->empty()) return std::nullopt;
        dimensions.emplace_back(name, *value);
    }
    return dimensions;
}

Sample sample_of(const MetricFilter& filter, std::int64_t time_ms) {
    Sample sample;
    sample.metric_namespace = filter.metric_namespace;
    sample.name = filter.metric_name;
    if (!filter.unit.empty()) sample.unit = filter.unit;
    sample.time = time_at(time_ms);
    return sample;
}

/// The values of one metric in an embedded event: a number, or a list of them.
std::vector<cloudwatch::ValueCount> embedded_values(const Json& event, const std::string& name) {
    std::vector<cloudwatch::ValueCount> values;
    const auto found = event.find(name);
    if (found == event.end()) return values;
    const Json list = found->is_array() ? *found : Json::array({*found});
    for (const auto& one : list) {
        if (one.is_number() && values.size() < embedded_values_max)
            values.push_back({one.get<double>()});
    }
    return values;
}

std::optional<Dimensions> embedded_dimensions(const Json& event, const Json& names) {
    if (!names.is_array() || names.size() > embedded_dimensions_max) return std::nullopt;
    Dimensions dimensions;
    for (const auto& name : names) {
        const auto value = name.is_string() ? event.find(name.get<std::string>()) : event.end();
        if (value == event.end() || !value->is_string()) return std::nullopt;
        dimensions.emplace_back(name.get<std::string>(), value->get<std::string>());
    }
    return dimensions;
}

std::string text_in(const Json& json, const char* name, const std::string& otherwise) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>()
                                                                         : otherwise;
}

void add_directive(const Json& event, const Json& directive, base::Time time,
                   std::vector<Sample>& samples) {
    const std::string space = text_in(directive, "Namespace", "");
    const auto sets =
        directive.is_object() ? directive.value("Dimensions", Json::array()) : Json::array();
    const auto metrics =
        directive.is_object() ? directive.value("Metrics", Json::array()) : Json::array();
    if (space.empty() || !metrics.is_array() || metrics.size() > embedded_metrics_max) return;
    for (const auto& metric : metrics) {
        Sample sample;
        sample.metric_namespace = space;
        sample.name = text_in(metric, "Name", "");
        sample.unit = text_in(metric, "Unit", "None");
        sample.time = time;
        if (metric.is_object() && metric.value("StorageResolution", Json()) == Json(1)) {
            sample.resolution = cloudwatch::Resolution::second;
        }
        sample.values = embedded_values(event, sample.name);
        if (sample.values.empty()) continue;
        for (const auto& set : sets.empty() ? Json::array({Json::array()}) : sets) {
            const auto dimensions = embedded_dimensions(event, set);
            if (!dimensions) continue;
            sample.dimensions = *dimensions;
            samples.push_back(sample);
        }
    }
}

}  // namespace

Result<std::shared_ptr<const FilterPattern>> PatternCache::get(const std::string& text) {
    const std::lock_guard guard(mutex_);
    if (const auto found = parsed_.find(text); found != parsed_.end()) return found->second;
    auto made = std::make_shared<const FilterPattern>(TRY(FilterPattern::parse(text)));
    if (parsed_.size() >= patterns_max) parsed_.clear();
    parsed_[text] = made;
    return std::shared_ptr<const FilterPattern>(made);
}

Result<std::vector<Sample>> samples_of_filter(const MetricFilter& filter,
                                              const FilterPattern& pattern,
                                              std::span<const NewEvent> events) {
    std::map<std::pair<std::int64_t, Dimensions>, Sample> by_minute;
    bool matched = false;
    for (const auto& event : events) {
        if (!pattern.matches(event.message)) continue;
        matched = true;
        const auto text = filter.metric_value.starts_with('$')
                              ? pattern.value(event.message, filter.metric_value)
                              : filter.metric_value;
        const double number = number_of(text.value_or(""));
        const auto dimensions = dimensions_of(filter, pattern, event.message);
        if (std::isnan(number) || !dimensions) continue;
        auto& sample = by_minute[{event.time_ms / minute_ms, *dimensions}];
        if (sample.name.empty()) {
            sample = sample_of(filter, event.time_ms);
            sample.dimensions = *dimensions;
        }
        if (!sample.values.empty() && sample.values.back().value == number) {
            ++sample.values.back().count;
        } else {
            sample.values.push_back({number});
        }
    }
    std::vector<Sample> samples;
    for (auto& [key, sample] : by_minute) samples.push_back(std::move(sample));
    if (!matched && filter.default_value && !events.empty()) {
        samples.push_back(sample_of(filter, events.back().time_ms));
        samples.back().values = {{*filter.default_value}};
    }
    return samples;
}

std::vector<Sample> samples_embedded(const NewEvent& event) {
    std::vector<Sample> samples;
    if (event.message.find("\"CloudWatchMetrics\"") == std::string_view::npos) return samples;
    const auto json = base::parse_json(event.message);
    if (!json || !json->is_object() || !json->contains("_aws") || !(*json)["_aws"].is_object())
        return samples;
    const Json about = (*json)["_aws"];
    const Json stamp = about.value("Timestamp", Json());
    const auto time =
        time_at(stamp.is_number_integer() ? stamp.get<std::int64_t>() : event.time_ms);
    for (const auto& directive : about.value("CloudWatchMetrics", Json::array())) {
        add_directive(*json, directive, time, samples);
    }
    return samples;
}

std::vector<Sample> samples_of_intake(const Group& group, std::size_t events, std::int64_t bytes,
                                      base::Time now) {
    std::vector<Sample> samples;
    for (const bool of_group : {true, false}) {
        for (const bool count : {true, false}) {
            Sample sample;
            sample.metric_namespace = "AWS/Logs";
            sample.name = count ? "IncomingLogEvents" : "IncomingBytes";
            sample.unit = count ? "None" : "Bytes";
            if (of_group) sample.dimensions = {{"LogGroupName", group.name}};
            sample.time = now;
            sample.values = {{count ? static_cast<double>(events) : static_cast<double>(bytes)}};
            samples.push_back(std::move(sample));
        }
    }
    return samples;
}

}  // namespace stormglass::logs
