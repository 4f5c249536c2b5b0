#include "planes/vpc/session_token.h"

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::vpc {
namespace {

constexpr std::size_t expiry_bytes = 8, mac_bytes = 31;  // 40 bytes with the mark: AWS's length.
constexpr char mark = 0;

std::string expiry_text(base::Time time) {
    auto millis = static_cast<std::uint64_t>(time.time_since_epoch().count());
    std::string text(expiry_bytes, '\0');
    for (std::size_t i = expiry_bytes; i > 0; --i, millis >>= 8U) {
        text[i - 1] = static_cast<char>(millis & 0xFFU);
    }
    return text;
}

base::Time expiry_time(std::string_view text) {
    std::uint64_t millis = 0;
    for (const char c : text) millis = millis << 8U | static_cast<std::uint8_t>(c);
    return base::Time{base::Millis{static_cast<std::int64_t>(millis)}};
}

}  // namespace

std::string SessionTokens::mac(std::string_view instance_id, std::string_view expiry) const {
    std::string text(expiry);
    text += instance_id;
    return base::hmac_sha256(key_, text).substr(0, mac_bytes);
}

std::string SessionTokens::issue(std::string_view instance_id, base::Time now,
                                 base::Seconds life) const {
    const std::string expiry = expiry_text(now + life);
    std::string token = base::base64_encode(mark + expiry + mac(instance_id, expiry));
    for (char& c : token) {  // For a header and a shell alike.
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return token;
}

std::optional<base::Seconds> SessionTokens::check(std::string_view token,
                                                  std::string_view instance_id,
                                                  base::Time now) const {
    std::string text(token);
    for (char& c : text) {
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    const auto bytes = base::base64_decode(text);
    if (!bytes || bytes->size() != 1 + expiry_bytes + mac_bytes) return std::nullopt;
    const std::string expiry = bytes->substr(1, expiry_bytes);
    if (!base::secure_equals(bytes->substr(1 + expiry_bytes), mac(instance_id, expiry))) {
        return std::nullopt;
    }
    const base::Time end = expiry_time(expiry);
    if (now >= end) return std::nullopt;
    return std::chrono::ceil<base::Seconds>(end - now);
}

}  // namespace stormglass::vpc
