#include "app/gameday/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace stormglass::gameday {
namespace {

using base::Json;

std::unexpected<Error> wrong(const std::string& text) {
    return fail(Domain::config, "BadScript", text);
}

struct ActionShape {
    std::set<std::string> needed, allowed;
};

const std::map<std::string, ActionShape>& actions() {
    static const std::map<std::string, ActionShape> all{
        {"az-fail", {{"zone"}, {"mode", "latency_ms", "loss_percent"}}},
        {"az-restore", {{"zone"}, {}}},
        {"terminate-instance", {{"instance"}, {}}},
        {"shell", {{"instance", "command"}, {}}},
        {"failover-database", {{}, {"database"}}},
        {"kill-database", {{"role"}, {"database"}}},
        {"hang-database", {{"role"}, {"database"}}},
        {"kill-balancer-node", {{"zone"}, {}}},
        {"kill-daemon", {{}, {}}},
        {"command", {{"command"}, {}}}};
    return all;
}

Result<void> check_members(const Json& object, const std::string& place, const std::set<std::string>& known) {
    if (!object.is_object()) return wrong(place + ": must be an object");
    for (const auto& [name, value] : object.items()) {
        if (!known.contains(name)) return wrong(fmt::format("{}: unknown member \"{}\"", place, name));
    }
    return {};
}

/// Reads `object[name]` into `to` if it is there and a number within the limits.
template <class T>
Result<void> number(const Json& object, const std::string& place, const char* name, double least, double most, T& to) {
    if (!object.contains(name)) return {};
    const auto& value = object[name];
    if (!value.is_number() || value.get<double>() < least || value.get<double>() > most) {
        return wrong(fmt::format("{}.{}: must be a number from {} to {}", place, name, least, most));
    }
    to = value.get<double>();
    return {};
}

Result<void> text(const Json& object, const std::string& place, const char* name, std::string& to) {
    if (!object.contains(name)) return {};
    if (!object[name].is_string()) return wrong(fmt::format("{}.{}: must be a text", place, name));
    to = object[name].get<std::string>();
    return {};
}

Result<Load> parse_load(const Json& json) {
    const std::string place = "load";
    Load load;
    TRY(check_members(json, place, {"scheme", "load_balancer", "read_path", "write_path", "readers", "writers", "pause_s",
                                    "timeout_s"}));
    TRY(text(json, place, "scheme", load.scheme));
    TRY(text(json, place, "load_balancer", load.load_balancer));
    TRY(text(json, place, "read_path", load.read_path));
    TRY(text(json, place, "write_path", load.write_path));
    TRY(number(json, place, "readers", 0, threads_max, load.readers));
    TRY(number(json, place, "writers", 0, threads_max, load.writers));
    TRY(number(json, place, "pause_s", 0, 60, load.pause_s));
    TRY(number(json, place, "timeout_s", 0.1, 120, load.timeout_s));
    if (load.scheme != "http" && load.scheme != "https") return wrong("load.scheme: must be http or https");
    if (load.readers + load.writers == 0) return wrong("load: without readers and writers there is nothing to measure");
    return load;
}

Result<Objectives> parse_objectives(const Json& json) {
    const std::string place = "objectives";
    Objectives goals;
    TRY(check_members(json, place, {"availability_percent", "recovery_s", "write_gap_s", "failed_seconds", "lost_writes"}));
    TRY(number(json, place, "availability_percent", 0, 100, goals.availability_percent));
    TRY(number(json, place, "recovery_s", 0, duration_max_s, goals.recovery_s));
    TRY(number(json, place, "write_gap_s", 0, duration_max_s, goals.write_gap_s));
    TRY(number(json, place, "failed_seconds", 0, duration_max_s, goals.failed_seconds));
    TRY(number(json, place, "lost_writes", 0, 1e9, goals.lost_writes));
    return goals;
}

Result<void> check_values(const Json& with, const std::string& place) {
    for (const auto& [name, value] : with.items()) {
        if (name == "command") {
            const bool words = value.is_array() && !value.empty() &&
                               std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_string(); });
            if (!words) return wrong(place + ".command: must be a list of words");
        } else if (name == "latency_ms" || name == "loss_percent") {
            if (!value.is_number()) return wrong(fmt::format("{}.{}: must be a number", place, name));
        } else if (!value.is_string()) {
            return wrong(fmt::format("{}.{}: must be a text", place, name));
        }
    }
    if (with.contains("role") && with["role"] != "primary" && with["role"] != "standby") {
        return wrong(place + ".role: must be primary or standby");
    }
    return {};
}

std::string title_of(const Step& step) {
    std::string title = step.action;
    for (const auto& [name, value] : step.with.items()) title += " " + (value.is_string() ? value.get<std::string>() : value.dump());
    return title;
}

Result<Step> parse_step(const Json& json, const std::string& place, double duration_s) {
    if (!json.is_object() || !json.contains("do") || !json["do"].is_string()) return wrong(place + ".do: must name an action");
    Step step;
    step.action = json["do"].get<std::string>();
    const auto shape = actions().find(step.action);
    if (shape == actions().end()) {
        std::string names;
        for (const auto& [name, unused] : actions()) names += " " + name;
        return wrong(fmt::format("{}.do: no such action \"{}\"; there are:{}", place, step.action, names));
    }
    std::set<std::string> known{"do", "at_s", "title"};
    known.insert(shape->second.needed.begin(), shape->second.needed.end());
    known.insert(shape->second.allowed.begin(), shape->second.allowed.end());
    TRY(check_members(json, place, known));
    for (const auto& name : shape->second.needed) {
        if (!json.contains(name)) return wrong(fmt::format("{}.{}: is missing", place, name));
    }
    if (!json.contains("at_s")) return wrong(place + ".at_s: is missing");
    TRY(number(json, place, "at_s", 0, duration_s, step.at_s));
    TRY(text(json, place, "title", step.title));
    step.with = json;
    for (const char* own : {"do", "at_s", "title"}) step.with.erase(own);
    TRY(check_values(step.with, place));
    if (step.title.empty()) step.title = title_of(step);
    return step;
}

}  // namespace

Result<Script> parse_script(std::string_view source) {
    const Json json = TRY(base::parse_json(source));
    Script script;
    TRY(check_members(json, "script", {"name", "description", "duration_s", "load", "steps", "objectives"}));
    TRY(text(json, "script", "name", script.name));
    TRY(text(json, "script", "description", script.description));
    TRY(number(json, "script", "duration_s", 1, duration_max_s, script.duration_s));
    if (script.name.empty()) return wrong("script.name: is missing");
    if (json.contains("load")) script.load = TRY(parse_load(json["load"]));
    if (json.contains("objectives")) script.objectives = TRY(parse_objectives(json["objectives"]));
    const Json steps = json.value("steps", Json::array());
    if (!steps.is_array() || steps.size() > steps_max) return wrong(fmt::format("steps: must be a list of at most {}", steps_max));
    for (std::size_t n = 0; n < steps.size(); ++n) {
        script.steps.push_back(TRY(parse_step(steps[n], fmt::format("steps[{}]", n), script.duration_s)));
    }
    std::stable_sort(script.steps.begin(), script.steps.end(), [](const Step& a, const Step& b) { return a.at_s < b.at_s; });
    return script;
}

}  // namespace stormglass::gameday
