// A report as JSON and as text for the terminal.
#include <fmt/format.h>

#include "app/gameday/analysis.h"

namespace stormglass::gameday {

base::Json report_json(const Report& report) {
    using base::Json;
    Json seconds = Json::array(), steps = Json::array(), verdicts = Json::array(), events = Json::array();
    for (const auto& one : report.seconds) {
        seconds.push_back({{"good", one.good}, {"failed", one.failed}, {"p50_s", one.p50_s}, {"p99_s", one.p99_s}});
    }
    for (const auto& one : report.steps) {
        steps.push_back({{"at_s", one.step.at_s}, {"title", one.step.title}, {"took_s", one.step.took_s},
                         {"trouble", one.step.trouble}, {"failed", one.failed}, {"recovery_s", one.recovery_s},
                         {"write_gap_s", one.write_gap_s}});
    }
    for (const auto& one : report.verdicts) {
        verdicts.push_back({{"objective", one.objective}, {"wanted", one.wanted}, {"measured", one.measured}, {"met", one.met}});
    }
    for (const auto& [at, text] : report.events) events.push_back({{"at_s", at}, {"text", text}});
    return {{"name", report.name}, {"description", report.description}, {"begun", report.begun},
            {"duration_s", report.duration_s}, {"requests", report.requests}, {"failed", report.failed},
            {"availability_percent", report.availability_percent}, {"failed_seconds", report.failed_seconds},
            {"writes_acknowledged", report.writes_acknowledged},
            {"writes_lost", report.writes_lost ? Json(*report.writes_lost) : Json(nullptr)},
            {"write_gap_s", report.write_gap_s}, {"errors", report.errors}, {"steps", steps}, {"seconds", seconds},
            {"events", events}, {"verdicts", verdicts}, {"passed", report.passed()}};
}

std::string report_text(const Report& report) {
    std::string text = fmt::format("\n{}\n{:.0f} s, {} requests, {} failed: availability {:.3f} %; {} writes acknowledged, {} lost\n",
                                   report.name, report.duration_s, report.requests, report.failed,
                                   report.availability_percent, report.writes_acknowledged,
                                   report.writes_lost ? std::to_string(*report.writes_lost) : "unknown");
    for (const auto& [kind, count] : report.errors) text += fmt::format("  {:>6}  {}\n", count, kind);
    if (!report.steps.empty()) text += fmt::format("\n  {:>7}  {:>7} {:>9} {:>10}  step\n", "at", "failed", "recovery", "write gap");
    for (const auto& one : report.steps) {
        text += fmt::format("  {:>5.1f} s  {:>7} {:>7.2f} s {:>8.2f} s  {}{}\n", one.step.at_s, one.failed, one.recovery_s,
                            one.write_gap_s, one.step.title, one.step.trouble.empty() ? "" : ": " + one.step.trouble);
    }
    if (!report.verdicts.empty()) text += "\n";
    for (const auto& one : report.verdicts) {
        text += fmt::format("  {}  {}: {} (wanted: {})\n", one.met ? "met   " : "MISSED", one.objective, one.measured, one.wanted);
    }
    return text + fmt::format("\n{}\n", report.passed() ? "All objectives are met." : "Not all objectives are met.");
}

}  // namespace stormglass::gameday
