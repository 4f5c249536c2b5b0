// One write of an item, as PutItem, UpdateItem, DeleteItem and the transactional operations make it.
#pragma once

#include "services/dynamodb/evaluate.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/table_shapes.h"

namespace stormglass::dynamodb {

enum class WriteKind { put, update, erase, check };

struct WriteRequest {
    WriteKind kind;
    Table table;
    Item item;  // The whole item for a put, else the key.
    std::optional<Node> condition;
    std::vector<UpdateClause> update;
};

struct Written {
    std::optional<Item> before, after;
};

/// Reads condition and update of an input that has the usual members.
Result<WriteRequest> read_write(WriteKind kind, Table table, const Item& item_or_key,
                                const std::optional<std::string>& condition,
                                const std::optional<std::string>& update, const wire::Map<std::string>& names,
                                const Item& values);
/// ConditionalCheckFailedException, with the item there in its details when `show_old`.
enum class OnFailure { plain, show_old };
Result<Written> carry_out(store::Tx& tx, const WriteRequest& write, OnFailure on_failure, base::Time now);
/// "ALL_OLD" of ReturnValuesOnConditionCheckFailure.
OnFailure on_failure_of(const std::optional<std::string>& wanted);
/// An item as JSON, as error details carry it.
std::string item_json(const Item& item);

/// The parameters from before expressions existed.
template <class Input>
Result<void> refuse_legacy(const Input& input) {
    const auto refuse = [](const char* name) {
        return invalid(fmt::format("Stormglass does not support the legacy parameter {}; use expressions", name));
    };
    if constexpr (requires { input.expected; }) {
        if (input.expected.given()) return refuse("Expected");
    }
    if constexpr (requires { input.conditional_operator; }) {
        if (input.conditional_operator) return refuse("ConditionalOperator");
    }
    if constexpr (requires { input.attribute_updates; }) {
        if (input.attribute_updates.given()) return refuse("AttributeUpdates");
    }
    if constexpr (requires { input.attributes_to_get; }) {
        if (input.attributes_to_get.given()) return refuse("AttributesToGet");
    }
    if constexpr (requires { input.key_conditions; }) {
        if (input.key_conditions.given()) return refuse("KeyConditions");
    }
    if constexpr (requires { input.query_filter; }) {
        if (input.query_filter.given()) return refuse("QueryFilter");
    }
    if constexpr (requires { input.scan_filter; }) {
        if (input.scan_filter.given()) return refuse("ScanFilter");
    }
    return {};
}

}  // namespace stormglass::dynamodb
