// Launching one instance: where, how, and what happens when EC2 refuses.
#include "services/autoscaling/lookup.h"
#include "services/autoscaling/purchase.h"
#include "services/autoscaling/reconciler.h"
#include "services/common/launch_faults.h"

namespace stormglass::autoscaling {
namespace {

/// EC2 has refused a launch there not long ago: not tried again yet.
bool was_refused(const Group& group, const std::string& zone, base::Time now) {
    return std::any_of(group.avoided.begin(), group.avoided.end(), [&](const Avoided& one) {
        return one.zone == zone && one.until > now && one.for_outage;
    });
}

/// The group's subnets, the best first: not avoided, emptiest zone, emptiest subnet, as given. A
/// zone that was lost just now is found out by trying, so that the history tells of it.
std::vector<Place> launch_order(const Group& group, const std::vector<Member>& all,
                                const std::set<std::string>& lost, base::Time now) {
    const auto key = [&](const Place& place) {
        const bool avoided = lost.contains(place.zone) ? was_refused(group, place.zone, now)
                                                       : is_avoided(group, {}, place.zone, now);
        std::vector<std::int64_t> ranks{avoided, 0, 0};
        for (const auto& one : all) {
            if (!is_alive(one)) continue;
            ranks[1] += one.zone == place.zone;
            ranks[2] += one.subnet_id == place.subnet_id;
        }
        return ranks;
    };
    std::vector<Place> order = group.places;
    std::stable_sort(order.begin(), order.end(),
                     [&](const Place& a, const Place& b) { return key(a) < key(b); });
    return order;
}

/// Might another zone do better?
bool is_of_zone(const std::string& code) {
    return code.starts_with("Insufficient") || code == "Unsupported" ||
           code == "InvalidSubnetID.NotFound";
}

std::string launch_cause(base::Time now, const Group& group, std::int64_t have,
                         const Action& action) {
    if (action.what == Do::rebalance) {
        return fmt::format("At {} instances were launched to balance instances in zones {} with "
                           "other zones resulting in more than desired number of instances in the "
                           "group.", moment(now), action.text);
    }
    if (group.to_replace > 0) {
        return fmt::format("At {} an instance was launched in response to an unhealthy instance "
                           "needing to be replaced.", moment(now));
    }
    return fmt::format("{}At {} an instance was started in response to a difference between "
                       "desired and actual capacity, increasing the capacity from {} to {}.",
                       group.cause, moment(now), have, have + 1);
}

/// No launch makes more instances than these.
std::int64_t ceiling_of(const Group& group, const std::optional<Refresh>& refresh,
                        const std::vector<Member>& present, Do what) {
    if (what == Do::rebalance) {
        return std::min(group.desired + 1, group.max_size + rebalance_margin(group));
    }
    const auto risk = risk_surge(group, present);
    if (risk > 0) return group.desired + risk;
    return std::min(group.max_size,
                    group.desired + std::max(refresh_surge(group, refresh),
                                             replacement_surge(group, present)));
}

ec2::api::TagSpecification tags_for(const std::string& type, const Group& group) {
    ec2::api::TagSpecification spec;
    spec.resource_type = type;
    for (const auto& tag : group.tags) {
        if (!tag.propagate) continue;
        auto& one = spec.tags.emplace_back();
        one.key = tag.key;
        one.value = tag.value;
    }
    auto& own = spec.tags.emplace_back();
    own.key = "aws:autoscaling:groupName";
    own.value = group.name;
    return spec;
}

}  // namespace

Result<ec2::api::Instance> Reconciler::run_instance(wire::Request& request, const Group& group,
                                                    const How& how, const Place& place) {
    const auto fault = TRY(services::launch_faults.get(
        request.tx(), {request.account, request.region, group.name, place.zone}));
    if (fault && request.now < fault->until) {
        return aws_error("InsufficientInstanceCapacity",
                         fmt::format("We currently do not have sufficient capacity in the Availability Zone you "
                                     "requested ({}). (Injected by the experiment {}.)",
                                     place.zone, fault->experiment),
                         500);
    }
    ec2::api::RunInstancesInput input;
    input.min_count = input.max_count = 1;
    input.subnet_id = place.subnet_id;
    auto& spec = input.launch_template.emplace();
    spec.launch_template_id = how.wanted.id;
    spec.version = how.wanted.version;
    if (!how.type.empty()) input.instance_type = how.type;
    if (how.is_spot) {
        auto& market = input.instance_market_options.emplace();
        market.market_type = "spot";
        if (!group.mixed->max_price.empty()) {
            market.spot_options.emplace().max_price = group.mixed->max_price;
        }
    }
    input.tag_specifications.push_back(tags_for("instance", group));
    input.tag_specifications.push_back(tags_for("volume", group));
    input.client_token = fmt::format("{}-{}", group.uuid, group.launches);
    auto made = TRY(peers_.ec2.run_instances(request, input));
    if (!made.instances.empty()) return std::move(made.instances.front());
    return aws_error("InternalError", "EC2 launched no instance", 500);
}

Result<void> Reconciler::record_launch(wire::Request& request, const Group& group,
                                       const ec2::api::Instance& made, Member member) {
    member.id = made.instance_id.value_or("");
    member.group = group.name;
    member.type = made.instance_type.value_or("");
    member.image_id = made.image_id.value_or("");
    member.is_protected = group.protect_new;
    member.launched = request.now;
    Activity activity;
    activity.description = "Launching a new EC2 instance: " + member.id;
    activity.cause = std::move(member.observed);  // What the caller left there.
    activity.status = "PreInService";
    activity.progress = 30;
    activity.details = group.to_replace > 0 ? place_details(member.subnet_id, member.zone)
                                            : scaling_details(group, member.subnet_id, member.zone);
    activity.instance_id = member.id;
    activity = TRY(start_activity(request, random_, group, std::move(activity)));
    member.launch_activity = activity.id;
    member.observed = "launching";
    save(request, member);
    return {};
}

Result<Reconciler::Launched> Reconciler::launch_in(const Where& where, const Place& place,
                                                   const Override& choice, const Action& action) {
    const auto request = TRY(begin(wire::TxMode::write, where));
    Group group = TRY(need_group(*request, where.group));
    const auto refresh = TRY(active_refresh(*request, where.group));
    const auto present = TRY(members_of(*request, where.group));
    const auto have = alive_count(present);
    if (group.deleting || have >= ceiling_of(group, refresh, present, action.what)) {
        return Launched{};
    }
    How how{.wanted = effective_template(group, refresh), .type = choice.type,
            .is_spot = next_is_spot(group, present)};
    if (!choice.launch_template.id.empty()) how.wanted = choice.launch_template;
    Member member{.zone = place.zone, .zone_id = place.zone_id, .subnet_id = place.subnet_id};
    if (action.what == Do::rebalance) member.extra = "rebalance";
    // The number, since "$Latest" may mean another tomorrow.
    auto made = run_instance(*request, group, how, place);
    if (!made && made.error().domain != Domain::aws) return std::unexpected(made.error());
    if (!made) return Launched{made.error().code, made.error().message};
    member.launch_template = how.wanted;
    member.is_spot = how.is_spot;
    for (const auto& tag : made->tags) {
        if (tag.key == "aws:ec2launchtemplate:version") {
            member.launch_template.version = tag.value.value_or(how.wanted.version);
        }
    }
    if (refresh && refresh->status != "Pending") member.refresh_id = refresh->id;
    member.observed = launch_cause(request->now, group, have, action);
    const std::string id = made->instance_id.value_or("");
    TRY(record_launch(*request, group, *made, std::move(member)));
    ++group.launches;
    if (action.what == Do::launch && group.to_replace > 0) --group.to_replace;
    if (have + 1 >= group.desired) {  // Told; later ones have causes of their own.
        group.cause.clear();
        group.invoking_alarm.clear();
    }
    save(*request, group);
    TRY(request->commit());
    show(where, {fmt::format("launching {} in {}", id, place.zone)});
    return Launched{};
}

Result<void> Reconciler::launch_failed(const Where& where, const Place& place,
                                       const std::string& why, const Action& action,
                                       FailedLaunch then) {
    const auto request = TRY(begin(wire::TxMode::write, where));
    Group group = TRY(need_group(*request, where.group));
    const auto have = alive_count(TRY(members_of(*request, where.group)));
    Activity activity;
    activity.description = fmt::format(
        "Launching a new EC2 instance.  Status Reason: {} Launching EC2 instance failed.", why);
    activity.cause = launch_cause(request->now, group, have, action);
    activity.status = "Failed";
    activity.details = place_details(place.subnet_id, place.zone);
    activity = TRY(start_activity(*request, random_, group, std::move(activity)));
    end_activity(*request, activity, "Failed", why + " Launching EC2 instance failed.");
    if (then == FailedLaunch::waits) {
        const auto doubled = retry_first * (1 << std::min<std::int64_t>(group.failures, 5));
        group.retry_at = request->now + std::min(doubled, retry_most);
        ++group.failures;
    } else {
        std::erase_if(group.avoided, [&](const Avoided& one) { return one.zone == place.zone; });
        group.avoided.push_back({place.zone, request->now + zone_avoided, true});
    }
    save(*request, group);
    Lines lines;
    TRY(tell(*request, group, activity, "EC2_INSTANCE_LAUNCH_ERROR", lines));
    TRY(request->commit());
    show(where, lines);
    return {};
}

Result<void> Reconciler::launch(const Where& where, const Action& action) {
    std::vector<Place> order;
    std::vector<Override> choices;
    std::set<std::string> lost;
    {
        const auto request = TRY(begin(wire::TxMode::read, where));
        const Group group = TRY(need_group(*request, where.group));
        if (group.retry_at > request->now) return {};  // An earlier launch of this pass failed.
        lost = TRY(lost_zones(*request));
        const auto present = TRY(members_of(*request, where.group));
        choices = candidates(group, present, type_sizes(*request, peers_.ec2, group));
        order = launch_order(group, present, lost, request->now);
    }
    if (order.empty()) return {};
    Launched last;
    for (const auto& place : order) {
        for (const auto& choice : choices) {
            last = TRY(launch_in(where, place, choice, action));
            if (last.error.empty()) return {};
            if (!is_of_zone(last.error_code)) break;
        }
        if (!is_of_zone(last.error_code) || action.what == Do::rebalance) break;
        const bool others_left = &place != &order.back();
        if (others_left && lost.contains(place.zone)) {
            TRY(launch_failed(where, place, last.error, action, FailedLaunch::goes_elsewhere));
        }
    }
    return launch_failed(where, order.front(), last.error, action, FailedLaunch::waits);
}

}  // namespace stormglass::autoscaling
