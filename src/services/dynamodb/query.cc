// Query and Scan: a walk over the entries of a table or an index, in order, a page at a time.
#include <functional>

#include "services/dynamodb/number.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/write_request.h"

namespace stormglass::dynamodb {
namespace {

constexpr std::size_t page_bytes_max = 1024 * 1024;
constexpr std::int64_t segments_max = 1'000'000;

/// What Query and Scan have in common, read from either.
struct Walk {
    std::shared_ptr<const Table> table_held;  // `index` and `key` point into it.
    const Table& table;
    const Index* index = nullptr;
    const KeySchema* key = nullptr;
    std::optional<Node> filter{};
    std::vector<Path> projection{};
    std::string from{}, to{};
    store::Direction direction = store::Direction::forward;
    std::optional<std::size_t> limit{};
    bool count_only = false;
    std::function<bool(const Item&)> wanted{};  // Beyond the range; may be empty.
};

template <class Input>
Result<Walk> begin_walk(wire::Request& request, const Input& input, Placeholders& placeholders, bool any_other) {
    TRY(refuse_legacy(input));
    TRY(placeholders.check_given(any_other || input.filter_expression || input.projection_expression));
    const auto held = std::make_shared<const Table>(TRY(need_item_table(request, input.table_name)));
    Walk walk{held, *held};
    if (input.index_name) {
        walk.index = find_index(walk.table, *input.index_name);
        if (walk.index == nullptr) {
            return invalid(fmt::format("The table does not have the specified index: {}", *input.index_name));
        }
        if (walk.index->global && input.consistent_read.value_or(false)) {
            return invalid("Consistent reads are not supported on global secondary indexes");
        }
    }
    walk.key = walk.index != nullptr ? &walk.index->key : &walk.table.key;
    if (input.filter_expression) {
        walk.filter = TRY(parse_condition(*input.filter_expression, "FilterExpression", placeholders));
    }
    if (input.projection_expression) walk.projection = TRY(parse_projection(*input.projection_expression, placeholders));
    const std::string select = input.select.value_or("");
    if (select == "COUNT" && input.projection_expression) {
        return invalid("Cannot specify the ProjectionExpression when choosing to get only the Count");
    }
    if (select == "ALL_ATTRIBUTES" && walk.index != nullptr && walk.index->projection != "ALL") {
        return walk.index->global
                   ? invalid_parameter(fmt::format("Select type ALL_ATTRIBUTES is not supported for global secondary "
                                                   "index {} because its projection type is not ALL", walk.index->name))
                   : invalid("Stormglass does not support fetching attributes that a local secondary index "
                             "does not project");
    }
    walk.count_only = select == "COUNT";
    if (input.limit) walk.limit = static_cast<std::size_t>(*input.limit);
    walk.from = entries_prefix(walk.table, walk.index);
    walk.to = store::prefix_end(walk.from);
    return walk;
}

/// Goes on after the entry that an earlier page ended with.
Result<void> resume(Walk& walk, const Item& start) {
    if (!start.given()) return {};
    const Item key = TRY(checked_item(start));
    const auto complete = [&](const KeySchema& schema) {
        for (const auto& name : {schema.hash, schema.range}) {
            if (name.empty()) continue;
            const auto found = key.find(name);
            if (found == key.end() || type_name(type_of(found->second)) != walk.table.attributes.at(name)) return false;
        }
        return true;
    };
    std::size_t names = key_of(walk.table.key, key).size();
    if (walk.index != nullptr) {
        Item both = key_of(walk.table.key, key);
        for (const auto& [name, value] : key_of(walk.index->key, key)) both[name] = value;
        names = both.size();
    }
    if (!complete(walk.table.key) || !complete(*walk.key) || names != key.size()) {
        return invalid("The provided starting key is invalid");
    }
    const std::string place = TRY(entry_place(walk.table, walk.index, key));
    if (walk.direction == store::Direction::forward) {
        walk.from = std::max(walk.from, store::prefix_end(place));
    } else {
        walk.to = std::min(walk.to, place);
    }
    return {};
}

/// Fills the output with one page.
template <class Output>
Result<void> run(wire::Request& request, const Walk& walk, Output& output, std::size_t& bytes) {
    std::size_t scanned = 0, matched = 0;
    std::optional<Item> last;
    bool more = false;
    Result<void> outcome;
    if (walk.from >= walk.to) {
        output.items.present = !walk.count_only;
        output.count = output.scanned_count = 0;
        return {};
    }
    const auto visit = [&](const std::string_view value) -> Result<store::Step> {
        Item item = TRY(decode_item(value));
        if (walk.wanted && !walk.wanted(item)) return store::Step::next;
        if ((walk.limit && scanned == *walk.limit) || bytes >= page_bytes_max) {
            more = true;
            return store::Step::stop;
        }
        ++scanned;
        bytes += size_of(item);
        Item key = key_of(walk.table.key, item);
        if (walk.index != nullptr) {
            for (const auto& [name, part] : key_of(walk.index->key, item)) key[name] = part;
        }
        last = std::move(key);
        if (walk.filter && !holds(*walk.filter, item)) return store::Step::next;
        ++matched;
        if (!walk.count_only) {
            output.items.push_back(walk.projection.empty() ? std::move(item) : project(item, walk.projection));
            output.items.back().present = true;
        }
        return store::Step::next;
    };
    TRY(request.tx().scan(walk.from, walk.to, walk.direction, [&](std::string_view, std::string_view value) {
        auto step = visit(value);
        if (step) return *step;
        outcome = Unexpected(step.error());
        return store::Step::stop;
    }));
    TRY(std::move(outcome));
    output.items.present = !walk.count_only;
    output.count = static_cast<std::int64_t>(matched);
    output.scanned_count = static_cast<std::int64_t>(scanned);
    // A page that is full says where it ended, though it may have been the last.
    if ((more || (walk.limit && scanned == *walk.limit)) && last) output.last_evaluated_key = std::move(*last);
    return {};
}

Unexpected unsupported_key_condition() { return invalid("Query key condition not supported"); }

/// A condition on the key: its parts that are joined by AND.
Result<std::map<std::string, const Node*>> key_parts(const Node& condition) {
    std::vector<const Node*> nodes;
    const std::function<void(const Node&)> collect = [&](const Node& node) {
        if (node.kind == Node::Kind::all_of) {
            for (const auto& child : node.children) collect(child);
        } else {
            nodes.push_back(&node);
        }
    };
    collect(condition);
    std::map<std::string, const Node*> parts;
    for (const Node* node : nodes) {
        if (node->kind == Node::Kind::any_of || node->kind == Node::Kind::negation || node->kind == Node::Kind::in) {
            return invalid(fmt::format("Invalid operator used in KeyConditionExpression: {}",
                                       node->kind == Node::Kind::any_of ? "OR" : node->kind == Node::Kind::in ? "IN" : "NOT"));
        }
        const bool by_path = !node->children.empty() && node->children[0].kind == Node::Kind::path;
        if (!by_path || node->children[0].path.size() != 1) return unsupported_key_condition();
        for (std::size_t i = 1; i < node->children.size(); ++i) {
            if (node->children[i].kind != Node::Kind::value) return unsupported_key_condition();
        }
        if (node->name == "<>") return invalid("Unsupported operator on KeyConditionExpression: operator: <>");
        if (node->kind == Node::Kind::function && node->name != "begins_with") {
            return invalid("Invalid operator used in KeyConditionExpression: " + node->name);
        }
        if (!parts.emplace(node->children[0].path.front().name, node).second) {
            return invalid("KeyConditionExpressions must only contain one condition per key");
        }
    }
    return parts;
}

Result<void> check_key_type(const Table& table, const std::string& name, const Node& node) {
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        const Type type = type_of(node.children[i].value);
        if (type_name(type) != table.attributes.at(name)) {
            return invalid("One or more parameter values were invalid: Condition parameter type does not match schema type");
        }
        if (node.children[i].value.s && node.children[i].value.s->empty()) {
            return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key "
                                       "attribute cannot contain an empty string value. Key: {}", name));
        }
    }
    return {};
}

/// Narrows the walk to what the condition on the range key lets through.
Result<void> narrow(Walk& walk, const Node& node) {
    const auto part = [&](std::size_t i) -> Result<std::string> {
        return store::Parts{TRY(ordered_bytes_of(node.children[i].value))}.encoded();
    };
    const std::string base = walk.from;
    const auto at_least = [&](const std::string& place) { walk.from = std::max(walk.from, place); };
    const auto below = [&](const std::string& place) { walk.to = std::min(walk.to, place); };
    const std::string low = base + TRY(part(1));
    if (node.kind == Node::Kind::between) {
        at_least(low);
        below(store::prefix_end(base + TRY(part(2))));
    } else if (node.kind == Node::Kind::function) {  // begins_with: without the part's end mark.
        const std::string begin = low.substr(0, low.size() - 2);
        at_least(begin);
        below(store::prefix_end(begin));
    } else if (node.name == "=") {
        at_least(low);
        below(store::prefix_end(low));
    } else if (node.name == "<") {
        below(low);
    } else if (node.name == "<=") {
        below(store::prefix_end(low));
    } else if (node.name == ">") {
        at_least(store::prefix_end(low));
    } else {
        at_least(low);
    }
    return {};
}

Result<void> apply_key_condition(Walk& walk, const Node& condition) {
    const auto parts = TRY(key_parts(condition));
    const auto hash = parts.find(walk.key->hash);
    if (hash == parts.end()) return invalid("Query condition missed key schema element: " + walk.key->hash);
    if (hash->second->kind != Node::Kind::comparison || hash->second->name != "=") return unsupported_key_condition();
    for (const auto& [name, node] : parts) {
        if (name != walk.key->hash && name != walk.key->range) {
            return walk.key->range.empty() || parts.size() > 2
                       ? unsupported_key_condition()
                       : invalid("Query condition missed key schema element: " + walk.key->range);
        }
        TRY(check_key_type(walk.table, name, *node));
    }
    walk.from += store::Parts{TRY(ordered_bytes_of(hash->second->children[1].value))}.encoded();
    walk.to = store::prefix_end(walk.from);
    const auto range = parts.find(walk.key->range);
    return range == parts.end() ? Result<void>{} : narrow(walk, *range->second);
}

Result<void> check_filter(const Walk& walk) {
    if (!walk.filter) return {};
    Result<void> outcome;
    const std::function<void(const Node&)> look = [&](const Node& node) {
        if (node.kind == Node::Kind::path && outcome &&
            (node.path.front().name == walk.key->hash || node.path.front().name == walk.key->range)) {
            outcome = invalid(fmt::format("Filter Expression can only contain non-primary key attributes: Primary key "
                                          "attribute: {}", node.path.front().name));
        }
        for (const auto& child : node.children) look(child);
    };
    look(*walk.filter);
    return outcome;
}

}  // namespace

Result<api::QueryOutput> Service::query(wire::Request& request, const api::QueryInput& input) {
    Placeholders placeholders(input.expression_attribute_names, input.expression_attribute_values);
    Walk walk = TRY(begin_walk(request, input, placeholders, input.key_condition_expression.has_value()));
    if (!input.key_condition_expression) {
        return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
    }
    const Node condition =
        TRY(parse_condition(*input.key_condition_expression, "KeyConditionExpression", placeholders));
    TRY(placeholders.check_used());
    TRY(apply_key_condition(walk, condition));
    TRY(check_filter(walk));
    if (!input.scan_index_forward.value_or(true)) walk.direction = store::Direction::backward;
    TRY(resume(walk, input.exclusive_start_key));
    api::QueryOutput output;
    std::size_t bytes = 0;
    TRY(run(request, walk, output, bytes));
    const auto access = input.consistent_read.value_or(false) ? Access::read_consistent : Access::read;
    output.consumed_capacity = capacity(input.return_consumed_capacity, walk.table, bytes, access);
    return output;
}

Result<api::ScanOutput> Service::scan(wire::Request& request, const api::ScanInput& input) {
    Placeholders placeholders(input.expression_attribute_names, input.expression_attribute_values);
    Walk walk = TRY(begin_walk(request, input, placeholders, false));
    TRY(placeholders.check_used());
    if (input.segment.has_value() != input.total_segments.has_value()) {
        return invalid(input.segment ? "The TotalSegments parameter is required but was not present in the request when "
                                       "Segment parameter is present"
                                     : "The Segment parameter is required but was not present in the request when "
                                       "parameter TotalSegments is present");
    }
    if (input.segment && (*input.segment >= *input.total_segments || *input.total_segments > segments_max)) {
        return invalid("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
                       std::to_string(*input.segment) + " is not less than TotalSegments: " +
                       std::to_string(*input.total_segments));
    }
    if (input.segment) {
        walk.wanted = [&input, hash = walk.key->hash](const Item& item) {
            const std::string key = ordered_bytes_of(item.at(hash)).value_or("");
            return static_cast<std::int64_t>(std::hash<std::string>{}(key) %
                                             static_cast<std::size_t>(*input.total_segments)) == *input.segment;
        };
    }
    TRY(resume(walk, input.exclusive_start_key));
    api::ScanOutput output;
    std::size_t bytes = 0;
    TRY(run(request, walk, output, bytes));
    const auto access = input.consistent_read.value_or(false) ? Access::read_consistent : Access::read;
    output.consumed_capacity = capacity(input.return_consumed_capacity, walk.table, bytes, access);
    return output;
}

}  // namespace stormglass::dynamodb
