// DescribeScalingActivities, newest first.
#include "services/autoscaling/activities.h"
#include "services/autoscaling/lookup.h"

namespace stormglass::autoscaling {

api::Activity describe(const Activity& one) {
    api::Activity item;
    item.activity_id = one.id;
    item.auto_scaling_group_name = one.group;
    item.description = one.description;
    item.cause = one.cause;
    item.start_time = one.start;
    item.end_time = one.end;
    item.status_code = one.status;
    if (!one.message.empty()) item.status_message = one.message;
    item.progress = one.progress;
    item.details = one.details;
    item.auto_scaling_group_arn = one.group_arn;
    return item;
}

namespace {

/// A group made again under an old name does not inherit the old one's history.
const Group* group_of(const Activity& activity, const std::vector<Group>& all) {
    for (const auto& group : all) {
        if (group.arn == activity.group_arn) return &group;
    }
    return nullptr;
}

}  // namespace

Result<api::DescribeScalingActivitiesOutput> Service::describe_scaling_activities(
    wire::Request& request, const api::DescribeScalingActivitiesInput& input) {
    if (!input.filters.empty()) return unsupported("filters of scaling activities");
    const bool with_deleted = input.include_deleted_groups.value_or(false);
    const auto known = TRY(groups.all(request.tx(), {request.account, request.region}));
    if (input.auto_scaling_group_name && !with_deleted) {
        TRY(need_group(request, *input.auto_scaling_group_name));
    }
    std::vector<Activity> all;
    if (input.auto_scaling_group_name) {
        all = TRY(activities.all(request.tx(), {request.account, request.region,
                                                *input.auto_scaling_group_name}));
    } else {
        all = TRY(activities.all(request.tx(), {request.account, request.region}));
    }
    const auto& ids = input.activity_ids;
    std::erase_if(all, [&](const Activity& one) {
        if (!with_deleted && group_of(one, known) == nullptr) return true;
        return !ids.empty() && std::find(ids.begin(), ids.end(), one.id) == ids.end();
    });
    std::stable_sort(all.begin(), all.end(), [](const Activity& a, const Activity& b) {
        return a.start != b.start ? a.start > b.start : a.id > b.id;
    });
    const auto size = input.max_records ? input.max_records : std::optional<std::int64_t>(page_max);
    const auto one = TRY(page(std::move(all), input.next_token, size));
    api::DescribeScalingActivitiesOutput output;
    for (const auto& activity : one.items) {
        auto& item = output.activities.emplace_back(describe(activity));
        if (group_of(activity, known) == nullptr) item.auto_scaling_group_state = "Deleted";
    }
    if (!one.next.empty()) output.next_token = one.next;
    return output;
}

}  // namespace stormglass::autoscaling
