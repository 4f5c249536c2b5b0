#include "services/dynamodb/lexer.h"

#include <array>

#include "services/dynamodb/value.h"

namespace stormglass::dynamodb {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t run(std::string_view text, std::size_t from, bool (*belongs)(char)) {
    while (from < text.size() && belongs(text[from])) ++from;
    return from;
}

}  // namespace

Result<std::vector<Token>> split_tokens(std::string_view text, std::string_view expression_kind) {
    static constexpr std::array<std::string_view, 13> signs{"<>", "<=", ">=", "=", "<", ">", "(",
                                                            ")",  ",",  ".",  "[", "]", "+"};
    const auto in_name = [](char c) { return is_letter(c) || is_digit(c) || c == '-'; };
    const auto in_word = [](char c) { return is_letter(c) || is_digit(c); };
    std::vector<Token> tokens;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        std::size_t end = at;
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            ++at;
            continue;
        }
        auto kind = Token::Kind::sign;
        if (is_letter(c)) {
            kind = Token::Kind::word;
            end = run(text, at, in_word);
        } else if (is_digit(c)) {
            kind = Token::Kind::number;
            end = run(text, at, is_digit);
        } else if (c == '#' || c == ':') {
            kind = c == '#' ? Token::Kind::name : Token::Kind::value;
            end = run(text, at + 1, in_name);
            if (end == at + 1) end = at;
        } else if (c == '-') {
            end = at + 1;
        } else {
            for (const auto sign : signs) {
                if (text.substr(at).starts_with(sign)) {
                    end = at + sign.size();
                    break;
                }
            }
        }
        if (end == at) {
            const std::size_t from = at < 2 ? 0 : at - 2;
            return invalid(fmt::format("Invalid {}: Syntax error; token: \"{}\", near: \"{}\"",
                                       expression_kind, c, text.substr(from, 5)));
        }
        tokens.push_back({kind, std::string(text.substr(at, end - at))});
        at = end;
    }
    tokens.push_back({});
    return tokens;
}

}  // namespace stormglass::dynamodb
