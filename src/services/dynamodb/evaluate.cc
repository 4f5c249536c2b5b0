#include "services/dynamodb/evaluate.h"

#include <algorithm>

namespace stormglass::dynamodb {
namespace {

std::size_t length_of(const Value& value) {
    switch (type_of(value)) {
        case Type::string: return static_cast<std::size_t>(std::count_if(
            value.s->begin(), value.s->end(), [](char c) { return (c & 0xC0) != 0x80; }));
        case Type::binary: return value.b->size();
        case Type::list: return value.l.size();
        case Type::map: return value.m.size();
        case Type::string_set: return value.ss.size();
        case Type::number_set: return value.ns.size();
        case Type::binary_set: return value.bs.size();
        default: return std::string::npos;
    }
}

/// What an operand stands for in this item; null where it stands for nothing.
const Value* operand(const Node& node, const Item& item, Value& scratch) {
    if (node.kind == Node::Kind::value) return &node.value;
    if (node.kind == Node::Kind::path) return find_path(item, node.path);
    Value inner;  // size(...)
    const Value* of = operand(node.children.front(), item, inner);
    const std::size_t length = of == nullptr ? std::string::npos : length_of(*of);
    if (length == std::string::npos) return nullptr;
    scratch = number_value(std::to_string(length));
    return &scratch;
}

bool compares(const std::string& sign, const Value& a, const Value& b) {
    if (sign == "=") return equal(a, b);
    if (sign == "<>") return !equal(a, b);
    const auto order = compare(a, b);
    if (!order) return false;
    if (sign == "<") return *order < 0;
    if (sign == "<=") return *order <= 0;
    if (sign == ">") return *order > 0;
    return *order >= 0;
}

bool contains(const Value& whole, const Value& part) {
    const auto in = [](const auto& set, const auto& wanted) {
        return std::find(set.begin(), set.end(), wanted) != set.end();
    };
    if (whole.s && part.s) return whole.s->find(*part.s) != std::string::npos;
    if (whole.b && part.b) return whole.b->find(*part.b) != std::string::npos;
    if (part.s && in(whole.ss, *part.s)) return true;
    if (part.n && in(whole.ns, *part.n)) return true;
    if (part.b && in(whole.bs, *part.b)) return true;
    return std::any_of(whole.l.begin(), whole.l.end(), [&](const Value& one) { return equal(one, part); });
}

bool function_holds(const Node& node, const Item& item) {
    Value first_scratch, second_scratch;
    const Value* first = operand(node.children[0], item, first_scratch);
    if (node.name == "attribute_exists") return first != nullptr;
    if (node.name == "attribute_not_exists") return first == nullptr;
    const Value* second = operand(node.children[1], item, second_scratch);
    if (first == nullptr || second == nullptr) return false;
    if (node.name == "attribute_type") return second->s && type_name(type_of(*first)) == *second->s;
    if (node.name == "contains") return contains(*first, *second);
    if (first->s && second->s) return first->s->starts_with(*second->s);
    return first->b && second->b && first->b->starts_with(*second->b);
}

bool comparison_holds(const Node& node, const Item& item) {
    Value first_scratch, second_scratch;
    const Value* first = operand(node.children[0], item, first_scratch);
    const Value* second = operand(node.children[1], item, second_scratch);
    // An attribute that is not there differs from everything.
    if (first == nullptr || second == nullptr) return node.name == "<>";
    return compares(node.name, *first, *second);
}

/// Copies the part of `from` that the path's rest names into `to`, keeping the structure.
void copy_path(const Value& from, const Path& path, std::size_t depth, Value& to) {
    if (depth == path.size()) {
        to = from;
        return;
    }
    const PathStep& step = path[depth];
    if (step.is_index()) {
        if (step.index >= from.l.size()) return;
        to.l.present = true;
        copy_path(from.l[step.index], path, depth + 1, to.l.emplace_back());
        return;
    }
    const auto found = from.m.find(step.name);
    if (found == from.m.end()) return;
    to.m.present = true;
    copy_path(found->second, path, depth + 1, to.m[step.name]);
}

}  // namespace

const Value* find_path(const Item& item, const Path& path) {
    const auto found = item.find(path.front().name);
    if (found == item.end()) return nullptr;
    const Value* at = &found->second;
    for (std::size_t i = 1; i < path.size(); ++i) {
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

bool holds(const Node& node, const Item& item) {
    const auto child_holds = [&](const Node& child) { return holds(child, item); };
    switch (node.kind) {
        case Node::Kind::all_of: return std::all_of(node.children.begin(), node.children.end(), child_holds);
        case Node::Kind::any_of: return std::any_of(node.children.begin(), node.children.end(), child_holds);
        case Node::Kind::negation: return !holds(node.children[0], item);
        case Node::Kind::function: return function_holds(node, item);
        case Node::Kind::comparison: return comparison_holds(node, item);
        case Node::Kind::between: {
            Value a, b, c;
            const Value* subject = operand(node.children[0], item, a);
            const Value* low = operand(node.children[1], item, b);
            const Value* high = operand(node.children[2], item, c);
            return subject && low && high && compares(">=", *subject, *low) && compares("<=", *subject, *high);
        }
        case Node::Kind::in: {
            Value scratch;
            const Value* subject = operand(node.children[0], item, scratch);
            return subject != nullptr &&
                   std::any_of(node.children.begin() + 1, node.children.end(), [&](const Node& child) {
                       Value one;
                       const Value* candidate = operand(child, item, one);
                       return candidate != nullptr && equal(*subject, *candidate);
                   });
        }
        default: return false;
    }
}

Item project(const Item& item, const std::vector<Path>& paths) {
    Item projected;
    projected.present = true;
    for (const Path& path : paths) {
        if (find_path(item, path) == nullptr) continue;
        const std::string& name = path.front().name;
        copy_path(item.at(name), path, 1, projected[name]);
    }
    return projected;
}

}  // namespace stormglass::dynamodb
