#include "services/dynamodb/write_request.h"

#include "base/json.h"
#include "services/dynamodb/service.h"
#include "wire/body/json.h"

namespace stormglass::dynamodb {
namespace {

Unexpected check_failed(const std::optional<Item>& there, OnFailure on_failure) {
    Error error = api::conditional_check_failed("The conditional request failed").error();
    if (on_failure == OnFailure::show_old && there) {
        error.details = "{\"Item\":" + item_json(*there) + "}";
    }
    return Unexpected(std::move(error));
}

}  // namespace

OnFailure on_failure_of(const std::optional<std::string>& wanted) {
    return wanted.value_or("NONE") == "ALL_OLD" ? OnFailure::show_old : OnFailure::plain;
}

std::string item_json(const Item& item) {
    // By way of an output that holds nothing but the item.
    api::GetItemOutput holder;
    holder.item = item;
    holder.item.present = true;
    const std::string text = wire::body::write_json(*api::model.find("GetItem")->output, &holder);
    const auto colon = text.find(':');
    return text.substr(colon + 1, text.size() - colon - 2);
}

Result<WriteRequest> read_write(WriteKind kind, Table table, const Item& item_or_key,
                                const std::optional<std::string>& condition,
                                const std::optional<std::string>& update, const wire::Map<std::string>& names,
                                const Item& values) {
    WriteRequest write{kind, std::move(table), TRY(checked_item(item_or_key)), std::nullopt, {}};
    Placeholders placeholders(names, values);
    TRY(placeholders.check_given(condition || update));
    if (update) write.update = TRY(parse_update(*update, placeholders));
    if (condition) write.condition = TRY(parse_condition(*condition, "ConditionExpression", placeholders));
    TRY(placeholders.check_used());
    if (kind == WriteKind::put) {
        TRY(check_item_key(write.table, write.item));
    } else {
        TRY(check_key(write.table, write.item));
    }
    for (const auto& clause : write.update) {
        const std::string& name = clause.path.front().name;
        if (name != write.table.key.hash && name != write.table.key.range) continue;
        return invalid_parameter(fmt::format("Cannot update attribute {}. This attribute is part of the key", name));
    }
    return write;
}

Result<Written> carry_out(store::Tx& tx, const WriteRequest& write, OnFailure on_failure, base::Time now) {
    Written written;
    written.before = TRY(read_item(tx, write.table, key_of(write.table.key, write.item)));
    if (write.condition && !holds(*write.condition, written.before.value_or(Item{}))) {
        return check_failed(written.before, on_failure);
    }
    switch (write.kind) {
        case WriteKind::check: return written;
        case WriteKind::erase: break;
        case WriteKind::put: written.after = write.item; break;
        case WriteKind::update: {
            Item item = written.before.value_or(write.item);
            TRY(apply_update(write.update, item));
            TRY(check_item_key(write.table, item));
            written.after = std::move(item);
            break;
        }
    }
    TRY(write_item(tx, write.table, written.before, written.after, now));
    return written;
}

}  // namespace stormglass::dynamodb
