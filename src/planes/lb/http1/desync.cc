// Order matters among findings of one tier: the first one found gives the reason, and the fields
// that decide a body's length are looked at before all else.
#include "planes/lb/http1/desync.h"

#include <array>
#include <optional>
#include <string>

#include "base/strings.h"

namespace stormglass::lb::http1 {
namespace {

class Judge {
public:
    explicit Judge(const RequestHead& head) : head_(head) {}
    Verdict judge();

private:
    void found(Tier tier, std::string_view reason) {
        if (tier > verdict_.tier) verdict_ = {tier, reason};
    }
    void judge_length_fields();
    void judge_transfer_encoding(const Field& field);
    void judge_content_length(const Field& field);
    void judge_combination();
    void judge_request_line();
    void judge_other_fields();

    const RequestHead& head_;
    Verdict verdict_;
    int chunked_ = 0;
    int encodings_ = 0;
    int lengths_ = 0;
    std::optional<std::string_view> length_;
};

enum class Kind { other, transfer_encoding, content_length };
struct Likeness {
    Kind kind = Kind::other;
    bool exact = false;
};

/// Letters and digits only, in lower case, with the Unicode letters that lower-case or upper-case
/// to ASCII ones taken for them: what a careless parser may see in a name.
std::string skeleton(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto rest = name.substr(i);
        const char c = name[i];
        if (rest.starts_with("\xc5\xbf")) {
            out += 's';  // Latin small letter long s.
        } else if (rest.starts_with("\xc4\xb1")) {
            out += 'i';  // Latin small letter dotless i.
        } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) {
            out += c;
        } else if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c - 'A' + 'a');
        }
    }
    return out;
}

Likeness likeness(const Field& field) {
    if (field.id == FieldId::transfer_encoding) return {Kind::transfer_encoding, true};
    if (field.id == FieldId::content_length) return {Kind::content_length, true};
    if (field.id != FieldId::other) return {};
    constexpr std::size_t shortest = std::string_view("contentlength").size();
    if (field.name.size() < shortest) return {};
    const char first = field.name.front() | 0x20;
    // Cheap way out for the ordinary field: it begins with another letter.
    if (first >= 'a' && first <= 'z' && first != 't' && first != 'c') return {};
    const auto bones = skeleton(field.name);
    if (bones == "transferencoding") return {Kind::transfer_encoding, false};
    if (bones == "contentlength") return {Kind::content_length, false};
    return {};
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

bool has_fatal_byte(std::string_view text) {
    return text.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos;
}

bool has_control(std::string_view text) {
    for (const char c : text) {
        if (is_control(c)) return true;
    }
    return false;
}

bool is_bodyless_method(std::string_view method) { return method == "GET" || method == "HEAD"; }

bool is_known_coding(std::string_view coding) {
    constexpr std::array codings{"identity", "gzip", "deflate", "compress", "x-gzip", "x-compress"};
    for (const std::string_view known : codings) {
        if (base::equals_ignore_case(coding, known)) return true;
    }
    return false;
}

}  // namespace

void Judge::judge_transfer_encoding(const Field& field) {
    ++encodings_;
    for (auto rest = field.value;;) {
        const auto comma = rest.find(',');
        const auto with_parameters = rest.substr(0, comma);
        const auto coding = trim_blanks(with_parameters.substr(0, with_parameters.find(';')));
        if (base::equals_ignore_case(coding, "chunked")) {
            ++chunked_;
        } else if (!coding.empty() && !is_known_coding(coding)) {
            found(Tier::severe, "BadTransferEncoding");
        }
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (field.value.empty()) found(Tier::ambiguous, "EmptyHeader");
    if (chunked_ > 1) found(Tier::severe, "MultipleTransferEncodingChunked");
}

void Judge::judge_content_length(const Field& field) {
    ++lengths_;
    if (!parse_length(field.value)) return found(Tier::severe, "BadContentLength");
    if (length_ && *length_ != field.value) found(Tier::severe, "MultipleContentLength");
    if (length_ && *length_ == field.value) found(Tier::ambiguous, "DuplicateContentLength");
    length_ = field.value;
}

void Judge::judge_length_fields() {
    bool suspicious = false;
    for (const Field& field : head_.fields) {
        const auto like = likeness(field);
        if (like.kind == Kind::other) continue;
        suspicious = suspicious || !like.exact;
        if (has_fatal_byte(field.name) || has_fatal_byte(field.value)) {
            found(Tier::severe, "BadHeader");
        }
        like.kind == Kind::transfer_encoding ? judge_transfer_encoding(field)
                                             : judge_content_length(field);
    }
    if (suspicious) found(Tier::ambiguous, "SuspiciousHeader");
}

void Judge::judge_combination() {
    if (encodings_ > 0 && lengths_ > 0) found(Tier::ambiguous, "BothTeClPresent");
    const bool bodyless = is_bodyless_method(head_.method);
    const bool http11 = head_.at_least_http11();
    const bool http10 = head_.version.starts_with("HTTP/1.0");
    if (encodings_ > 0 && (bodyless || !http11)) {
        found(Tier::ambiguous, "UndefinedTransferEncodingSemantics");
    }
    if (lengths_ == 0 || !length_) return;
    const bool zero = length_->find_first_not_of('0') == std::string_view::npos;
    if (!http11 && !http10) found(Tier::ambiguous, "UndefinedContentLengthSemantics");
    if (!bodyless) return;
    zero ? found(Tier::acceptable, "GetHeadZeroContentLength")
         : found(Tier::ambiguous, "UndefinedContentLengthSemantics");
}

void Judge::judge_request_line() {
    if (!is_token(head_.method)) found(Tier::severe, "BadMethod");
    const auto version = trim_blanks(head_.version);
    if (!version.empty() &&
        (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.')) {
        found(Tier::severe, "BadVersion");
    } else if (head_.version != "HTTP/1.1" && head_.version != "HTTP/1.0") {
        found(Tier::acceptable, "NonCompliantVersion");
    }
    if (has_fatal_byte(head_.target)) found(Tier::severe, "BadUri");
    const auto odd = [&](char c) { return c == '\t' || is_control(c); };
    for (const char c : head_.target) {
        if (odd(c)) found(Tier::ambiguous, "AmbiguousUri");
        if (c == ' ') found(Tier::acceptable, "SpaceInUri");
    }
    if (head_.target.find(" HTTP/") != std::string_view::npos) found(Tier::severe, "BadVersion");
}

void Judge::judge_other_fields() {
    for (const Field& field : head_.fields) {
        if (is_token(field.name) && !has_control(field.value)) continue;
        if (has_fatal_byte(field.name) || has_fatal_byte(field.value)) {
            found(Tier::severe, "BadHeader");
        }
        const auto name = trim_blanks(field.name);
        if (name.empty() || name.front() == ':') found(Tier::ambiguous, "EmptyHeader");
        found(Tier::acceptable, "NonCompliantHeader");
    }
}

Verdict Judge::judge() {
    judge_length_fields();
    judge_combination();
    judge_request_line();
    judge_other_fields();
    return verdict_;
}

Verdict classify(const RequestHead& head) { return Judge(head).judge(); }

DesyncAction desync_action(DesyncMode mode, Tier tier) {
    if (mode == DesyncMode::monitor || tier == Tier::compliant) return DesyncAction::pass;
    if (mode == DesyncMode::strictest || tier == Tier::severe) return DesyncAction::block;
    return tier == Tier::ambiguous ? DesyncAction::pass_then_close : DesyncAction::pass;
}

std::string_view tier_name(Tier tier) {
    constexpr std::array names{"Compliant", "Acceptable", "Ambiguous", "Severe"};
    return names[static_cast<int>(tier)];
}

}  // namespace stormglass::lb::http1
