// A report as one HTML file: verdict, plots, steps, events.
#include <fmt/format.h>

#include <algorithm>

#include "app/gameday/analysis.h"

namespace stormglass::gameday {
namespace {

constexpr double width = 960, height = 180, left = 50, bottom = 20;

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '&': out += "&amp;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

/// A plot's frame: seconds to the right, `most` upwards, a line at each step.
struct Plot {
    const Report& report;
    double most;
    const char* unit;

    double x(double second) const {
        return left + (width - left) * second / std::max<double>(1, static_cast<double>(report.seconds.size()));
    }
    double y(double value) const { return (height - bottom) * (1 - value / most); }

    std::string frame(const std::string& inside) const {
        std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\">", width, height);
        svg += fmt::format("<text x=\"0\" y=\"12\">{:.4g} {}</text><text x=\"0\" y=\"{}\">0</text>", most, unit, height - bottom);
        svg += fmt::format("<line class=\"axis\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", left, height - bottom, width, height - bottom);
        for (const auto& one : report.steps) {
            svg += fmt::format("<line class=\"step\" x1=\"{0:.1f}\" y1=\"0\" x2=\"{0:.1f}\" y2=\"{1}\"><title>{2}</title></line>",
                               x(one.step.at_s), height - bottom, escaped(one.step.title));
        }
        for (std::size_t second = 0; second < report.seconds.size(); second += 10) {
            svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\">{} s</text>", x(static_cast<double>(second)), height - 4, second);
        }
        return svg + inside + "</svg>";
    }
};

std::string requests_plot(const Report& report) {
    double most = 1;
    for (const auto& one : report.seconds) most = std::max<double>(most, one.good + one.failed);
    const Plot plot{report, most, "/s"};
    std::string bars;
    const double bar = std::max(1.0, plot.x(1) - plot.x(0) - 1);
    for (std::size_t n = 0; n < report.seconds.size(); ++n) {
        const auto& one = report.seconds[n];
        const auto draw = [&](const char* kind, double from, double to) {
            if (to <= from) return;
            bars += fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>", kind,
                                plot.x(static_cast<double>(n)), plot.y(to), bar, plot.y(from) - plot.y(to));
        };
        draw("good", 0, one.good);
        draw("failed", one.good, one.good + one.failed);
    }
    return plot.frame(bars);
}

std::string latency_plot(const Report& report) {
    double most = 0.001;
    for (const auto& one : report.seconds) most = std::max(most, one.p99_s);
    const Plot plot{report, most * 1000, "ms"};
    std::string lines;
    for (const auto& [kind, of] : {std::pair{"p50", &Second::p50_s}, std::pair{"p99", &Second::p99_s}}) {
        lines += fmt::format("<polyline class=\"{}\" points=\"", kind);
        for (std::size_t n = 0; n < report.seconds.size(); ++n) {
            lines += fmt::format("{:.1f},{:.1f} ", plot.x(static_cast<double>(n)), plot.y(report.seconds[n].*of * 1000));
        }
        lines += "\"/>";
    }
    return plot.frame(lines);
}

std::string table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
    std::string html = "<table><tr>";
    for (const auto& one : head) html += "<th>" + escaped(one) + "</th>";
    for (const auto& row : rows) {
        html += "</tr><tr>";
        for (const auto& one : row) html += "<td>" + escaped(one) + "</td>";
    }
    return html + "</tr></table>";
}

constexpr const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "svg{width:100%;font-size:11px;fill:#555}.axis{stroke:#999}.step{stroke:#36c;stroke-dasharray:3 3}.good{fill:#9bc9a0}"
    ".failed{fill:#d33}polyline{fill:none;stroke-width:1.5}.p50{stroke:#48a}.p99{stroke:#c80}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;border-bottom:1px solid #ddd;text-align:left}.met{color:#163}.missed{color:#a00}";

}  // namespace

std::string report_html(const Report& report) {
    std::vector<std::vector<std::string>> verdicts, steps, errors, events;
    for (const auto& one : report.verdicts) verdicts.push_back({one.met ? "met" : "MISSED", one.objective, one.measured, one.wanted});
    for (const auto& one : report.steps) {
        steps.push_back({fmt::format("{:.1f} s", one.step.at_s), one.step.title + (one.step.trouble.empty() ? "" : ": " + one.step.trouble),
                         std::to_string(one.failed), fmt::format("{:.2f} s", one.recovery_s), fmt::format("{:.2f} s", one.write_gap_s)});
    }
    for (const auto& [kind, count] : report.errors) errors.push_back({std::to_string(count), kind});
    for (const auto& [at, text] : report.events) events.push_back({fmt::format("{:.2f} s", at), text});
    std::string html = fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title><style>{1}</style><h1>{0}</h1><p>{2}",
                                   escaped(report.name), style, escaped(report.description));
    html += fmt::format("<p class=\"{}\"><strong>{}</strong> {}: {} requests, {} failed, availability {:.3f} %; {} writes acknowledged, {} lost.",
                        report.passed() ? "met" : "missed", report.passed() ? "All objectives are met." : "Not all objectives are met.",
                        escaped(report.begun), report.requests, report.failed, report.availability_percent,
                        report.writes_acknowledged, report.writes_lost ? std::to_string(*report.writes_lost) : "unknown");
    html += table({"", "Objective", "Measured", "Wanted"}, verdicts);
    html += "<h2>Requests each second (red: failed; dashed: a step)</h2>" + requests_plot(report);
    html += "<h2>Latency (blue: median, orange: 99th percentile)</h2>" + latency_plot(report);
    html += "<h2>Steps</h2>" + table({"At", "Step", "Failed", "Recovery (RTO)", "Write gap"}, steps);
    if (!errors.empty()) html += "<h2>Errors</h2>" + table({"Count", "Kind"}, errors);
    return html + "<h2>Timeline</h2>" + table({"At", "Event"}, events) + "</html>\n";
}

}  // namespace stormglass::gameday
