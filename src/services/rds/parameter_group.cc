// DB parameter groups. The record is what is wanted; each instance's in_force says what its servers
// have (parameters_wanted.h puts the two together).
#include "base/strings.h"
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"
#include "services/rds/parameter_catalogue.h"
#include "services/rds/service.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t name_max = 255;
constexpr std::size_t parameters_per_call_max = 20;
constexpr std::string_view default_prefix = "default.";

std::string group_arn(const wire::Request& request, const std::string& name) {
    return request.arn("rds", "pg:" + name);
}

api::DBParameterGroup view_group(const wire::Request& request, const ParameterGroup& group) {
    return {.db_parameter_group_name = group.name,
            .db_parameter_group_family = group.family,
            .description = group.description,
            .db_parameter_group_arn = group_arn(request, group.name)};
}

void put(wire::Request& request, const ParameterGroup& group) {
    parameter_groups.put(request.tx(), {request.account, request.region, group.name}, group);
}

Result<ParameterGroup> need_own_group(wire::Request& request, const std::string& name) {
    if (key_name(name).starts_with(default_prefix)) {
        return invalid_value("The parameter group " + name + " cannot be modified.");
    }
    return need_parameter_group(request, name);
}

Result<const CatalogueParameter*> need_parameter(const std::string& name) {
    if (const auto* found = find_parameter(name)) return found;
    return invalid_value(fmt::format(
        "Could not find parameter with name: {} (Stormglass does not offer parameters that its "
        "serving engine, MariaDB, cannot honour).",
        name));
}

Result<bool> is_pending_reboot(const CatalogueParameter& known, const api::Parameter& asked) {
    const auto method = asked.apply_method.value_or("");
    if (method == "pending-reboot") return true;
    if (method != "immediate") {
        return invalid_value(fmt::format("Invalid ApplyMethod for parameter {}.", known.name));
    }
    if (!known.is_static()) return false;
    return invalid_combination(
        fmt::format("cannot use immediate apply method for static parameter: {}", known.name));
}

api::Parameter view_parameter(const CatalogueParameter& known, const GroupParameter* set) {
    api::Parameter item;
    item.parameter_name = known.name;
    if (known.value[0] != '\0') item.parameter_value = known.value;
    item.description = known.description;
    item.source = known.value[0] != '\0' ? "system" : "engine-default";
    item.apply_type = known.apply_type;
    item.data_type = known.data_type;
    if (known.allowed[0] != '\0') item.allowed_values = known.allowed;
    item.is_modifiable = true;
    item.apply_method = "pending-reboot";
    if (set != nullptr && !set->reset) {
        item.parameter_value = set->value;
        item.source = "user";
        item.apply_method = set->pending_reboot ? "pending-reboot" : "immediate";
    }
    return item;
}

std::vector<api::Parameter> view_parameters(const ParameterGroup& group,
                                            const std::optional<std::string>& source) {
    std::vector<api::Parameter> made;
    for (const auto& known : parameter_catalogue()) {
        const auto set = group.parameters.find(known.name);
        auto item = view_parameter(known, set == group.parameters.end() ? nullptr : &set->second);
        if (!source || *item.source == *source) made.push_back(std::move(item));
    }
    return made;
}

/// Taken back: dynamic ones at once or at the next reboot, static ones at the next reboot.
void reset_all(ParameterGroup& group) {
    for (auto& [name, parameter] : group.parameters) {
        const auto* known = find_parameter(name);
        parameter = {.value = "",
                     .pending_reboot = known == nullptr || known->is_static(),
                     .reset = true};
    }
}

}  // namespace

Result<api::CreateDBParameterGroupOutput> Service::create_db_parameter_group(
    wire::Request& request, const api::CreateDBParameterGroupInput& input) {
    const auto name = key_name(input.db_parameter_group_name);
    TRY(check_identifier("DBParameterGroupName", name, name_max));
    const auto& known = families();
    if (std::find(known.begin(), known.end(), input.db_parameter_group_family) == known.end()) {
        return invalid_value(fmt::format("ParameterGroupFamily {} is not a valid parameter group "
                                         "family (Stormglass offers {})",
                                         input.db_parameter_group_family, base::join(known, ", ")));
    }
    if (TRY(parameter_groups.contains(request.tx(), {request.account, request.region, name}))) {
        return api::db_parameter_group_already_exists(
            fmt::format("Parameter group {} already exists", name));
    }
    const ParameterGroup group{.name = name,
                               .family = input.db_parameter_group_family,
                               .description = input.description,
                               .parameters = {},
                               .tags = tags_from(input.tags)};
    put(request, group);
    return api::CreateDBParameterGroupOutput{view_group(request, group)};
}

Result<api::ModifyDBParameterGroupOutput> Service::modify_db_parameter_group(
    wire::Request& request, const api::ModifyDBParameterGroupInput& input) {
    auto group = TRY(need_own_group(request, input.db_parameter_group_name));
    if (input.parameters.size() > parameters_per_call_max) {
        return invalid_value("A maximum of 20 parameters can be modified in a single request.");
    }
    for (const auto& asked : input.parameters) {
        const auto& known = *TRY(need_parameter(asked.parameter_name.value_or("")));
        if (!asked.parameter_value) {
            return invalid_value(fmt::format("ParameterValue is missing for {}.", known.name));
        }
        TRY(check_value(known, *asked.parameter_value));
        if (known.name == std::string_view("collation_server") &&
            asked.parameter_value->find("_0900_") != std::string::npos) {
            return invalid_value("Stormglass does not support the collation " +
                                 *asked.parameter_value +
                                 ": its serving engine is MariaDB, which lacks it; the nearest is "
                                 "utf8mb4_uca1400_ai_ci.");
        }
        group.parameters[known.name] = {.value = *asked.parameter_value,
                                        .pending_reboot = TRY(is_pending_reboot(known, asked)),
                                        .reset = false};
    }
    put(request, group);
    return api::ModifyDBParameterGroupOutput{group.name};
}

Result<api::ResetDBParameterGroupOutput> Service::reset_db_parameter_group(
    wire::Request& request, const api::ResetDBParameterGroupInput& input) {
    auto group = TRY(need_own_group(request, input.db_parameter_group_name));
    if (input.reset_all_parameters.value_or(false)) {
        reset_all(group);
    } else if (input.parameters.empty()) {
        return invalid_combination(
            "Either ResetAllParameters or a list of parameters must be given.");
    }
    for (const auto& asked : input.parameters) {
        const auto& known = *TRY(need_parameter(asked.parameter_name.value_or("")));
        group.parameters[known.name] = {.value = "",
                                        .pending_reboot = TRY(is_pending_reboot(known, asked)),
                                        .reset = true};
    }
    put(request, group);
    return api::ResetDBParameterGroupOutput{group.name};
}

Result<api::DeleteDBParameterGroupOutput> Service::delete_db_parameter_group(
    wire::Request& request, const api::DeleteDBParameterGroupInput& input) {
    const auto name = key_name(input.db_parameter_group_name);
    if (name.starts_with(default_prefix)) {
        return api::invalid_db_parameter_group_state(
            "Default DBParameterGroup cannot be deleted: " + name);
    }
    TRY(need_parameter_group(request, name));
    for (const auto& instance :
         TRY(instances.all(request.tx(), {request.account, request.region}))) {
        if (instance.parameter_group != name) continue;
        return api::invalid_db_parameter_group_state(
            "One or more database instances are still members of this parameter group " + name +
            ", so the group cannot be deleted");
    }
    parameter_groups.erase(request.tx(), {request.account, request.region, name});
    return api::DeleteDBParameterGroupOutput{};
}

Result<api::DescribeDBParameterGroupsOutput> Service::describe_db_parameter_groups(
    wire::Request& request, const api::DescribeDBParameterGroupsInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    std::vector<ParameterGroup> found;
    if (input.db_parameter_group_name) {
        found.push_back(TRY(need_parameter_group(request, *input.db_parameter_group_name)));
    } else {
        for (const auto& family : families()) {
            found.push_back(TRY(need_parameter_group(request, "default." + family)));
        }
        for (auto& group :
             TRY(parameter_groups.all(request.tx(), {request.account, request.region}))) {
            found.push_back(std::move(group));
        }
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBParameterGroupsOutput output;
    for (const auto& group : page.items) {
        output.db_parameter_groups.push_back(view_group(request, group));
    }
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::DescribeDBParametersOutput> Service::describe_db_parameters(
    wire::Request& request, const api::DescribeDBParametersInput& input) {
    if (input.filters.given()) return invalid_value("This operation takes no filters.");
    const auto group = TRY(need_parameter_group(request, input.db_parameter_group_name));
    auto page = TRY(services::page_of(view_parameters(group, input.source),
                                      input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBParametersOutput output;
    output.parameters = std::move(page.items);
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

Result<api::DescribeEngineDefaultParametersOutput> Service::describe_engine_default_parameters(
    wire::Request& request, const api::DescribeEngineDefaultParametersInput& input) {
    const auto group =
        TRY(need_parameter_group(request, "default." + input.db_parameter_group_family));
    auto page = TRY(services::page_of(view_parameters(group, std::nullopt),
                                      input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::EngineDefaults defaults;
    defaults.db_parameter_group_family = group.family;
    defaults.parameters = std::move(page.items);
    if (!page.next.empty()) defaults.marker = page.next;
    return api::DescribeEngineDefaultParametersOutput{std::move(defaults)};
}

}  // namespace stormglass::rds
