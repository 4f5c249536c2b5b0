// The grammar of updates: SET, REMOVE, ADD and DELETE clauses, each at most once.
#include <algorithm>
#include <set>

#include "services/dynamodb/parser.h"

namespace stormglass::dynamodb {
namespace {

/// A path, value, if_not_exists() or list_append().
Result<Node> set_operand(Parser& parser) {
    Node node = TRY(parser.operand());
    if (node.kind != Node::Kind::function) return node;
    if (node.name != "if_not_exists" && node.name != "list_append") {
        return parser.wrong("Invalid function name; function: " + node.name);
    }
    if (node.children.size() != 2) {
        return parser.wrong(fmt::format("Incorrect number of operands for operator or function; operator or "
                                        "function: {}, number of operands: {}", node.name, node.children.size()));
    }
    if (node.name == "if_not_exists" && node.children[0].kind != Node::Kind::path) {
        return parser.wrong("Operator or function requires a document path; operator or function: if_not_exists");
    }
    for (const auto& child : node.children) {
        if (node.name == "list_append" && child.kind == Node::Kind::value && type_of(child.value) != Type::list) {
            return parser.wrong(fmt::format("Incorrect operand type for operator or function; operator or function: "
                                            "list_append, operand type: {}", type_name(type_of(child.value))));
        }
    }
    return node;
}

Result<Node> set_value(Parser& parser) {
    const bool grouped = parser.accept_sign("(");
    Node first = TRY(grouped ? set_value(parser) : set_operand(parser));
    if (grouped) TRY(parser.expect_sign(")"));
    const bool plus = parser.is_sign("+"), minus = parser.is_sign("-");
    if (!plus && !minus) return first;
    parser.take();
    Node node;
    node.kind = plus ? Node::Kind::plus : Node::Kind::minus;
    node.children.push_back(std::move(first));
    node.children.push_back(TRY(set_operand(parser)));
    for (const auto& child : node.children) {
        if (child.kind == Node::Kind::value && type_of(child.value) != Type::number) {
            return parser.wrong(fmt::format("Incorrect operand type for operator or function; operator or function: "
                                            "{}, operand type: {}", plus ? "+" : "-", type_name(type_of(child.value))));
        }
    }
    return node;
}

Result<UpdateClause> clause(Parser& parser, UpdateAction action) {
    UpdateClause clause{action, TRY(parser.path()), {}};
    if (action == UpdateAction::remove) return clause;
    if (action == UpdateAction::set) {
        TRY(parser.expect_sign("="));
        clause.operand = TRY(set_value(parser));
        return clause;
    }
    if (parser.peek().kind != Token::Kind::value) return parser.syntax_error();
    clause.operand = TRY(parser.value());
    const Type type = type_of(clause.operand.value);
    const bool is_set = type == Type::string_set || type == Type::number_set || type == Type::binary_set;
    if (!is_set && (action == UpdateAction::erase || type != Type::number)) {
        return parser.wrong(fmt::format("Incorrect operand type for operator or function; operator: {}, operand "
                                        "type: {}, typeSet: ALLOWED_FOR_{}_OPERAND",
                                        action == UpdateAction::add ? "ADD" : "DELETE", type_name(type),
                                        action == UpdateAction::add ? "ADD" : "DELETE"));
    }
    return clause;
}

bool overlap(const Path& a, const Path& b) {
    const auto shared = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
    return std::equal(a.begin(), a.begin() + shared, b.begin());
}

}  // namespace

Result<std::vector<UpdateClause>> parse_update(std::string_view text, Placeholders& placeholders) {
    Parser parser = TRY(Parser::create(text, "UpdateExpression", placeholders));
    std::vector<UpdateClause> clauses;
    std::set<UpdateAction> seen;
    while (!parser.at_end()) {
        UpdateAction action = UpdateAction::set;
        std::string_view name = "SET";
        if (parser.is_word("REMOVE")) {
            action = UpdateAction::remove;
            name = "REMOVE";
        } else if (parser.is_word("ADD")) {
            action = UpdateAction::add;
            name = "ADD";
        } else if (parser.is_word("DELETE")) {
            action = UpdateAction::erase;
            name = "DELETE";
        } else if (!parser.is_word("SET")) {
            return parser.syntax_error();
        }
        parser.take();
        if (!seen.insert(action).second) {
            return parser.wrong(fmt::format("The \"{}\" section can only be used once in an update expression;", name));
        }
        do {
            UpdateClause next = TRY(clause(parser, action));
            for (const auto& before : clauses) {
                if (!overlap(before.path, next.path)) continue;
                return parser.wrong(fmt::format("Two document paths overlap with each other; must remove or rewrite "
                                                "one of these paths; path one: {}, path two: {}",
                                                shown_path(before.path), shown_path(next.path)));
            }
            clauses.push_back(std::move(next));
        } while (parser.accept_sign(","));
    }
    return clauses;
}

}  // namespace stormglass::dynamodb
