// Commands that look: status, events, coverage, logs, hosts, ca; and shell.
#include <cstdio>

#include "app/cli.h"
#include "app/local_client.h"
#include "app/models.h"
#include "app/realm_paths.h"
#include "app/status_text.h"
#include "base/file.h"
#include "services/common/timeline.h"
#include "base/strings.h"
#include "substrate/container/instances_linux.h"
#include "substrate/container/shell.h"

namespace stormglass::app {
namespace {

using base::Json;

void print_event(std::string_view line) {
    const auto event = base::from_json_text<services::TimelineEvent>(line);
    if (!event) return;
    std::printf("%s  %-9s %-14s %s\n", base::iso8601_millis(event->time).c_str(),
                event->kind.c_str(), event->region.c_str(), event->text.c_str());
}

}  // namespace

std::optional<DaemonFacts> require_daemon(const std::string& data_dir) {
    const auto realm = look_at_realm(data_dir);
    auto facts = running_daemon(realm.data_dir);
    if (!facts) complain("no daemon runs on " + realm.data_dir + " (start it: stormglass up)");
    return facts;
}

int command_status(const std::string& data_dir, Form form) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    const auto text = get_own(*daemon, "/_stormglass/status");
    if (!text) return complain(text.error().message);
    if (form == Form::json) {
        std::printf("%s", text->c_str());
        return exit_done;
    }
    const auto status = base::parse_json(*text);
    if (!status) return complain(status.error().message);
    std::printf("%s", status_text(*status).c_str());
    return exit_done;
}

int command_events(const std::string& data_dir, Follow follow, Form form) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    std::string pending;
    const auto outcome = stream_own(
        *daemon, follow == Follow::yes ? "/_stormglass/events?follow=1" : "/_stormglass/events",
        [&](std::string_view part) {
            pending += part;
            std::size_t end = 0;
            while ((end = pending.find('\n')) != std::string::npos) {
                const std::string line = pending.substr(0, end);
                pending.erase(0, end + 1);
                if (line.empty()) continue;
                if (form == Form::json) {
                    std::printf("%s\n", line.c_str());
                } else {
                    print_event(line);
                }
            }
            return std::fflush(stdout) == 0;
        });
    return outcome ? exit_done : complain(outcome.error().message);
}

int command_coverage(const std::string& service, Form form) {
    Json all = Json::object();
    bool found = service.empty();
    for (const auto* model : all_models()) {
        if (!service.empty() && service != model->name) continue;
        found = true;
        Json& one = all[model->name];
        one["implemented"] = Json::array();
        for (const auto& operation : model->operations) one["implemented"].push_back(operation.name);
        one["published"] = model->published.size();
        if (!service.empty()) {
            one["missing"] = Json::array();
            for (const char* name : model->published) {
                if (model->find(name) == nullptr) one["missing"].push_back(name);
            }
        }
    }
    if (!found) {
        std::fprintf(stderr, "stormglass: no such service: %s\n", service.c_str());
        return exit_wrong_use;
    }
    if (form == Form::json) {
        std::printf("%s\n", all.dump(2).c_str());
        return exit_done;
    }
    for (const auto& [name, one] : all.items()) {
        std::printf("%-12s %3zu of %3zu operations\n", name.c_str(), one["implemented"].size(),
                    one["published"].get<std::size_t>());
        if (service.empty()) continue;
        for (const auto& operation : one["implemented"]) {
            std::printf("  yes  %s\n", operation.get<std::string>().c_str());
        }
        for (const auto& operation : one["missing"]) {
            std::printf("  no   %s\n", operation.get<std::string>().c_str());
        }
    }
    return exit_done;
}

int command_logs(const std::string& data_dir, const std::string& id) {
    const auto realm = look_at_realm(data_dir);
    if (id.starts_with("i-")) {
        auto instances = substrate::make_linux_instances(realm);
        const auto text = instances->console(id);
        if (!text) return complain(text.error().message);
        const auto state = instances->observe(id);
        if (text->empty() && (!state || state->phase == substrate::InstancePhase::absent)) {
            return complain("no such instance: " + id);
        }
        std::fwrite(text->data(), 1, text->size(), stdout);
        return exit_done;
    }
    if (id.find('/') != std::string::npos) return complain("not an id: " + id);
    const std::string name = id == "daemon" ? "daemon" : id;
    const auto text = base::read_file(realm.data_dir + "/log/" + name + ".log");
    if (!text) {
        return complain("no log of " + id +
                        " (instances: i-..., processes: daemon, front-door, lb-..., vpc-..., db-...)");
    }
    std::fwrite(text->data(), 1, text->size(), stdout);
    return exit_done;
}

int command_shell(const std::string& data_dir, const std::string& id,
                  const std::vector<std::string>& words) {
    const auto realm = look_at_realm(data_dir);
    return substrate::run_shell(realm, id, words);
}

int command_hosts(const std::string& data_dir) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    const auto text = get_own(*daemon, "/_stormglass/status");
    if (!text) return complain(text.error().message);
    const auto status = base::parse_json(*text);
    if (!status) return complain(status.error().message);
    std::printf("# Stormglass: balancers under %s\n", look_at_realm(data_dir).data_dir.c_str());
    for (const auto& balancer : (*status)["load_balancers"]) {
        std::printf("127.0.0.1 %s\n", balancer.value("dns_name", "").c_str());
    }
    return exit_done;
}

int command_ca(const std::string& data_dir) {
    const auto text = base::read_file(look_at_realm(data_dir).data_dir + "/ca.pem");
    if (!text) return complain("no CA yet: start the daemon first (stormglass up)");
    std::printf("%s", text->c_str());
    return exit_done;
}

}  // namespace stormglass::app
