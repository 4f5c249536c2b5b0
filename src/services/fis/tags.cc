// Tags of templates and experiments.
#include "services/fis/service.h"
#include "services/fis/targets.h"

namespace stormglass::fis {
namespace {

constexpr std::size_t tags_max = 50;

/// Hands the resource's tags to `change` and stores what it makes of them.
template <class Change>
Result<void> change_tags(wire::Request& request, const std::string& arn, Change change) {
    const std::string id = name_of_arn(arn);
    const auto apply = [&](auto one) -> Result<void> {
        change(one.tags);
        if (one.tags.size() > tags_max) return api::validation("A resource has at most 50 tags");
        put(request.tx(), one);
        return {};
    };
    if (arn == request.arn("fis", "experiment-template/" + id))
        return apply(TRY(find_template(request, id)));
    if (arn == request.arn("fis", "experiment/" + id))
        return apply(TRY(find_experiment(request, id)));
    return api::resource_not_found("Resource " + arn + " not found.");
}

}  // namespace

Result<api::ListTagsForResourceOutput> Service::list_tags_for_resource(
    wire::Request& request, const api::ListTagsForResourceInput& input) {
    const std::string id = name_of_arn(input.resource_arn);
    const bool of_template = input.resource_arn.find(":experiment-template/") != std::string::npos;
    api::ListTagsForResourceOutput output;
    output.tags = wire::Map<std::string>(of_template ? TRY(find_template(request, id)).tags
                                                     : TRY(find_experiment(request, id)).tags);
    return output;
}

Result<api::TagResourceOutput> Service::tag_resource(wire::Request& request,
                                                     const api::TagResourceInput& input) {
    TRY(change_tags(request, input.resource_arn, [&](Texts& tags) {
        for (const auto& [key, value] : input.tags) tags[key] = value;
    }));
    return api::TagResourceOutput{};
}

Result<api::UntagResourceOutput> Service::untag_resource(wire::Request& request,
                                                         const api::UntagResourceInput& input) {
    TRY(change_tags(request, input.resource_arn, [&](Texts& tags) {
        if (!input.tag_keys.given()) return;
        for (const auto& key : input.tag_keys) tags.erase(key);
    }));
    return api::UntagResourceOutput{};
}

}  // namespace stormglass::fis
