#include "services/dynamodb/parser.h"

#include "base/strings.h"

namespace stormglass::dynamodb {
namespace {

std::string joined(const std::set<std::string>& names) { return fmt::format("{{{}}}", fmt::join(names, ", ")); }

}  // namespace

std::string shown_path(const Path& path) {
    std::vector<std::string> shown;
    for (const auto& step : path) shown.push_back(step.is_index() ? fmt::format("[{}]", step.index) : step.name);
    return fmt::format("[{}]", fmt::join(shown, ", "));
}

Result<void> Placeholders::check_given(bool any_expression) const {
    if (names_.present && names_.empty()) return invalid("ExpressionAttributeNames must not be empty");
    if (values_.present && values_.empty()) return invalid("ExpressionAttributeValues must not be empty");
    if (!any_expression && names_.given()) {
        return invalid("ExpressionAttributeNames can only be specified when using expressions");
    }
    if (!any_expression && values_.given()) {
        return invalid("ExpressionAttributeValues can only be specified when using expressions");
    }
    for (const auto& [name, value] : values_) {
        if (!name.starts_with(':')) {
            return invalid(fmt::format("ExpressionAttributeValues contains invalid key: Syntax error; "
                                       "key: \"{}\"", name));
        }
        Value copy = value;
        if (const auto valid = check_value(copy); !valid) {
            return invalid(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}",
                                       valid.error().message, name));
        }
    }
    for (const auto& [name, value] : names_) {
        if (!name.starts_with('#')) {
            return invalid(fmt::format("ExpressionAttributeNames contains invalid key: Syntax error; "
                                       "key: \"{}\"", name));
        }
    }
    return {};
}

Result<void> Placeholders::check_used() const {
    std::set<std::string> idle;
    for (const auto& [name, value] : names_) {
        if (!used_names_.contains(name)) idle.insert(name);
    }
    if (!idle.empty()) {
        return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: " + joined(idle));
    }
    for (const auto& [name, value] : values_) {
        if (!used_values_.contains(name)) idle.insert(name);
    }
    if (!idle.empty()) {
        return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: " + joined(idle));
    }
    return {};
}

Result<std::string> Placeholders::name(const std::string& placeholder, std::string_view kind) {
    const auto found = names_.find(placeholder);
    if (found == names_.end()) {
        return invalid(fmt::format("Invalid {}: An expression attribute name used in the document path is "
                                   "not defined; attribute name: {}", kind, placeholder));
    }
    used_names_.insert(placeholder);
    return found->second;
}

Result<Value> Placeholders::value(const std::string& placeholder, std::string_view kind) {
    const auto found = values_.find(placeholder);
    if (found == values_.end()) {
        return invalid(fmt::format("Invalid {}: An expression attribute value used in expression is not "
                                   "defined; attribute value: {}", kind, placeholder));
    }
    used_values_.insert(placeholder);
    Value value = found->second;
    TRY(check_value(value));
    return value;
}

Result<Parser> Parser::create(std::string_view text, std::string_view kind, Placeholders& placeholders) {
    Parser parser(kind, placeholders);
    if (base::trim(text).empty()) {
        return invalid(fmt::format("Invalid {}: The expression can not be empty;", kind));
    }
    if (text.size() > expression_bytes_max) {
        return invalid(fmt::format("Invalid {}: Expression size has exceeded the maximum allowed size; "
                                   "expression size: {}", kind, text.size()));
    }
    parser.tokens_ = TRY(split_tokens(text, kind));
    return parser;
}

const Token& Parser::peek(std::size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

Token Parser::take() {
    Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
}

bool Parser::is_word(std::string_view word) const {
    return peek().kind == Token::Kind::word && base::equals_ignore_case(peek().text, word);
}

bool Parser::accept_word(std::string_view word) {
    if (!is_word(word)) return false;
    take();
    return true;
}

bool Parser::is_sign(std::string_view sign) const {
    return peek().kind == Token::Kind::sign && peek().text == sign;
}

bool Parser::accept_sign(std::string_view sign) {
    if (!is_sign(sign)) return false;
    take();
    return true;
}

Result<void> Parser::expect_sign(std::string_view sign) {
    if (!accept_sign(sign)) return syntax_error();
    return {};
}

Unexpected Parser::syntax_error() const {
    const auto shown = [](const Token& token) {
        return token.kind == Token::Kind::end ? std::string("<EOF>") : token.text;
    };
    std::string near = at_ > 0 ? tokens_[at_ - 1].text + " " : std::string{};
    near += shown(peek()) == "<EOF>" ? "" : peek().text;
    if (peek(1).kind != Token::Kind::end) near += " " + peek(1).text;
    return wrong(fmt::format("Syntax error; token: \"{}\", near: \"{}\"", shown(peek()), base::trim(near)));
}

Unexpected Parser::wrong(const std::string& message) const {
    return invalid(fmt::format("Invalid {}: {}", kind_, message));
}

Result<std::string> Parser::path_name() {
    const Token token = peek();
    if (token.kind == Token::Kind::name) {
        take();
        return placeholders_.name(token.text, kind_);
    }
    if (token.kind != Token::Kind::word) return syntax_error();
    if (is_reserved_word(token.text)) {
        return wrong("Attribute name is a reserved keyword; reserved keyword: " + token.text);
    }
    take();
    return token.text;
}

Result<Path> Parser::path() {
    Path path{{TRY(path_name()), 0}};
    for (;;) {
        if (accept_sign(".")) {
            path.push_back({TRY(path_name()), 0});
        } else if (accept_sign("[")) {
            if (peek().kind != Token::Kind::number) return syntax_error();
            const auto index = base::parse_integer(take().text);
            if (!index) return syntax_error();
            path.push_back({{}, static_cast<std::size_t>(*index)});
            TRY(expect_sign("]"));
        } else {
            return path;
        }
        if (path.size() > nesting_max) {
            return wrong("The document path has too many nesting elements; nesting levels: " +
                         std::to_string(path.size()));
        }
    }
}

Result<Node> Parser::value() {
    Node node;
    node.kind = Node::Kind::value;
    node.value = TRY(placeholders_.value(take().text, kind_));
    return node;
}

Result<Node> Parser::function() {
    Node node;
    node.kind = Node::Kind::function;
    node.name = take().text;
    TRY(expect_sign("("));
    if (++depth > parse_depth_max) return wrong("The expression has redundant parentheses");
    do {
        node.children.push_back(TRY(operand()));
    } while (accept_sign(","));
    --depth;
    TRY(expect_sign(")"));
    return node;
}

Result<Node> Parser::operand() {
    if (peek().kind == Token::Kind::value) return value();
    const bool is_call = peek().kind == Token::Kind::word && peek(1).kind == Token::Kind::sign &&
                         peek(1).text == "(";
    if (is_call) return function();
    Node node;
    node.kind = Node::Kind::path;
    node.path = TRY(path());
    return node;
}

}  // namespace stormglass::dynamodb
