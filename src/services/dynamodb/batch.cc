// BatchGetItem and BatchWriteItem.
#include <set>

#include "services/dynamodb/service.h"
#include "services/dynamodb/write_request.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::size_t gets_max = 100, writes_max = 25;
constexpr std::size_t answer_bytes_max = 16 * 1024 * 1024;

Result<void> may(wire::Request& request, const char* action, const Table& table) {
    return request.authorize({.action = action, .resource = table_arn(table)});
}

Unexpected too_many(std::size_t most) {
    return invalid(most == gets_max ? "Too many items requested for the BatchGetItem call"
                                    : "Too many items requested for the BatchWriteItem call");
}

}  // namespace

Result<api::BatchGetItemOutput> Service::batch_get_item(wire::Request& request, const api::BatchGetItemInput& input) {
    api::BatchGetItemOutput output;
    output.responses.present = output.unprocessed_keys.present = true;
    std::size_t count = 0, bytes = 0;
    for (const auto& [name, wanted] : input.request_items) count += wanted.keys.size();
    if (count > gets_max) return too_many(gets_max);
    for (const auto& [name, wanted] : input.request_items) {
        TRY(refuse_legacy(wanted));
        const Table table = TRY(need_item_table(request, name));
        TRY(may(request, "dynamodb:BatchGetItem", table));
        const Item none;
        Placeholders placeholders(wanted.expression_attribute_names, none);
        TRY(placeholders.check_given(wanted.projection_expression.has_value()));
        std::vector<Path> paths;
        if (wanted.projection_expression) paths = TRY(parse_projection(*wanted.projection_expression, placeholders));
        TRY(placeholders.check_used());
        auto& found = output.responses[name];
        found.present = true;
        std::set<std::string> seen;
        std::size_t table_bytes = 0;
        for (const auto& raw : wanted.keys) {
            const Item key = TRY(checked_item(raw));
            TRY(check_key(table, key));
            if (!seen.insert(TRY(item_place(table, key))).second) {
                return invalid("Provided list of item keys contains duplicates");
            }
            if (bytes >= answer_bytes_max) {
                auto& rest = output.unprocessed_keys[name];
                if (!rest.keys.present) {
                    rest = wanted;
                    rest.keys.clear();
                    rest.keys.present = true;
                }
                rest.keys.push_back(raw);
                continue;
            }
            auto item = TRY(read_item(request.tx(), table, key));
            if (!item) continue;
            table_bytes += size_of(*item);
            bytes += size_of(*item);
            found.push_back(paths.empty() ? std::move(*item) : project(*item, paths));
            found.back().present = true;
        }
        const auto access = wanted.consistent_read.value_or(false) ? Access::read_consistent : Access::read;
        if (auto used = capacity(input.return_consumed_capacity, table, table_bytes, access)) {
            output.consumed_capacity.push_back(std::move(*used));
        }
    }
    return output;
}

Result<api::BatchWriteItemOutput> Service::batch_write_item(wire::Request& request,
                                                            const api::BatchWriteItemInput& input) {
    api::BatchWriteItemOutput output;
    output.unprocessed_items.present = true;
    std::size_t count = 0;
    for (const auto& [name, writes] : input.request_items) count += writes.size();
    if (count > writes_max) return too_many(writes_max);
    for (const auto& [name, writes] : input.request_items) {
        const Table table = TRY(need_item_table(request, name));
        TRY(may(request, "dynamodb:BatchWriteItem", table));
        std::set<std::string> seen;
        std::size_t bytes = 0;
        for (const auto& one : writes) {
            if (one.put_request.has_value() == one.delete_request.has_value()) {
                return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
                               "supported datatypes");
            }
            const auto write = TRY(read_write(one.put_request ? WriteKind::put : WriteKind::erase, table,
                                              one.put_request ? one.put_request->item : one.delete_request->key,
                                              std::nullopt, std::nullopt, {}, {}));
            if (!seen.insert(TRY(item_place(table, write.item))).second) {
                return invalid("Provided list of item keys contains duplicates");
            }
            const auto written = TRY(carry_out(request.tx(), write, OnFailure::plain, request.now));
            bytes += size_of(written.after ? *written.after : write.item);
        }
        if (auto used = capacity(input.return_consumed_capacity, table, bytes, Access::write)) {
            output.consumed_capacity.push_back(std::move(*used));
        }
    }
    return output;
}

}  // namespace stormglass::dynamodb
