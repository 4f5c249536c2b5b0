// Small things that every resource here needs: finding records, names, tags, refusing what we do
// not act on.
#pragma once

#include <functional>
#include <initializer_list>

#include "api/rds.h"
#include "services/rds/records.h"

namespace stormglass::rds {

/// Names are case-insensitive and kept in lower case.
std::string key_name(std::string_view name);

Result<std::optional<Instance>> find_instance(wire::Request& request, std::string_view name);
/// DBInstanceNotFound (404) when there is none.
Result<Instance> need_instance(wire::Request& request, std::string_view name);
Result<SubnetGroup> need_subnet_group(wire::Request& request, std::string_view name);
/// The default groups exist from the start, without a record.
Result<ParameterGroup> need_parameter_group(wire::Request& request, std::string_view name);
void save(wire::Request& request, const Instance& instance);

/// Identifiers of an instance's read replicas.
Result<std::vector<std::string>> replicas_of(wire::Request& request, const Instance& source);

std::string instance_arn(const wire::Request& request, const std::string& identifier);

Tags tags_from(const wire::List<api::Tag>& tags);
wire::List<api::Tag> tags_to(const Tags& tags);

Unexpected invalid_value(std::string message);
Unexpected invalid_combination(std::string message);

/// `supported` names the members of the operation's input (as the model spells them) that the
/// handler acts on; any other that says something is refused by name.
Result<void> check_input(std::string_view operation, const void* input,
                         std::initializer_list<std::string_view> supported);

/// Do an item's values fit every filter? `value_of` gives the item's value for a filter's name, or
/// nothing for a name that this operation does not know (an error).
Result<bool> fits(const wire::List<api::Filter>& filters,
                  const std::function<std::optional<std::string>(std::string_view)>& value_of);

/// Records on a page, as RDS counts them: 20 to 100, 100 by default.
Result<std::size_t> page_size(const std::optional<std::int64_t>& max_records);

/// An element's letters, as RDS wants identifiers: "MySQL_1" is refused, "my-sql-1" taken.
Result<void> check_identifier(std::string_view what, const std::string& name, std::size_t max);

}  // namespace stormglass::rds
