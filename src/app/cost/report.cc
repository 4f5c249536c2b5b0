#include "app/cost/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cost/prices.h"

namespace stormglass::app::cost {
namespace {

using base::Json;

constexpr const char* left_out[] = {
    "data transfer (out, between zones, through NAT gateways and balancers' capacity units)",
    "requests to S3, DynamoDB, KMS and SSM; log ingestion; custom metrics",
    "backup storage beyond the database's own size, snapshots; taxes, support, free tiers of new accounts",
};

double sum_where(const std::vector<Line>& lines, std::string_view service, std::string_view part) {
    double sum = 0;
    for (const auto& line : lines) {
        if (line.service == service && line.what.find(part) != std::string::npos) sum += line.hourly();
    }
    return sum;
}

Json choice(const char* what, double hourly, double share) {
    return {{"what", what}, {"hourly_usd", hourly * share}, {"saves_monthly_usd", hourly * (1 - share) * hours_a_month}};
}

Json choices_json(const Inventory& inventory) {
    const double instances = sum_where(inventory.lines, "EC2", "On-Demand");
    const double databases = sum_where(inventory.lines, "RDS", "db.");
    Json choices = Json::array();
    if (instances > 0) {
        choices.push_back(choice("instances as Spot (mostly about 65 % less; may be interrupted)", instances, spot_share));
        choices.push_back(choice("instances reserved for a year, nothing upfront", instances, reserved_instance_share));
    }
    if (databases > 0) {
        choices.push_back(choice("databases reserved for a year, nothing upfront", databases, reserved_database_share));
    }
    return choices;
}

Json scaling_json(const Scaling& one) {
    return {{"group", one.group}, {"hours", one.hours}, {"average_instances", one.average},
            {"peak_instances", one.peak}, {"hourly_usd_as_scaled", one.hourly_as_scaled},
            {"hourly_usd_at_peak", one.hourly_at_peak}, {"hourly_usd_at_max_size", one.hourly_at_max}};
}

void add_line(std::string& text, const Json& line) {
    const double hourly = line["hourly_usd"];
    const std::string what = fmt::format("{} {}", line["service"].get<std::string>(), line["what"].get<std::string>());
    const std::string count = fmt::format("{:g}", line["count"].get<double>());
    if (!line["known"].get<bool>()) {
        text += fmt::format("  {:<58} {:>8} {:>12} {:>12}\n", what, count, "no price", "");
        return;
    }
    text += fmt::format("  {:<58} {:>8} {:>12.4f} {:>12.2f}\n", what, count, hourly, hourly * hours_a_month);
}

}  // namespace

Scaling scaling_of(const GroupHistory& history) {
    Scaling scaling;
    scaling.group = history.group;
    if (history.stays.empty()) return scaling;
    struct Step { base::Time time; int change; };
    std::vector<Step> steps;
    base::Time begin = history.stays.front().from, end = history.stays.front().to;
    double instance_hours = 0;
    const auto hours = [](auto span) { return std::chrono::duration<double, std::ratio<3600>>(span).count(); };
    for (const auto& stay : history.stays) {
        steps.push_back({stay.from, 1});
        steps.push_back({stay.to, -1});
        begin = std::min(begin, stay.from);
        end = std::max(end, stay.to);
        instance_hours += hours(stay.to - stay.from);
    }
    std::ranges::sort(steps, [](const Step& a, const Step& b) {
        return a.time != b.time ? a.time < b.time : a.change < b.change;
    });
    std::int64_t now = 0;
    for (const auto& step : steps) scaling.peak = std::max(scaling.peak, now += step.change);
    scaling.hours = hours(end - begin);
    scaling.average = scaling.hours > 0 ? instance_hours / scaling.hours : static_cast<double>(scaling.peak);
    scaling.hourly_as_scaled = scaling.average * history.hourly_each;
    scaling.hourly_at_peak = static_cast<double>(scaling.peak) * history.hourly_each;
    scaling.hourly_at_max = static_cast<double>(history.max_size) * history.hourly_each;
    return scaling;
}

Json report_json(const Inventory& inventory) {
    Json report = {{"prices", {{"region", prices_region}, {"date", prices_date}, {"currency", "USD"}}},
                   {"lines", Json::array()}, {"scaling", Json::array()}};
    double total = 0;
    for (const auto& line : inventory.lines) {
        total += line.hourly();
        report["lines"].push_back({{"service", line.service}, {"what", line.what}, {"count", line.count},
                                   {"hourly_usd", line.hourly()}, {"monthly_usd", line.hourly() * hours_a_month},
                                   {"known", line.is_known}, {"resources", line.resources}});
    }
    report["hourly_usd"] = total;
    report["monthly_usd"] = total * hours_a_month;
    report["choices"] = choices_json(inventory);
    for (const auto& group : inventory.groups) report["scaling"].push_back(scaling_json(scaling_of(group)));
    report["left_out"] = left_out;
    return report;
}

std::string report_text(const Json& report) {
    std::string text = fmt::format("On AWS, {}, on demand, prices of {} (USD):\n\n  {:<58} {:>8} {:>12} {:>12}\n",
                                   report["prices"]["region"].get<std::string>(),
                                   report["prices"]["date"].get<std::string>(), "", "count", "an hour", "a month");
    for (const auto& line : report["lines"]) add_line(text, line);
    text += fmt::format("  {:<58} {:>8} {:>12.4f} {:>12.2f}\n", "together", "", report["hourly_usd"].get<double>(),
                        report["monthly_usd"].get<double>());
    if (!report["choices"].empty()) text += "\nIt would be less, a month, with\n";
    for (const auto& one : report["choices"]) {
        text += fmt::format("  {:<80} {:>12.2f} less\n", one["what"].get<std::string>(),
                            one["saves_monthly_usd"].get<double>());
    }
    for (const auto& one : report["scaling"]) {
        text += fmt::format(
            "\n{}: {:.2f} instances on average in {:.2f} hours, {} at most: ${:.4f} an hour; at its peak all the time "
            "${:.4f}, at max size ${:.4f}\n",
            one["group"].get<std::string>(), one["average_instances"].get<double>(), one["hours"].get<double>(),
            one["peak_instances"].get<std::int64_t>(), one["hourly_usd_as_scaled"].get<double>(),
            one["hourly_usd_at_peak"].get<double>(), one["hourly_usd_at_max_size"].get<double>());
    }
    text += "\nLeft out:\n";
    for (const auto& one : report["left_out"]) text += "  " + one.get<std::string>() + "\n";
    return text;
}

}  // namespace stormglass::app::cost
