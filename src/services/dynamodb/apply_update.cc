// Updates. All operands see the item as it was before; then the clauses are carried out.
#include <algorithm>

#include "services/dynamodb/evaluate.h"
#include "services/dynamodb/number.h"

namespace stormglass::dynamodb {
namespace {

Unexpected missing_attribute() {
    return invalid("The provided expression refers to an attribute that does not exist in the item");
}
Unexpected wrong_path() {
    return invalid("The document path provided in the update expression is invalid for update");
}
Unexpected wrong_operand() {
    return invalid("An operand in the update expression has an incorrect data type");
}
Unexpected type_mismatch() {
    return invalid("Type mismatch for attribute to update");
}

Result<Value> evaluate(const Node& node, const Item& item);

Result<Value> arithmetic(const Node& node, const Item& item) {
    const Value a = TRY(evaluate(node.children[0], item));
    const Value b = TRY(evaluate(node.children[1], item));
    if (!a.n || !b.n) return wrong_operand();
    Number second = TRY(parse_number(*b.n));
    if (node.kind == Node::Kind::minus) second = negate(std::move(second));
    return number_value(number_text(TRY(add(TRY(parse_number(*a.n)), second))));
}

Result<Value> evaluate(const Node& node, const Item& item) {
    switch (node.kind) {
        case Node::Kind::value: return node.value;
        case Node::Kind::path: {
            const Value* found = find_path(item, node.path);
            if (found == nullptr) return missing_attribute();
            return *found;
        }
        case Node::Kind::plus:
        case Node::Kind::minus: return arithmetic(node, item);
        default: break;
    }
    if (node.name == "if_not_exists") {
        const Value* found = find_path(item, node.children[0].path);
        return found != nullptr ? Result<Value>(*found) : evaluate(node.children[1], item);
    }
    Value first = TRY(evaluate(node.children[0], item));
    const Value second = TRY(evaluate(node.children[1], item));
    if (type_of(first) != Type::list || type_of(second) != Type::list) return wrong_operand();
    first.l.insert(first.l.end(), second.l.begin(), second.l.end());
    return first;
}

/// The container that holds the path's last step; null where the way to it is not there.
Value* parent_of(Item& item, const Path& path) {
    const auto found = item.find(path.front().name);
    if (found == item.end()) return nullptr;
    Value* at = &found->second;
    for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        if (path[i].is_index()) {
            if (path[i].index >= at->l.size()) return nullptr;
            at = &at->l[path[i].index];
        } else {
            const auto next = at->m.find(path[i].name);
            if (next == at->m.end()) return nullptr;
            at = &next->second;
        }
    }
    return at;
}

Result<void> set_path(Item& item, const Path& path, Value value) {
    if (path.size() == 1) {
        item[path.front().name] = std::move(value);
        return {};
    }
    Value* parent = parent_of(item, path);
    if (parent == nullptr) return wrong_path();
    const PathStep& last = path.back();
    if (!last.is_index()) {
        if (type_of(*parent) != Type::map) return wrong_path();
        parent->m[last.name] = std::move(value);
    } else if (type_of(*parent) != Type::list) {
        return wrong_path();
    } else if (last.index < parent->l.size()) {
        parent->l[last.index] = std::move(value);
    } else {  // Beyond the end: appended.
        parent->l.push_back(std::move(value));
    }
    return {};
}

Result<void> remove_path(Item& item, const Path& path) {
    if (path.size() == 1) {
        item.erase(path.front().name);
        return {};
    }
    Value* parent = parent_of(item, path);
    if (parent == nullptr) return wrong_path();
    const PathStep& last = path.back();
    if (!last.is_index()) {
        if (type_of(*parent) != Type::map) return wrong_path();
        parent->m.erase(last.name);
        parent->m.present = true;
    } else if (type_of(*parent) != Type::list) {
        return wrong_path();
    } else if (last.index < parent->l.size()) {
        parent->l.erase(parent->l.begin() + static_cast<std::ptrdiff_t>(last.index));
        parent->l.present = true;
    }
    return {};
}

wire::List<std::string>& set_of(Value& value) {
    return type_of(value) == Type::string_set ? value.ss : type_of(value) == Type::number_set ? value.ns : value.bs;
}

Result<void> add_to(Item& item, const Path& path, const Value& operand) {
    const Value* there = find_path(item, path);
    if (there == nullptr) return set_path(item, path, operand);
    if (type_of(*there) != type_of(operand)) return type_mismatch();
    Value sum = *there;
    if (operand.n) {
        sum.n = number_text(TRY(add(TRY(parse_number(*there->n)), TRY(parse_number(*operand.n)))));
    } else {
        Value more = operand;
        auto& set = set_of(sum);
        for (auto& one : set_of(more)) {
            if (std::find(set.begin(), set.end(), one) == set.end()) set.push_back(std::move(one));
        }
    }
    return set_path(item, path, std::move(sum));
}

Result<void> delete_from(Item& item, const Path& path, const Value& operand) {
    const Value* there = find_path(item, path);
    if (there == nullptr) return {};
    if (type_of(*there) != type_of(operand)) return type_mismatch();
    Value rest = *there;
    Value less = operand;
    auto& set = set_of(rest);
    for (const auto& one : set_of(less)) std::erase(set, one);
    // A set is never empty: its attribute goes with its last element.
    return set.empty() ? remove_path(item, path) : set_path(item, path, std::move(rest));
}

/// Removals from the end of a list to its beginning, so that no index moves before its turn.
bool removed_earlier(const UpdateClause* a, const UpdateClause* b) {
    return std::lexicographical_compare(b->path.begin(), b->path.end(), a->path.begin(), a->path.end(),
                                        [](const PathStep& x, const PathStep& y) {
                                            return std::pair(x.name, x.index) < std::pair(y.name, y.index);
                                        });
}

}  // namespace

Result<void> apply_update(const std::vector<UpdateClause>& clauses, Item& item) {
    std::vector<std::pair<const UpdateClause*, Value>> sets;
    std::vector<const UpdateClause*> removals;
    for (const auto& clause : clauses) {
        if (clause.action == UpdateAction::set) sets.emplace_back(&clause, TRY(evaluate(clause.operand, item)));
        if (clause.action == UpdateAction::remove) removals.push_back(&clause);
    }
    std::stable_sort(sets.begin(), sets.end(), [](const auto& a, const auto& b) {
        return removed_earlier(b.first, a.first);  // Appends to a list in the order of their indexes.
    });
    for (auto& [clause, value] : sets) TRY(set_path(item, clause->path, std::move(value)));
    for (const auto& clause : clauses) {
        if (clause.action == UpdateAction::add) TRY(add_to(item, clause.path, clause.operand.value));
        if (clause.action == UpdateAction::erase) TRY(delete_from(item, clause.path, clause.operand.value));
    }
    std::sort(removals.begin(), removals.end(), removed_earlier);
    for (const auto* clause : removals) TRY(remove_path(item, clause->path));
    return {};
}

}  // namespace stormglass::dynamodb
