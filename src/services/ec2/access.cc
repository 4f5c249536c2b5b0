#include "services/ec2/access.h"

namespace stormglass::ec2 {
namespace {
constexpr std::size_t tag_key_max = 128;
constexpr std::size_t tag_value_max = 256;
}  // namespace

Error not_found(std::string_view code, std::string_view noun, std::string_view prefix,
                const std::string& id) {
    const bool shaped = id.starts_with(std::string(prefix) + "-");
    std::string name(code);
    if (!shaped && name.ends_with(".NotFound") && prefix != "sg") {
        name.replace(name.size() - 9, 9, ".Malformed");
        return aws_error(name, fmt::format("Invalid id: \"{}\" (expecting \"{}-...\")", id, prefix))
            .error();
    }
    return aws_error(name, fmt::format("The {} '{}' does not exist", noun, id)).error();
}

void save_tags(wire::Request& request, const std::string& id, std::string_view type,
               const Tags& tags) {
    tagged.put(request.tx(), {request.account, request.region, id},
               {.type = std::string(type), .tags = tags});
}

void erase_tags(wire::Request& request, const std::string& id) {
    tagged.erase(request.tx(), {request.account, request.region, id});
}

Result<Tags> tags_of(wire::Request& request, const std::string& id) {
    auto found = TRY(tagged.get(request.tx(), {request.account, request.region, id}));
    return found ? std::move(found->tags) : Tags{};
}

wire::List<api::Tag> to_list(const Tags& tags) {
    wire::List<api::Tag> list;
    for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
    return list;
}

Result<wire::List<api::Tag>> tag_list(wire::Request& request, const std::string& id) {
    return to_list(TRY(tags_of(request, id)));
}

Result<void> check_tags(const wire::Request& request, const Tags& tags) {
    if (tags.size() > tags_max) {
        return aws_error("TagLimitExceeded", "The maximum number of Tags for a resource is 50");
    }
    for (const auto& [key, value] : tags) {
        if (key.empty() || key.size() > tag_key_max) {
            return aws_error("InvalidParameterValue",
                             fmt::format("Tag key exceeds the maximum length of 128 characters or "
                                         "is empty: '{}'", key));
        }
        if (key.starts_with("aws:") && !request.is_internal()) {
            return aws_error("InvalidParameterValue",
                             "Tag keys starting with 'aws:' are reserved for internal use");
        }
        if (value.size() > tag_value_max) {
            return aws_error("InvalidParameterValue",
                             "Tag value exceeds the maximum length of 256 characters");
        }
    }
    return {};
}

Result<Tags> tags_for(const wire::Request& request, std::string_view type,
                      const wire::List<api::TagSpecification>& specifications,
                      const std::vector<std::string_view>& allowed_types) {
    Tags tags;
    for (const auto& one : specifications) {
        const std::string given = one.resource_type.value_or("");
        if (given != type) {
            const auto known = std::find(allowed_types.begin(), allowed_types.end(), given);
            if (known != allowed_types.end()) continue;
            return aws_error("InvalidParameterValue",
                             fmt::format("'{}' is not a valid taggable resource type for this "
                                         "operation.", given));
        }
        for (const auto& tag : one.tags) {
            tags[tag.key.value_or("")] = tag.value.value_or("");
        }
    }
    TRY(check_tags(request, tags));
    return tags;
}

Error dependency_violation(std::string_view noun, const std::string& id) {
    return aws_error("DependencyViolation",
                     fmt::format("The {} '{}' has dependencies and cannot be deleted.", noun, id))
        .error();
}

Unexpected unsupported(std::string what) {
    return aws_error("UnsupportedOperation", "Stormglass does not support " + what);
}

}  // namespace stormglass::ec2
