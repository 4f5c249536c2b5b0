#include "services/autoscaling/purchase.h"

#include "services/autoscaling/group_input.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {
namespace {

constexpr std::int64_t percent = 100;
constexpr std::size_t overrides_max = 40;
constexpr std::int64_t pools_default = 2;  // Of Spot, by lowest price.
constexpr std::string_view on_demand_strategies[] = {"prioritized", "lowest-price"};
constexpr std::string_view spot_strategies[] = {
    "lowest-price", "capacity-optimized", "capacity-optimized-prioritized",
    "price-capacity-optimized"};

std::int64_t count_spot(const std::vector<Member>& members_now) {
    return std::count_if(members_now.begin(), members_now.end(),
                         [](const Member& one) { return is_alive(one) && one.is_spot; });
}

template <class List>
Result<void> check_strategy(const List& known, const std::string& given) {
    if (std::find(std::begin(known), std::end(known), given) != std::end(known)) return {};
    return validation_error("Unsupported allocation strategy: " + given);
}

Result<void> read_distribution(const api::InstancesDistribution& given, Mixed& policy) {
    policy.on_demand_strategy =
        given.on_demand_allocation_strategy.value_or(policy.on_demand_strategy);
    policy.base = given.on_demand_base_capacity.value_or(policy.base);
    policy.above_percent =
        given.on_demand_percentage_above_base_capacity.value_or(policy.above_percent);
    policy.spot_strategy = given.spot_allocation_strategy.value_or(policy.spot_strategy);
    if (given.spot_instance_pools) policy.spot_pools = given.spot_instance_pools;
    policy.max_price = given.spot_max_price.value_or(policy.max_price);
    TRY(check_strategy(on_demand_strategies, policy.on_demand_strategy));
    TRY(check_strategy(spot_strategies, policy.spot_strategy));
    if (policy.base < 0 || policy.above_percent < 0 || policy.above_percent > percent) {
        return validation_error("OnDemandBaseCapacity must not be negative, and "
                                "OnDemandPercentageAboveBaseCapacity must be from 0 to 100");
    }
    return {};
}

Result<Override> read_override(wire::Request& request, ec2::api::Api& ec2,
                               const api::LaunchTemplateOverrides& given) {
    if (given.instance_requirements) return unsupported("InstanceRequirements of an override");
    if (given.weighted_capacity) return unsupported("weighted capacity");
    if (given.image_id) return unsupported("the image of an override");
    Override one{.type = given.instance_type.value_or(""), .launch_template = {}};
    if (given.launch_template_specification) {
        one.launch_template =
            TRY(check_template(request, ec2, *given.launch_template_specification));
    }
    return one;
}

}  // namespace

std::int64_t on_demand_of(const Mixed& policy, std::int64_t capacity) {
    const auto base = std::min(capacity, policy.base);
    return base + ((capacity - base) * policy.above_percent + percent - 1) / percent;
}

bool next_is_spot(const Group& group, const std::vector<Member>& present) {
    if (!group.mixed) return false;
    const auto alive = alive_count(present);
    const auto on_demand = alive - count_spot(present);
    return on_demand >= on_demand_of(*group.mixed, std::max(group.desired, alive + 1));
}

TypeSizes type_sizes(wire::Request& request, ec2::api::Api& ec2, const Group& group) {
    TypeSizes sizes;
    if (!group.mixed) return sizes;
    ec2::api::DescribeInstanceTypesInput ask;
    for (const auto& one : group.mixed->overrides) {
        if (!one.type.empty()) ask.instance_types.push_back(one.type);
    }
    if (ask.instance_types.empty()) return sizes;
    const auto answer = ec2.describe_instance_types(request, ask);
    if (!answer) return sizes;  // Then they are tried as given.
    for (const auto& one : answer->instance_types) {
        sizes[one.instance_type.value_or("")] = {
            one.v_cpu_info ? one.v_cpu_info->default_v_cpus.value_or(0) : 0,
            one.memory_info ? one.memory_info->size_in_mi_b.value_or(0) : 0};
    }
    return sizes;
}

std::vector<Override> candidates(const Group& group, const std::vector<Member>& present,
                                 const TypeSizes& sizes) {
    if (!group.mixed || group.mixed->overrides.empty()) return {Override{}};
    const bool spot = next_is_spot(group, present);
    const std::string& strategy =
        spot ? group.mixed->spot_strategy : group.mixed->on_demand_strategy;
    auto order = group.mixed->overrides;
    // Capacity is the same in every pool here, so strategies by capacity keep the given order.
    if (strategy != "lowest-price" && strategy != "price-capacity-optimized") return order;
    const auto size = [&](const Override& one) {
        const auto known = sizes.find(one.type);
        return known == sizes.end() ? TypeSizes::mapped_type{} : known->second;
    };
    std::stable_sort(order.begin(), order.end(), [&](const Override& a, const Override& b) {
        return size(a) < size(b);
    });
    if (!spot || strategy != "lowest-price") return order;
    const auto pools = std::min<std::int64_t>(group.mixed->spot_pools.value_or(pools_default),
                                              std::ssize(order));
    const auto used = [&](const Override& one) {
        return std::count_if(present.begin(), present.end(), [&](const Member& member) {
            return is_alive(member) && member.is_spot && member.type == one.type;
        });
    };
    std::stable_sort(order.begin(), order.begin() + pools,
                     [&](const Override& a, const Override& b) { return used(a) < used(b); });
    return order;
}

std::optional<bool> surplus_is_spot(const Group& group, const std::vector<Member>& alive) {
    if (!group.mixed) return std::nullopt;
    const auto size = static_cast<std::int64_t>(alive.size());
    return size - count_spot(alive) <= on_demand_of(*group.mixed, size - 1);
}

Result<void> set_mixed(wire::Request& request, ec2::api::Api& ec2, Group& group,
                       const api::MixedInstancesPolicy& given) {
    Mixed policy = group.mixed.value_or(Mixed{});
    if (given.launch_template) {
        const auto& wish = *given.launch_template;
        if (wish.launch_template_specification) {
            group.launch_template =
                TRY(check_template(request, ec2, *wish.launch_template_specification));
        }
        if (wish.overrides.size() > overrides_max) {
            return validation_error("A mixed instances policy has at most 40 overrides");
        }
        if (wish.overrides.given()) policy.overrides.clear();
        for (const auto& one : wish.overrides) {
            policy.overrides.push_back(TRY(read_override(request, ec2, one)));
        }
    }
    if (group.launch_template.id.empty()) {
        return validation_error("A mixed instances policy needs a launch template");
    }
    if (given.instances_distribution) {
        TRY(read_distribution(*given.instances_distribution, policy));
    }
    group.mixed = std::move(policy);
    return {};
}

api::MixedInstancesPolicy describe(const Group& group, const Mixed& policy) {
    api::MixedInstancesPolicy item;
    const auto spec_of = [](const TemplateRef& ref) {
        api::LaunchTemplateSpecification spec;
        spec.launch_template_id = ref.id;
        spec.launch_template_name = ref.name;
        spec.version = ref.version;
        return spec;
    };
    auto& launch = item.launch_template.emplace();
    launch.launch_template_specification = spec_of(group.launch_template);
    launch.overrides.present = true;
    for (const auto& one : policy.overrides) {
        auto& shown = launch.overrides.emplace_back();
        if (!one.type.empty()) shown.instance_type = one.type;
        if (!one.launch_template.id.empty()) {
            shown.launch_template_specification = spec_of(one.launch_template);
        }
    }
    auto& parts = item.instances_distribution.emplace();
    parts.on_demand_allocation_strategy = policy.on_demand_strategy;
    parts.on_demand_base_capacity = policy.base;
    parts.on_demand_percentage_above_base_capacity = policy.above_percent;
    parts.spot_allocation_strategy = policy.spot_strategy;
    parts.spot_instance_pools = policy.spot_pools;
    if (!policy.max_price.empty()) parts.spot_max_price = policy.max_price;
    return item;
}

}  // namespace stormglass::autoscaling
