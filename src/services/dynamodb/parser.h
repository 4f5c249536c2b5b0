// Recursive descent over the tokens of one expression; the grammars are in conditions.cc and
// updates.cc.
#pragma once

#include "services/dynamodb/expression.h"
#include "services/dynamodb/lexer.h"

namespace stormglass::dynamodb {

inline constexpr std::size_t expression_bytes_max = 4096;
inline constexpr int parse_depth_max = 100;

class Parser {
public:
    static Result<Parser> create(std::string_view text, std::string_view kind, Placeholders& placeholders);

    const Token& peek(std::size_t ahead = 0) const;
    Token take();
    bool at_end() const { return peek().kind == Token::Kind::end; }
    /// Words without regard to case.
    bool is_word(std::string_view word) const;
    bool accept_word(std::string_view word);
    bool is_sign(std::string_view sign) const;
    bool accept_sign(std::string_view sign);
    Result<void> expect_sign(std::string_view sign);
    Unexpected syntax_error() const;
    Unexpected wrong(const std::string& message) const;

    Result<Path> path();
    Result<Node> value();
    /// A path, a value or a function.
    Result<Node> operand();
    Result<Node> function();
    std::string_view kind() const { return kind_; }

    /// Depth of nesting, so that no expression exhausts the stack.
    int depth = 0;

private:
    Parser(std::string_view kind, Placeholders& placeholders) : kind_(kind), placeholders_(placeholders) {}
    Result<std::string> path_name();

    std::string_view kind_;
    Placeholders& placeholders_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace stormglass::dynamodb
