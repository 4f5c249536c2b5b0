#include "app/status_text.h"

#include <fmt/format.h>

namespace stormglass::app {
namespace {

using base::Json;

std::string word(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_null() ? std::string("-") : value.dump();
}

/// "key value, key value" of the scalars that are not among the columns shown already.
std::string facts(const Json& object, const std::vector<std::string>& keys) {
    std::string line;
    for (const auto& key : keys) {
        if (!object.contains(key) || object[key].is_null() || object[key] == "") continue;
        if (!line.empty()) line += "  ";
        line += key + " " + word(object[key]);
    }
    return line;
}

void add_section(std::string& text, const Json& status, const char* key, const char* title,
                 const std::vector<std::string>& columns) {
    const Json& list = status.contains(key) ? status[key] : Json::array();
    text += fmt::format("\n{} ({})\n", title, list.size());
    for (const auto& one : list) {
        std::string name = one.is_object() ? word(one.value("name", one.value("id", Json("-")))) : word(one);
        text += fmt::format("  {:<28} {}\n", name, one.is_object() ? facts(one, columns) : "");
        for (const char* inner : {"nodes", "targets", "members", "servers"}) {
            if (!one.is_object() || !one.contains(inner)) continue;
            for (const auto& part : one[inner]) {
                text += fmt::format("    {:<26} {}\n", word(part.value("id", part.value("zone", Json("-")))),
                                    facts(part, {"zone", "role", "address", "health", "state", "reason",
                                                 "lifecycle", "running", "answers", "replicating", "synchronous",
                                                 "trouble", "pid"}));
            }
        }
    }
}

}  // namespace

std::string status_text(const Json& status) {
    std::string text = fmt::format("Stormglass at {} (pid {}, region {}, account {})\n",
                                   word(status["endpoint"]), word(status["pid"]),
                                   word(status["region"]), word(status["account_id"]));
    add_section(text, status, "zones", "Zones", {"state", "mode", "since", "instances_running"});
    add_section(text, status, "load_balancers", "Load balancers", {"state", "dns_name"});
    add_section(text, status, "groups", "Auto Scaling groups", {"desired", "min", "max", "in_service"});
    add_section(text, status, "instances", "Instances",
                {"state", "running", "zone", "private_address", "public_address", "type", "pid"});
    add_section(text, status, "databases", "Databases",
                {"state", "engine", "endpoint", "primary_zone", "standby_zone"});
    add_section(text, status, "alarms", "Alarms", {"state", "reason"});
    if (status.contains("health")) {
        text += "\nNot well now: what is shown of these may be old\n";
        for (const auto& [service, why] : status["health"].items()) {
            text += fmt::format("  {}: {}\n", service, word(why));
        }
    }
    if (status.contains("errors")) {
        text += "\nNot observable now\n";
        for (const auto& [key, why] : status["errors"].items()) {
            text += fmt::format("  {}: {}\n", key, word(why));
        }
    }
    return text;
}

}  // namespace stormglass::app
