// Derived signing keys, remembered: four of the five MACs of a verification repeat all day.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stormglass::wire::sigv4 {

/// The fields a signing key is derived from.
struct KeyScope {
    std::string_view access_key_id, date, region, service;
};

/// Thread-safe and bounded: two generations of at most `entries_max` keys; the older is dropped
/// when the younger is full, so a key in use is never older than that.
class SigningKeys {
public:
    static constexpr std::size_t entries_max = 1024;

    /// 32 bytes. A changed secret is noticed.
    std::string get(const KeyScope& scope, std::string_view secret_access_key);
    std::size_t size() const;

private:
    struct Entry {
        std::string secret, key;
    };
    using Map = std::unordered_map<std::string, Entry>;

    mutable std::mutex mutex_;
    Map young_, old_;
};

/// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
std::string derive_signing_key(const KeyScope& scope, std::string_view secret_access_key);

}  // namespace stormglass::wire::sigv4
