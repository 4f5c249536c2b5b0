#include "services/elbv2/ssl_policies.h"

#include <algorithm>

#include "base/strings.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::string_view tls13 =
    "TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256";
constexpr std::string_view gcm =
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 "
    "ECDHE-RSA-AES256-GCM-SHA384";
constexpr std::string_view forward_secret =
    "ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES128-SHA256 "
    "ECDHE-RSA-AES128-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 "
    "ECDHE-ECDSA-AES256-SHA384 ECDHE-RSA-AES256-SHA384";
constexpr std::string_view forward_secret_sha1 =
    "ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-RSA-AES256-SHA ECDHE-ECDSA-AES256-SHA";
constexpr std::string_view plain_sha2 =
    "AES128-GCM-SHA256 AES128-SHA256 AES256-GCM-SHA384 AES256-SHA256";
constexpr std::string_view plain_sha1 = "AES128-SHA AES256-SHA";

/// `suites`: letters, each a group of ciphers: 3 g f s p l, in that order.
struct Row {
    std::string_view name, protocols, suites;
};
constexpr Row rows[] = {
    {"ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1.3", "3"},
    {"ELBSecurityPolicy-TLS13-1-2-2021-06", "TLSv1.3 TLSv1.2", "3f"},
    {"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "TLSv1.3 TLSv1.2", "3g"},
    {"ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", "TLSv1.3 TLSv1.2", "3fp"},
    {"ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", "TLSv1.3 TLSv1.2", "3fspl"},
    {"ELBSecurityPolicy-TLS13-1-1-2021-06", "TLSv1.3 TLSv1.2 TLSv1.1", "3fspl"},
    {"ELBSecurityPolicy-TLS13-1-0-2021-06", "TLSv1.3 TLSv1.2 TLSv1.1 TLSv1", "3fspl"},
    {"ELBSecurityPolicy-2016-08", "TLSv1 TLSv1.1 TLSv1.2", "fspl"},
    {"ELBSecurityPolicy-2015-05", "TLSv1 TLSv1.1 TLSv1.2", "fspl"},
    {"ELBSecurityPolicy-TLS-1-0-2015-04", "TLSv1 TLSv1.1 TLSv1.2", "fspl"},
    {"ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1.1 TLSv1.2", "fspl"},
    {"ELBSecurityPolicy-TLS-1-2-2017-01", "TLSv1.2", "fp"},
    {"ELBSecurityPolicy-TLS-1-2-Ext-2018-06", "TLSv1.2", "fspl"},
    {"ELBSecurityPolicy-FS-2018-06", "TLSv1 TLSv1.1 TLSv1.2", "fs"},
    {"ELBSecurityPolicy-FS-1-1-2019-08", "TLSv1.1 TLSv1.2", "fs"},
    {"ELBSecurityPolicy-FS-1-2-2019-08", "TLSv1.2", "fs"},
    {"ELBSecurityPolicy-FS-1-2-Res-2019-08", "TLSv1.2", "f"},
    {"ELBSecurityPolicy-FS-1-2-Res-2020-10", "TLSv1.2", "g"},
};

std::string_view suite(char letter) {
    switch (letter) {
        case '3': return tls13;
        case 'g': return gcm;
        case 'f': return forward_secret;
        case 's': return forward_secret_sha1;
        case 'p': return plain_sha2;
        default: return plain_sha1;
    }
}

std::vector<SslPolicyFacts> make_policies() {
    std::vector<SslPolicyFacts> all;
    for (const Row& row : rows) {
        SslPolicyFacts facts{std::string(row.name), base::split(row.protocols, ' '), {}};
        for (const char letter : row.suites) {
            const auto more = base::split(suite(letter), ' ');
            facts.ciphers.insert(facts.ciphers.end(), more.begin(), more.end());
        }
        all.push_back(std::move(facts));
    }
    return all;
}

}  // namespace

const std::vector<SslPolicyFacts>& ssl_policies() {
    static const std::vector<SslPolicyFacts> all = make_policies();
    return all;
}

bool is_ssl_policy(std::string_view name) {
    const auto& all = ssl_policies();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
}

}  // namespace stormglass::elbv2
