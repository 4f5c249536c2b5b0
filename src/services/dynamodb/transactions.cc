// TransactGetItems and TransactWriteItems: all in the request's one transaction, or nothing.
#include <set>

#include "base/json.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/write_request.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::size_t transaction_items_max = 100;
constexpr double transaction_factor = 2;  // Transactions consume twice the capacity.

/// Reads one element of a transaction, after asking for its own action.
template <class Part>
Result<WriteRequest> read_part(wire::Request& request, WriteKind kind, const Part& part, const Item& item,
                               const std::optional<std::string>& update) {
    static constexpr const char* actions[] = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem",
                                              "dynamodb:ConditionCheckItem"};
    Table table = TRY(need_item_table(request, part.table_name));
    TRY(request.authorize({.action = actions[static_cast<int>(kind)], .resource = table_arn(table)}));
    std::optional<std::string> condition(part.condition_expression);
    return read_write(kind, std::move(table), item, condition, update, part.expression_attribute_names,
                      part.expression_attribute_values);
}

struct Part {
    WriteRequest write;
    OnFailure on_failure;
};

Result<Part> part_of(wire::Request& request, const api::TransactWriteItem& item) {
    const int given = item.put.has_value() + item.update.has_value() + item.delete_.has_value() +
                      item.condition_check.has_value();
    if (given != 1) {
        return invalid("TransactItems can only contain one of Check, Put, Update or Delete");
    }
    const auto made = [&](WriteKind kind, const auto& part, const Item& what,
                          const std::optional<std::string>& update) -> Result<Part> {
        return Part{TRY(read_part(request, kind, part, what, update)),
                    on_failure_of(part.return_values_on_condition_check_failure)};
    };
    if (item.put) return made(WriteKind::put, *item.put, item.put->item, std::nullopt);
    if (item.delete_) return made(WriteKind::erase, *item.delete_, item.delete_->key, std::nullopt);
    if (item.update) return made(WriteKind::update, *item.update, item.update->key, item.update->update_expression);
    return made(WriteKind::check, *item.condition_check, item.condition_check->key, std::nullopt);
}

struct Reason {
    std::string code = "None", message, item;
};

Unexpected cancelled(const std::vector<Reason>& reasons) {
    std::vector<std::string> codes, details;
    for (const auto& reason : reasons) {
        codes.push_back(reason.code);
        std::string text = "{\"Code\":\"" + reason.code + "\"";
        if (!reason.message.empty()) text += ",\"Message\":" + base::Json(reason.message).dump();
        if (!reason.item.empty()) text += ",\"Item\":" + reason.item;
        details.push_back(text + "}");
    }
    Error error = api::transaction_canceled(fmt::format("Transaction cancelled, please refer cancellation reasons for "
                                                        "specific reasons [{}]", fmt::join(codes, ", "))).error();
    error.details = fmt::format("{{\"CancellationReasons\":[{}]}}", fmt::join(details, ","));
    return Unexpected(std::move(error));
}

/// What one element's failure contributes; errors that are not the client's stay errors.
Result<Reason> reason_of(const Error& error) {
    if (error.domain != Domain::aws) return Unexpected(error);
    Reason reason;
    reason.message = error.message;
    if (error.code == "ConditionalCheckFailedException") {
        reason.code = "ConditionalCheckFailed";
        // Its details are {"Item": ...}.
        if (!error.details.empty()) reason.item = error.details.substr(8, error.details.size() - 9);
    } else {
        reason.code = "ValidationError";
    }
    return reason;
}

}  // namespace

Result<api::TransactGetItemsOutput> Service::transact_get_items(wire::Request& request,
                                                                const api::TransactGetItemsInput& input) {
    api::TransactGetItemsOutput output;
    if (input.transact_items.size() > transaction_items_max) return invalid("Member must have length less than or equal to 100");
    for (const auto& [get] : input.transact_items) {
        const Table table = TRY(need_item_table(request, get.table_name));
        TRY(request.authorize({.action = "dynamodb:GetItem", .resource = table_arn(table)}));
        const Item none;
        Placeholders placeholders(get.expression_attribute_names, none);
        TRY(placeholders.check_given(get.projection_expression.has_value()));
        std::vector<Path> paths;
        if (get.projection_expression) paths = TRY(parse_projection(*get.projection_expression, placeholders));
        TRY(placeholders.check_used());
        const Item key = TRY(checked_item(get.key));
        TRY(check_key(table, key));
        auto item = TRY(read_item(request.tx(), table, key));
        auto& response = output.responses.emplace_back();
        const std::size_t bytes = item ? size_of(*item) : 0;
        if (item) {
            response.item = paths.empty() ? std::move(*item) : project(*item, paths);
            response.item.present = true;
        }
        if (auto used = capacity(input.return_consumed_capacity, table, bytes, Access::read_consistent, transaction_factor)) {
            output.consumed_capacity.push_back(std::move(*used));
        }
    }
    return output;
}

Result<api::TransactWriteItemsOutput> Service::transact_write_items(wire::Request& request,
                                                                    const api::TransactWriteItemsInput& input) {
    std::vector<Part> all;
    std::set<std::string> places;
    for (const auto& item : input.transact_items) {
        all.push_back(TRY(part_of(request, item)));
        const auto& write = all.back().write;
        if (!places.insert(TRY(item_place(write.table, write.item))).second) {
            return invalid("Transaction request cannot include multiple operations on one item");
        }
    }
    api::TransactWriteItemsOutput output;
    std::vector<Reason> reasons(all.size());
    bool failed = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto written = carry_out(request.tx(), all[i].write, all[i].on_failure, request.now);
        if (!written) {
            reasons[i] = TRY(reason_of(written.error()));
            failed = true;
            continue;
        }
        const Item& weighed = written->after ? *written->after : all[i].write.item;
        if (auto used = capacity(input.return_consumed_capacity, all[i].write.table, size_of(weighed), Access::write,
                                 transaction_factor)) {
            output.consumed_capacity.push_back(std::move(*used));
        }
    }
    // The gateway commits nothing of a request that fails.
    if (failed) return cancelled(reasons);
    return output;
}

}  // namespace stormglass::dynamodb
