#include "services/cloudwatch/math_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace stormglass::cloudwatch {
namespace {

constexpr int depth_max = 40;

Unexpected problem(std::string message) { return aws_error("ValidationError", std::move(message)); }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

MathNode node(MathNode::Kind kind, std::string text, std::vector<MathNode> children = {}) {
    return {kind, 0, std::move(text), std::move(children)};
}

/// Recursive descent; each level binds tighter than the one before.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<MathNode> whole() {
        auto out = TRY(level(0));
        skip();
        if (at_ != text_.size()) return problem(fmt::format("unexpected '{}'", text_.substr(at_)));
        return out;
    }

private:
    struct Level {
        std::vector<std::string_view> operators;
    };
    static const std::vector<Level>& levels() {
        static const std::vector<Level> all{{{"||", "OR"}},
                                            {{"&&", "AND"}},
                                            {{"==", "!=", "<=", ">=", "<", ">"}},
                                            {{"+", "-"}},
                                            {{"*", "/"}}};
        return all;
    }

    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }

    bool take(std::string_view token) {
        skip();
        if (!text_.substr(at_).starts_with(token)) return false;
        const std::size_t end = at_ + token.size();
        if (is_word(token.front()) && end < text_.size() && is_word(text_[end])) return false;
        at_ = end;
        return true;
    }

    std::string_view take_any(const std::vector<std::string_view>& tokens) {
        for (const auto token : tokens) {
            if (take(token)) return token;
        }
        return {};
    }

    Result<MathNode> level(std::size_t index) {
        if (index == levels().size()) return unary();
        MathNode left = TRY(level(index + 1));
        for (;;) {
            std::string_view symbol = take_any(levels()[index].operators);
            if (symbol.empty()) return left;
            if (symbol == "OR") symbol = "||";
            if (symbol == "AND") symbol = "&&";
            MathNode right = TRY(level(index + 1));
            std::vector<MathNode> both;
            both.push_back(std::move(left));
            both.push_back(std::move(right));
            left = node(MathNode::Kind::binary, std::string(symbol), std::move(both));
        }
    }

    Result<MathNode> unary() {
        if (++depth_ > depth_max) return problem("it is nested too deeply");
        MathNode out;
        if (take("-")) {
            MathNode operand = TRY(unary());
            out = node(MathNode::Kind::unary, "-", {std::move(operand)});
        } else {
            out = TRY(power());
        }
        --depth_;
        return out;
    }

    Result<MathNode> power() {
        MathNode base = TRY(primary());
        if (!take("^")) return base;
        MathNode exponent = TRY(unary());
        std::vector<MathNode> both;
        both.push_back(std::move(base));
        both.push_back(std::move(exponent));
        return node(MathNode::Kind::binary, "^", std::move(both));
    }

    Result<MathNode> primary() {
        skip();
        if (at_ == text_.size()) return problem("it ends too early");
        const char c = text_[at_];
        if (take("(")) {
            MathNode inner = TRY(level(0));
            if (!take(")")) return problem("a ')' is missing");
            return inner;
        }
        if (take("[")) {
            auto members = TRY(arguments("]"));
            return node(MathNode::Kind::list, "", std::move(members));
        }
        if (c == '"' || c == '\'') return quoted(c);
        if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
        if (is_word(c)) return named();
        return problem(fmt::format("unexpected '{}'", c));
    }

    Result<MathNode> quoted(char quote) {
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos) return problem("a quote is not closed");
        MathNode out =
            node(MathNode::Kind::text, std::string(text_.substr(at_ + 1, end - at_ - 1)));
        at_ = end + 1;
        return out;
    }

    Result<MathNode> number() {
        MathNode out;
        const auto end =
            std::from_chars(text_.data() + at_, text_.data() + text_.size(), out.number);
        if (end.ec != std::errc{}) return problem("a number is not one");
        at_ = static_cast<std::size_t>(end.ptr - text_.data());
        return out;
    }

    Result<MathNode> named() {
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end])) ++end;
        std::string name(text_.substr(at_, end - at_));
        at_ = end;
        if (!take("(")) return node(MathNode::Kind::name, std::move(name));
        auto members = TRY(arguments(")"));
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
        return node(MathNode::Kind::call, std::move(name), std::move(members));
    }

    Result<std::vector<MathNode>> arguments(std::string_view close) {
        std::vector<MathNode> all;
        if (take(close)) return all;
        for (;;) {
            all.push_back(TRY(level(0)));
            if (take(close)) return all;
            if (!take(",")) return problem(fmt::format("a '{}' is missing", close));
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

void collect(const MathNode& node, std::vector<std::string>& names) {
    if (node.kind == MathNode::Kind::name) names.push_back(node.text);
    for (const auto& child : node.children) collect(child, names);
}

}  // namespace

Result<MathNode> parse_math(std::string_view expression) { return Parser(expression).whole(); }

std::vector<std::string> names_in(const MathNode& node) {
    std::vector<std::string> names;
    collect(node, names);
    return names;
}

}  // namespace stormglass::cloudwatch
