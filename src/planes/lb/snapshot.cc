// Everything that can be wrong with a configuration is found here, before any worker sees it.
#include "planes/lb/snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::int64_t cut_at_once = 1;

Unexpected bad_config(std::string message) {
    return fail(Domain::config, "BadConfig", std::move(message));
}

template <class... Names>
Result<void> check_word(std::string_view what, std::string_view word, Names... allowed) {
    if (((word == allowed) || ...)) return {};
    return bad_config(fmt::format("{} cannot be '{}'", what, word));
}

Result<void> check_group(const TargetGroupConfig& group) {
    TRY(check_word("target group protocol", group.protocol, "HTTP", "HTTPS"));
    TRY(check_word("algorithm", group.algorithm, "round_robin", "least_outstanding_requests",
                   "weighted_random"));
    TRY(check_word("stickiness type", group.stickiness.type, "lb_cookie", "app_cookie"));
    TRY(check_word("health check protocol", group.health_check.protocol, "HTTP", "HTTPS"));
    TRY(check_word("cross_zone", group.cross_zone, "true", "false",
                   "use_load_balancer_configuration"));
    for (const TargetConfig& target : group.targets) {
        TRY(check_word("target state", target.state, "active", "draining"));
        if (target.port < 1 || target.port > 65535) return bad_config("target port out of range");
    }
    return {};
}

Result<void> check_attributes(const LoadBalancerAttributes& attributes) {
    TRY(check_word("xff_header_processing_mode", attributes.xff_header_processing_mode, "append",
                   "preserve", "remove"));
    TRY(check_word("desync_mitigation_mode", attributes.desync_mitigation_mode, "monitor",
                   "defensive", "strictest"));
    if (attributes.idle_timeout_seconds < 1) return bad_config("idle timeout below 1 s");
    return {};
}

http1::DesyncMode desync_mode(const std::string& word) {
    if (word == "monitor") return http1::DesyncMode::monitor;
    return word == "strictest" ? http1::DesyncMode::strictest : http1::DesyncMode::defensive;
}

/// "app/NAME/ID" of a load balancer's ARN; its name when there is no such part.
std::string log_name(const LoadBalancerConfig& config) {
    constexpr std::string_view mark = "loadbalancer/";
    const auto at = config.arn.find(mark);
    return at == std::string::npos ? config.name : config.arn.substr(at + mark.size());
}

/// Without a key of 32 bytes, cookies are sealed with one derived from the name: opaque to the eye,
/// the same on all nodes.
std::string cookie_key(const LoadBalancerConfig& config) {
    auto key = base::hex_decode(config.cookie_key);
    if (key && key->size() == 32) return *key;
    return base::sha256("stormglass-lb-cookie:" + config.arn + config.name);
}

Result<ForwardPlan> make_plan(const Snapshot& snapshot, const Rule& rule) {
    ForwardPlan plan;
    TRY(check_word("action", rule.action.type, "forward", "redirect", "fixed-response"));
    if (rule.action.type != "forward") return plan;
    for (const WeightedTargetGroup& wanted : rule.action.forward.target_groups) {
        const auto group = std::find_if(
            snapshot.groups.begin(), snapshot.groups.end(),
            [&](const auto& one) { return one->config.arn == wanted.target_group_arn; });
        if (group == snapshot.groups.end()) {
            return bad_config("no target group " + wanted.target_group_arn);
        }
        plan.groups.push_back({group->get(), std::max(wanted.weight, 0)});
        plan.weight_total += std::max(wanted.weight, 0);
    }
    if (plan.groups.empty()) return bad_config("a forward action without target groups");
    return plan;
}

}  // namespace

std::string SnapshotBuilder::key_of(const std::string& group_arn, const TargetConfig& target) {
    return fmt::format("{} {} {} {}", group_arn, target.id, target.address, target.port);
}

Result<void> SnapshotBuilder::add_group(Snapshot& snapshot, TargetGroupConfig config) {
    TRY(check_group(config));
    auto group = std::make_unique<TargetGroup>();
    const auto known = groups_.find(config.arn);
    group->state = known != groups_.end() ? known->second : std::make_shared<TargetGroupState>();
    for (TargetConfig& target : config.targets) {
        const auto same = targets_.find(key_of(config.arn, target));
        const bool own_zone = target.zone == snapshot.config.zone || config.cross_zone != "false";
        if (own_zone) group->reachable.push_back(static_cast<int>(group->targets.size()));
        group->targets.push_back({std::move(target), same != targets_.end()
                                                         ? same->second
                                                         : std::make_shared<TargetState>()});
    }
    config.targets.clear();
    group->config = std::move(config);
    group->index = static_cast<int>(snapshot.groups.size());
    snapshot.groups.push_back(std::move(group));
    return {};
}

Result<void> SnapshotBuilder::add_listener(Snapshot& snapshot, ListenerConfig config) {
    TRY(check_word("listener protocol", config.protocol, "HTTP", "HTTPS"));
    auto listener = std::make_unique<Listener>();
    listener->rules = TRY(RuleSet::compile(std::move(config.rules)));
    config.rules.clear();
    for (const Rule& rule : listener->rules.rules()) {
        listener->plans.push_back(TRY(make_plan(snapshot, rule)));
    }
    if (config.protocol == "HTTPS") {
        listener->tls = TRY(TlsServer::create(config.ssl_policy, config.certificates));
    }
    for (Certificate& certificate : config.certificates) certificate.key_pem.clear();
    listener->config = std::move(config);
    listener->index = static_cast<int>(snapshot.listeners.size());
    snapshot.listeners.push_back(std::move(listener));
    return {};
}

/// Takes the new snapshot's states for the known ones. A target that left a group that stays is cut
/// off: its deregistration delay is over.
void SnapshotBuilder::adopt(const Snapshot& snapshot) {
    std::map<std::string, std::shared_ptr<TargetState>> targets;
    std::map<std::string, std::shared_ptr<TargetGroupState>> groups;
    for (const auto& group : snapshot.groups) {
        groups[group->config.arn] = group->state;
        for (const Target& target : group->targets) {
            const auto deadline = std::max(target.config.drain_deadline_ms, cut_at_once);
            target.state->cut_after_ms = target.draining() ? deadline : 0;
            targets[key_of(group->config.arn, target.config)] = target.state;
        }
        group->state->generation.fetch_add(1);
    }
    for (const auto& [key, state] : targets_) {
        const bool group_stays = groups.contains(key.substr(0, key.find(' ')));
        if (!targets.contains(key) && group_stays) state->cut_after_ms = cut_at_once;
    }
    targets_ = std::move(targets);
    groups_ = std::move(groups);
}

Result<std::shared_ptr<const Snapshot>> SnapshotBuilder::build(LoadBalancerConfig config) {
    TRY(check_attributes(config.attributes));
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->log_name = log_name(config);
    snapshot->cookie_key = cookie_key(config);
    snapshot->forward_policy = make_forward_policy(config.attributes);
    snapshot->desync_mode = desync_mode(config.attributes.desync_mitigation_mode);
    auto listeners = std::exchange(config.listeners, {});
    auto groups = std::exchange(config.target_groups, {});
    snapshot->config = std::move(config);
    for (auto& group : groups) TRY(add_group(*snapshot, std::move(group)));
    std::set<int> ports;
    for (auto& listener : listeners) {
        if (listener.port != 0 && !ports.insert(listener.port).second) {
            return bad_config(fmt::format("two listeners on port {}", listener.port));
        }
        TRY(add_listener(*snapshot, std::move(listener)));
    }
    adopt(*snapshot);
    return snapshot;
}

Result<LoadBalancerConfig> read_config(const std::string& path) {
    const auto text = TRY(base::read_file(path));
    if (text.size() > limits::config_file_max) return bad_config("the file is too large");
    return base::from_json_text<LoadBalancerConfig>(text);
}

}  // namespace stormglass::lb
