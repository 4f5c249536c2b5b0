#include "services/cloudwatch/widget.h"

#include <re2/re2.h>

#include "services/cloudwatch/queries.h"

namespace stormglass::cloudwatch {
namespace {

constexpr int width_max = 2000, height_max = 2000, side_min = 50;
constexpr std::size_t rows_max = 500;

Unexpected invalid(std::string message) {
    return aws_error("ValidationError", "Invalid metric widget: " + message);
}

/// "-PT3H", "-P1D", "PT0H", or a time.
Result<base::Time> time_of(const std::string& text, base::Time now) {
    static const re2::RE2 form(R"((-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)");
    std::string sign, parts[4];
    if (re2::RE2::FullMatch(text, form, &sign, &parts[0], &parts[1], &parts[2], &parts[3])) {
        constexpr std::int64_t seconds[] = {86'400, 3600, 60, 1};
        std::int64_t sum = 0;
        for (int i = 0; i < 4; ++i) {
            if (!parts[i].empty() && parts[i].size() < 9) sum += std::stoll(parts[i]) * seconds[i];
        }
        return now - base::Seconds{sum};
    }
    const auto time = base::parse_time(text);
    if (!time) return invalid("start and end must be times or durations");
    return *time;
}

std::string text_of(const base::Json& json, const char* name, std::string otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::int64_t number_of(const base::Json& json, const char* name, std::int64_t otherwise) {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? found->get<std::int64_t>() : otherwise;
}

/// [namespace, name, dimension, value, ..., {options}]; "." repeats the one above, "..." all up to
/// the end.
Result<std::vector<std::string>> path_of(const base::Json& row,
                                         const std::vector<std::string>& above) {
    std::vector<std::string> path;
    for (const auto& part : row) {
        if (part.is_object()) continue;
        if (!part.is_string()) return invalid("metrics must hold texts");
        const std::string text = part.get<std::string>();
        if (text == "...") {
            const std::size_t rest = row.size() - (row.back().is_object() ? 2 : 1);
            while (path.size() + rest < above.size()) path.push_back(above[path.size()]);
        } else if (text == "." && path.size() < above.size()) {
            path.push_back(above[path.size()]);
        } else {
            path.push_back(text);
        }
    }
    return path;
}

Result<Query> query_of_row(const base::Json& row, const base::Json& widget, std::size_t index,
                           std::vector<std::string>& above) {
    if (!row.is_array() || row.empty()) return invalid("metrics must hold arrays");
    const base::Json options = row.back().is_object() ? row.back() : base::Json::object();
    Query query;
    query.id = text_of(options, "id", fmt::format("metric{}", index));
    if (options.contains("label")) query.label = text_of(options, "label", "");
    query.return_data = !options.contains("visible") || options["visible"] != false;
    query.stat_period = number_of(options, "period", number_of(widget, "period", 300));
    if (options.contains("expression")) {
        query.expression = text_of(options, "expression", "");
        query.stat_period.reset();
        query.period = number_of(options, "period", number_of(widget, "period", 300));
        return query;
    }
    const auto path = TRY(path_of(row, above));
    if (path.size() < 2 || path.size() % 2 != 0)
        return invalid("a metric needs a namespace and a name");
    above = path;
    query.metric_namespace = path[0];
    query.metric_name = path[1];
    for (std::size_t i = 2; i < path.size(); i += 2)
        query.dimensions.push_back({path[i], path[i + 1]});
    std::ranges::sort(query.dimensions);
    query.stat = text_of(options, "stat", text_of(widget, "stat", "Average"));
    return query;
}

void read_looks(const base::Json& json, Widget& to) {
    to.title = text_of(json, "title", "");
    to.stacked = json.contains("stacked") && json["stacked"] == true;
    const auto axis = json.find("yAxis");
    if (axis != json.end() && axis->is_object() && axis->contains("left")) {
        const auto& left = (*axis)["left"];
        if (left.contains("min") && left["min"].is_number()) to.minimum = left["min"].get<double>();
        if (left.contains("max") && left["max"].is_number()) to.maximum = left["max"].get<double>();
    }
    const auto notes = json.find("annotations");
    if (notes == json.end() || !notes->is_object() || !notes->contains("horizontal")) return;
    for (const auto& line : (*notes)["horizontal"]) {
        if (!line.is_object() || !line.contains("value") || !line["value"].is_number()) continue;
        to.lines.push_back({line["value"].get<double>(), text_of(line, "label", "")});
    }
}

}  // namespace

Result<Widget> parse_widget(const std::string& text, base::Time now) {
    const auto json = base::parse_json(text);
    if (!json || !json->is_object()) return invalid("it is not a JSON object");
    Widget widget;
    read_looks(*json, widget);
    widget.from = TRY(time_of(text_of(*json, "start", "-PT3H"), now));
    widget.to = TRY(time_of(text_of(*json, "end", "PT0H"), now));
    if (widget.from >= widget.to) return invalid("start must be before end");
    widget.width = static_cast<int>(number_of(*json, "width", widget.width));
    widget.height = static_cast<int>(number_of(*json, "height", widget.height));
    if (widget.width < side_min || widget.width > width_max || widget.height < side_min ||
        widget.height > height_max) {
        return invalid("width and height must be from 50 to 2000");
    }
    const auto metrics = json->find("metrics");
    if (metrics == json->end() || !metrics->is_array()) return invalid("metrics is required");
    if (metrics->size() > rows_max) return invalid("there are more than 500 metrics");
    std::vector<std::string> above;
    for (const auto& row : *metrics) {
        widget.queries.push_back(TRY(query_of_row(row, *json, widget.queries.size() + 1, above)));
    }
    TRY(check_queries(widget.queries));
    return widget;
}

}  // namespace stormglass::cloudwatch
