// GetItem, PutItem, UpdateItem and DeleteItem.
#include "services/dynamodb/service.h"
#include "services/dynamodb/write_request.h"

namespace stormglass::dynamodb {
namespace {

std::size_t bytes_of(const Written& written) {
    return std::max(written.before ? size_of(*written.before) : 0, written.after ? size_of(*written.after) : 0);
}

/// The attributes that an update wrote to, of the item before or after it.
Item touched(const std::vector<UpdateClause>& update, const std::optional<Item>& item) {
    std::vector<Path> paths;
    for (const auto& clause : update) paths.push_back(clause.path);
    return project(item.value_or(Item{}), paths);
}

Result<void> check_return_values(const std::optional<std::string>& wanted) {
    const std::string value = wanted.value_or("NONE");
    if (value == "NONE" || value == "ALL_OLD") return {};
    return invalid("Return values set to invalid value");
}

}  // namespace

Result<Table> Service::item_table(wire::Request& request, const std::string& name_or_arn) {
    const auto table = TRY(parsed_tables_.get(
        request.tx(), {request.account, request.region, name_of(name_or_arn)}));
    if (!table) return api::resource_not_found("Requested resource not found");
    return *table;
}

Result<api::GetItemOutput> Service::get_item(wire::Request& request, const api::GetItemInput& input) {
    TRY(refuse_legacy(input));
    const Item none;
    Placeholders placeholders(input.expression_attribute_names, none);
    TRY(placeholders.check_given(input.projection_expression.has_value()));
    std::vector<Path> paths;
    if (input.projection_expression) paths = TRY(parse_projection(*input.projection_expression, placeholders));
    TRY(placeholders.check_used());
    const Item key = TRY(checked_item(input.key));
    const Table table = TRY(item_table(request, input.table_name));
    TRY(check_key(table, key));
    auto item = TRY(read_item(request.tx(), table, key));
    api::GetItemOutput output;
    const auto access = input.consistent_read.value_or(false) ? Access::read_consistent : Access::read;
    output.consumed_capacity = capacity(input.return_consumed_capacity, table, item ? size_of(*item) : 0, access);
    if (!item) return output;
    output.item = paths.empty() ? std::move(*item) : project(*item, paths);
    output.item.present = true;
    return output;
}

Result<api::PutItemOutput> Service::put_item(wire::Request& request, const api::PutItemInput& input) {
    TRY(refuse_legacy(input));
    TRY(check_return_values(input.return_values));
    const auto write = TRY(read_write(WriteKind::put, TRY(item_table(request, input.table_name)), input.item,
                                      input.condition_expression, std::nullopt, input.expression_attribute_names,
                                      input.expression_attribute_values));
    auto written = TRY(carry_out(request.tx(), write,
                                on_failure_of(input.return_values_on_condition_check_failure), request.now));
    api::PutItemOutput output;
    output.consumed_capacity = capacity(input.return_consumed_capacity, write.table, bytes_of(written), Access::write);
    if (input.return_values.value_or("") == "ALL_OLD" && written.before) output.attributes = std::move(*written.before);
    return output;
}

Result<api::DeleteItemOutput> Service::delete_item(wire::Request& request, const api::DeleteItemInput& input) {
    TRY(refuse_legacy(input));
    TRY(check_return_values(input.return_values));
    const auto write = TRY(read_write(WriteKind::erase, TRY(item_table(request, input.table_name)), input.key,
                                      input.condition_expression, std::nullopt, input.expression_attribute_names,
                                      input.expression_attribute_values));
    auto written = TRY(carry_out(request.tx(), write,
                                on_failure_of(input.return_values_on_condition_check_failure), request.now));
    api::DeleteItemOutput output;
    output.consumed_capacity = capacity(input.return_consumed_capacity, write.table, bytes_of(written), Access::write);
    if (input.return_values.value_or("") == "ALL_OLD" && written.before) output.attributes = std::move(*written.before);
    return output;
}

Result<api::UpdateItemOutput> Service::update_item(wire::Request& request, const api::UpdateItemInput& input) {
    TRY(refuse_legacy(input));
    const auto write = TRY(read_write(WriteKind::update, TRY(item_table(request, input.table_name)), input.key,
                                      input.condition_expression, input.update_expression,
                                      input.expression_attribute_names, input.expression_attribute_values));
    auto written = TRY(carry_out(request.tx(), write,
                                on_failure_of(input.return_values_on_condition_check_failure), request.now));
    api::UpdateItemOutput output;
    output.consumed_capacity = capacity(input.return_consumed_capacity, write.table, bytes_of(written), Access::write);
    const std::string wanted = input.return_values.value_or("NONE");
    if (wanted == "ALL_OLD" && written.before) output.attributes = std::move(*written.before);
    if (wanted == "ALL_NEW") output.attributes = std::move(*written.after);
    if (wanted == "UPDATED_OLD") output.attributes = touched(write.update, written.before);
    if (wanted == "UPDATED_NEW") output.attributes = touched(write.update, written.after);
    output.attributes.present = !output.attributes.empty();
    return output;
}

}  // namespace stormglass::dynamodb
