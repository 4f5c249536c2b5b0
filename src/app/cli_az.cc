// Commands that bring the storm to a zone: az list, fail, restore.
#include <cstdio>

#include "app/cli.h"
#include "app/local_client.h"
#include "app/realm_paths.h"
#include "base/file.h"
#include "base/strings.h"

namespace stormglass::app {
namespace {

constexpr char zones_path[] = "/_stormglass/zones";

std::string zone_line(const base::Json& zone) {
    std::string line = fmt::format("{:<16} {:<10} {}", zone.value("name", ""), zone.value("id", ""),
                                   zone.value("state", ""));
    if (!zone.contains("mode")) return line;
    line += fmt::format("  {} since {}", zone.value("mode", ""), zone.value("since", ""));
    if (zone.value("mode", "") == "slow") {
        line += fmt::format(" ({} ms, {} % loss)", zone.value("latency_ms", 0),
                            zone.value("loss_percent", 0));
    }
    return line;
}

}  // namespace

int command_az_list(const std::string& data_dir, Form form) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    const auto text = get_own(*daemon, zones_path);
    if (!text) return complain(text.error().message);
    if (form == Form::json) {
        std::printf("%s", text->c_str());
        return exit_done;
    }
    const auto zones = base::parse_json(*text);
    if (!zones) return complain(zones.error().message);
    for (const auto& zone : (*zones)["zones"]) std::printf("%s\n", zone_line(zone).c_str());
    return exit_done;
}

int command_az_order(const std::string& data_dir, const ZoneOrder& order) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    const auto realm = look_at_realm(data_dir);
    const auto credentials = base::read_file(root_credentials_path(realm.data_dir));
    if (!credentials) return complain(credentials.error().message);
    const auto root = base::from_json_text<RootCredentials>(*credentials);
    if (!root) return complain(root.error().message);
    const auto answer = post_own(*daemon, *root, zones_path, base::to_json_text(order));
    if (!answer) {
        const auto said = base::parse_json(answer.error().message);
        return complain(said && said->is_object() ? said->value("error", "")
                                                  : answer.error().message);
    }
    std::printf("%s %s\n", order.zone.c_str(),
                order.action == "fail" ? ("failed (" + order.mode + ")").c_str() : "restored");
    return exit_done;
}

}  // namespace stormglass::app
