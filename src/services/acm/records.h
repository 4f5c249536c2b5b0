// What acm stores. Values are sealed at rest by the store, private keys with them.
#pragma once

#include "base/json.h"
#include "store/table.h"

namespace stormglass::acm {

/// What a certificate says of itself.
struct Facts {
    std::string domain, subject, issuer, serial, key_algorithm, signature_algorithm;
    std::vector<std::string> names;
    base::Time not_before{}, not_after{};
};
STORMGLASS_JSON(Facts, domain, subject, issuer, serial, key_algorithm, signature_algorithm, names,
                not_before, not_after)

struct Certificate {
    std::string arn, certificate, private_key, chain;  // PEM.
    Facts facts;
    base::Time created{}, imported{};
    std::map<std::string, std::string> tags;
    std::vector<std::string> in_use_by;  // ARNs of balancers.
};
STORMGLASS_JSON(Certificate, arn, certificate, private_key, chain, facts, created, imported, tags,
                in_use_by)

inline constexpr store::Table<Certificate> certificates{"acm/certificate"};  // {account, region, arn}

/// Reads PEM and checks that the key belongs to the certificate and that it is valid at `now`;
/// aws errors as ImportCertificate gives them.
Result<Facts> examine(const std::string& certificate, const std::string& private_key,
                      const std::string& chain, base::Time now);

}  // namespace stormglass::acm
