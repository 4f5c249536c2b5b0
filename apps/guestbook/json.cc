// JSON strings out, flat JSON objects in.
#include "json.h"

#include <array>
#include <cstdint>
#include <cstdio>

#include "text.h"

namespace guestbook {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// Reads one flat object; every step says whether the text still fits.
class FlatParser {
public:
    explicit FlatParser(std::string_view text) : text_(text) {}

    bool object(std::map<std::string, std::string>& out) {
        if (!symbol('{')) return false;
        if (symbol('}')) return at_end();
        do {
            std::string name, value;
            if (!string(name) || !symbol(':') || !string(value)) return false;
            if (!out.emplace(std::move(name), std::move(value)).second) return false;
        } while (symbol(','));
        return symbol('}') && at_end();
    }

private:
    void skip_blank() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
            ++at_;
    }
    bool at_end() {
        skip_blank();
        return at_ == text_.size();
    }
    bool symbol(char wanted) {
        skip_blank();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    bool string(std::string& out) {
        if (!symbol('"')) return false;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') return utf8_length(out).has_value();
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c != '\\') {
                out += c;
            } else if (!escape(out)) {
                return false;
            }
        }
        return false;
    }
    bool escape(std::string& out) {
        if (at_ >= text_.size()) return false;
        const char c = text_[at_++];
        if (c == 'u') return unicode_escape(out);
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const std::size_t which = letters.find(c);
        if (which == letters.npos) return false;
        out += meanings[which];
        return true;
    }
    bool unicode_escape(std::string& out) {
        std::uint32_t code = 0;
        if (!hex4(code)) return false;
        const bool high = code >= 0xD800 && code < 0xDC00;
        if (code >= 0xDC00 && code < 0xE000) return false;
        if (high) {
            std::uint32_t low = 0;
            if (text_.substr(at_, 2) != "\\u") return false;
            at_ += 2;
            if (!hex4(low) || low < 0xDC00 || low >= 0xE000) return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(out, code);
        return true;
    }
    bool hex4(std::uint32_t& out) {
        if (text_.size() - at_ < 4) return false;
        for (int i = 0; i < 4; ++i) {
            const auto digit =
                std::string_view("0123456789abcdef").find(to_lower(text_.substr(at_++, 1)));
            if (digit == std::string_view::npos) return false;
            out = out * 16 + static_cast<std::uint32_t>(digit);
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

std::string json_string(std::string_view text) {
    if (!utf8_length(text)) {
        std::string repaired;
        for (const char c : text) {
            const bool ascii = static_cast<unsigned char>(c) < 0x80;
            repaired += ascii ? std::string(1, c) : std::string("\xEF\xBF\xBD");
        }
        return json_string(repaired);
    }
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
            out += escaped.data();
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::optional<std::map<std::string, std::string>> parse_flat_json(std::string_view text) {
    std::map<std::string, std::string> out;
    if (!FlatParser(text).object(out)) return std::nullopt;
    return out;
}

}  // namespace guestbook
