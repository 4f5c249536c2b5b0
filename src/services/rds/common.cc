#include "services/rds/common.h"

#include <cctype>

#include "base/check.h"
#include "base/strings.h"
#include "services/rds/engine.h"

namespace stormglass::rds {
namespace {

constexpr std::int64_t page_min = 20, page_max = 100;

/// Does the value ask for nothing?
bool says_nothing(const wire::Shape& shape, const void* value) {
    switch (shape.kind) {
        case wire::Kind::boolean: return !*static_cast<const bool*>(value);
        case wire::Kind::integer: return *static_cast<const std::int64_t*>(value) == 0;
        case wire::Kind::number: return *static_cast<const double*>(value) == 0;
        case wire::Kind::string:
        case wire::Kind::blob: return static_cast<const std::string*>(value)->empty();
        case wire::Kind::list:
        case wire::Kind::map: return shape.access->size(value) == 0;
        case wire::Kind::timestamp:
        case wire::Kind::structure: return false;
    }
    return false;
}

}  // namespace

std::string key_name(std::string_view name) { return base::to_lower(name); }

Result<std::optional<Instance>> find_instance(wire::Request& request, std::string_view name) {
    return instances.get(request.tx(), {request.account, request.region, key_name(name)});
}

Result<Instance> need_instance(wire::Request& request, std::string_view name) {
    auto found = TRY(find_instance(request, name));
    if (found) return std::move(*found);
    return api::db_instance_not_found(fmt::format("DBInstance {} not found.", name));
}

Result<SubnetGroup> need_subnet_group(wire::Request& request, std::string_view name) {
    auto found = TRY(
        subnet_groups.get(request.tx(), {request.account, request.region, key_name(name)}));
    if (found) return std::move(*found);
    return api::db_subnet_group_not_found(fmt::format("DB subnet group '{}' does not exist.",
                                                      name));
}

Result<ParameterGroup> need_parameter_group(wire::Request& request, std::string_view name) {
    const auto key = key_name(name);
    auto found = TRY(parameter_groups.get(request.tx(), {request.account, request.region, key}));
    if (found) return std::move(*found);
    for (const auto& family : families()) {
        if (key != "default." + family) continue;
        return ParameterGroup{.name = key,
                              .family = family,
                              .description = "Default parameter group for " + family,
                              .parameters = {},
                              .tags = {}};
    }
    return api::db_parameter_group_not_found(fmt::format("DBParameterGroup not found: {}", name));
}

void save(wire::Request& request, const Instance& instance) {
    instances.put(request.tx(), {request.account, request.region, instance.identifier}, instance);
}

std::string instance_arn(const wire::Request& request, const std::string& identifier) {
    return request.arn("rds", "db:" + identifier);
}

Tags tags_from(const wire::List<api::Tag>& tags) {
    Tags made;
    for (const auto& tag : tags) made[tag.key.value_or("")] = tag.value.value_or("");
    return made;
}

wire::List<api::Tag> tags_to(const Tags& tags) {
    wire::List<api::Tag> made;
    made.present = true;
    for (const auto& [key, value] : tags) made.push_back({key, value});
    return made;
}

Unexpected invalid_value(std::string message) {
    return aws_error("InvalidParameterValue", std::move(message));
}

Unexpected invalid_combination(std::string message) {
    return aws_error("InvalidParameterCombination", std::move(message));
}

Result<void> check_input(std::string_view operation, const void* input,
                         std::initializer_list<std::string_view> supported) {
    const wire::Operation* known = api::model.find(operation);
    CHECK(known != nullptr);
    for (const auto& member : known->input->members) {
        if (std::find(supported.begin(), supported.end(), member.name) != supported.end()) continue;
        const void* value = wire::peek(member, input);
        if (value == nullptr || says_nothing(*member.shape, value)) continue;
        return invalid_combination(fmt::format(
            "Stormglass does not support the parameter {} of {}.", member.name, operation));
    }
    return {};
}

Result<bool> fits(const wire::List<api::Filter>& filters,
                  const std::function<std::optional<std::string>(std::string_view)>& value_of) {
    for (const auto& filter : filters) {
        const auto value = value_of(filter.name);
        if (!value) return invalid_value(fmt::format("Unrecognized filter name: {}", filter.name));
        const bool hit = std::any_of(
            filter.values.begin(), filter.values.end(), [&](const std::string& wanted) {
                return base::equals_ignore_case(wanted, *value);
            });
        if (!hit) return false;
    }
    return true;
}

Result<std::size_t> page_size(const std::optional<std::int64_t>& max_records) {
    const auto size = max_records.value_or(page_max);
    if (size < page_min || size > page_max) {
        return invalid_value(fmt::format("Invalid value {} for MaxRecords. Must be between {} and "
                                         "{}",
                                         size, page_min, page_max));
    }
    return static_cast<std::size_t>(size);
}

Result<void> check_identifier(std::string_view what, const std::string& name, std::size_t max) {
    const auto plain = [](unsigned char c) { return std::isalnum(c) || c == '-'; };
    const bool good = !name.empty() && name.size() <= max &&
                      std::isalpha(static_cast<unsigned char>(name.front())) &&
                      std::all_of(name.begin(), name.end(), plain) && name.back() != '-' &&
                      name.find("--") == name.npos;
    if (good) return {};
    return invalid_value(fmt::format(
        "The parameter {} is not a valid identifier. Identifiers must begin with a letter; must "
        "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or "
        "contain two consecutive hyphens.",
        what));
}

}  // namespace stormglass::rds
