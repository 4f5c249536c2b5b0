// The grammar of conditions: OR of ANDs of NOTs of comparisons, BETWEEN, IN and functions; and of
// projections.
#include <algorithm>
#include <array>

#include "services/dynamodb/parser.h"

namespace stormglass::dynamodb {
namespace {

struct Function {
    std::string_view name;
    std::size_t operands;
};
constexpr std::array condition_functions{Function{"attribute_exists", 1}, Function{"attribute_not_exists", 1},
                                         Function{"attribute_type", 2},   Function{"begins_with", 2},
                                         Function{"contains", 2},         Function{"size", 1}};
constexpr std::size_t in_operands_max = 100;

Result<Node> any_of(Parser& parser);

Unexpected wrong_type(Parser& parser, std::string_view of, const Node& operand) {
    return parser.wrong(fmt::format("Incorrect operand type for operator or function; operator or function: "
                                    "{}, operand type: {}", of, type_name(type_of(operand.value))));
}

Result<void> check_function(Parser& parser, const Node& node) {
    const auto* known = std::find_if(condition_functions.begin(), condition_functions.end(),
                                     [&](const Function& f) { return f.name == node.name; });
    if (known == condition_functions.end()) {
        return parser.wrong("Invalid function name; function: " + node.name);
    }
    if (known->operands != node.children.size()) {
        return parser.wrong(fmt::format("Incorrect number of operands for operator or function; operator or "
                                        "function: {}, number of operands: {}", node.name, node.children.size()));
    }
    for (const auto& child : node.children) {
        if (child.kind == Node::Kind::function) {
            if (child.name != "size") {
                return parser.wrong("The function is not allowed to be used this way in an expression; function: " +
                                    child.name);
            }
            TRY(check_function(parser, child));
        }
    }
    const Node& first = node.children.front();
    if (node.name.starts_with("attribute_") && first.kind != Node::Kind::path) {
        return parser.wrong(fmt::format("Operator or function requires a document path; operator or function: {}",
                                        node.name));
    }
    if (node.children.size() < 2 || node.children[1].kind != Node::Kind::value) return {};
    const Type second = type_of(node.children[1].value);
    if (node.name == "begins_with" && second != Type::string && second != Type::binary) {
        return wrong_type(parser, node.name, node.children[1]);
    }
    if (node.name == "attribute_type" && second != Type::string) {
        return wrong_type(parser, node.name, node.children[1]);
    }
    return {};
}

bool is_comparator(const Token& token) {
    static constexpr std::array<std::string_view, 6> signs{"=", "<>", "<", "<=", ">", ">="};
    return token.kind == Token::Kind::sign && std::find(signs.begin(), signs.end(), token.text) != signs.end();
}

/// Only functions that give a truth may stand alone, only size() may be compared.
Result<void> check_operand(Parser& parser, const Node& node) {
    if (node.kind != Node::Kind::function) return {};
    TRY(check_function(parser, node));
    if (node.name == "size") return {};
    return parser.wrong("The function is not allowed to be used this way in an expression; function: " + node.name);
}

Result<void> check_ordered(Parser& parser, std::string_view of, const Node& operand) {
    if (operand.kind != Node::Kind::value) return {};
    const Type type = type_of(operand.value);
    if (type == Type::string || type == Type::number || type == Type::binary) return {};
    return wrong_type(parser, of, operand);
}

Result<Node> between(Parser& parser, Node subject) {
    Node node;
    node.kind = Node::Kind::between;
    node.children.push_back(std::move(subject));
    node.children.push_back(TRY(parser.operand()));
    if (!parser.accept_word("AND")) return parser.syntax_error();
    node.children.push_back(TRY(parser.operand()));
    for (const auto& child : node.children) {
        TRY(check_operand(parser, child));
        TRY(check_ordered(parser, "BETWEEN", child));
    }
    const Node& low = node.children[1];
    const Node& high = node.children[2];
    if (low.kind == Node::Kind::value && high.kind == Node::Kind::value) {
        if (type_of(low.value) != type_of(high.value)) {
            return parser.wrong("The BETWEEN operator requires same data type for lower and upper bounds; "
                                "lower bound operand: AttributeValue: {" +
                                std::string(type_name(type_of(low.value))) + "}, upper bound operand: AttributeValue: {" +
                                std::string(type_name(type_of(high.value))) + "}");
        }
        const auto order = compare(low.value, high.value);
        if (order && *order > 0) {
            return parser.wrong("The BETWEEN operator requires upper bound to be greater than or equal to lower bound");
        }
    }
    return node;
}

Result<Node> in_list(Parser& parser, Node subject) {
    Node node;
    node.kind = Node::Kind::in;
    node.children.push_back(std::move(subject));
    TRY(parser.expect_sign("("));
    do {
        node.children.push_back(TRY(parser.operand()));
        TRY(check_operand(parser, node.children.back()));
    } while (parser.accept_sign(","));
    TRY(parser.expect_sign(")"));
    if (node.children.size() > in_operands_max + 1) {
        return parser.wrong("Invalid number of operands for IN operator");
    }
    return node;
}

Result<Node> simple(Parser& parser) {
    if (parser.accept_sign("(")) {
        if (++parser.depth > parse_depth_max) return parser.wrong("The expression is nested too deeply");
        Node inner = TRY(any_of(parser));
        --parser.depth;
        TRY(parser.expect_sign(")"));
        return inner;
    }
    Node subject = TRY(parser.operand());
    if (is_comparator(parser.peek())) {
        TRY(check_operand(parser, subject));
        Node node;
        node.kind = Node::Kind::comparison;
        node.name = parser.take().text;
        node.children.push_back(std::move(subject));
        node.children.push_back(TRY(parser.operand()));
        TRY(check_operand(parser, node.children[1]));
        if (node.name != "=" && node.name != "<>") {
            for (const auto& child : node.children) TRY(check_ordered(parser, node.name, child));
        }
        const bool same_path = node.children[0].kind == Node::Kind::path &&
                               node.children[1].kind == Node::Kind::path &&
                               node.children[0].path == node.children[1].path;
        if (same_path) {
            return parser.wrong(fmt::format("The first operand must be distinct from the remaining operands for "
                                            "this operator or function; operator: {}, first operand: {}",
                                            node.name, shown_path(node.children[0].path)));
        }
        return node;
    }
    if (parser.accept_word("BETWEEN")) return between(parser, std::move(subject));
    if (parser.accept_word("IN")) return in_list(parser, std::move(subject));
    if (subject.kind != Node::Kind::function) return parser.syntax_error();
    TRY(check_function(parser, subject));
    if (subject.name == "size") {
        return parser.wrong("The function is not allowed to be used this way in an expression; function: size");
    }
    return subject;
}

Result<Node> negated(Parser& parser) {
    if (!parser.accept_word("NOT")) return simple(parser);
    if (++parser.depth > parse_depth_max) return parser.wrong("The expression is nested too deeply");
    Node node;
    node.kind = Node::Kind::negation;
    node.children.push_back(TRY(negated(parser)));
    --parser.depth;
    return node;
}

Result<Node> all_of(Parser& parser) {
    Node first = TRY(negated(parser));
    if (!parser.is_word("AND")) return first;
    Node node;
    node.kind = Node::Kind::all_of;
    node.children.push_back(std::move(first));
    while (parser.accept_word("AND")) node.children.push_back(TRY(negated(parser)));
    return node;
}

Result<Node> any_of(Parser& parser) {
    Node first = TRY(all_of(parser));
    if (!parser.is_word("OR")) return first;
    Node node;
    node.kind = Node::Kind::any_of;
    node.children.push_back(std::move(first));
    while (parser.accept_word("OR")) node.children.push_back(TRY(all_of(parser)));
    return node;
}

}  // namespace

Result<Node> parse_condition(std::string_view text, std::string_view kind, Placeholders& placeholders) {
    Parser parser = TRY(Parser::create(text, kind, placeholders));
    Node node = TRY(any_of(parser));
    if (!parser.at_end()) return parser.syntax_error();
    return node;
}

Result<std::vector<Path>> parse_projection(std::string_view text, Placeholders& placeholders) {
    Parser parser = TRY(Parser::create(text, "ProjectionExpression", placeholders));
    std::vector<Path> paths;
    do {
        Path path = TRY(parser.path());
        for (const Path& before : paths) {
            const std::size_t shared = std::min(before.size(), path.size());
            if (!std::equal(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(shared), before.begin())) continue;
            return parser.wrong(fmt::format("Two document paths overlap with each other; must remove or rewrite one "
                                            "of these paths; path one: {}, path two: {}",
                                            shown_path(before), shown_path(path)));
        }
        paths.push_back(std::move(path));
    } while (parser.accept_sign(","));
    if (!parser.at_end()) return parser.syntax_error();
    return paths;
}

}  // namespace stormglass::dynamodb
