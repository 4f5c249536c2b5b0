// What ssm stores, how parameters are named, and who may use them.
#pragma once

#include "base/json.h"
#include "store/table.h"
#include "wire/request.h"

namespace stormglass::ssm {

struct Version {
    std::int64_t number = 1;
    std::string value;  // SecureString: the ciphertext, base64.
    std::string type, key_id, description, allowed_pattern, tier = "Standard", data_type = "text";
    std::string modified_by;
    base::Time modified{};
    std::vector<std::string> labels;
};
STORMGLASS_JSON(Version, number, value, type, key_id, description, allowed_pattern, tier, data_type,
                modified_by, modified, labels)

struct Parameter {
    std::string name, arn;
    std::map<std::string, std::string> tags;
    std::vector<Version> versions;  // Oldest first; never empty.
    std::int64_t next_version = 2;
    const Version& latest() const { return versions.back(); }
};
STORMGLASS_JSON(Parameter, name, arn, tags, versions, next_version)

inline constexpr store::Table<Parameter> parameters{"ssm/parameter"};  // {account, region, name}

/// "name", "name:3", "name:label" or an ARN, taken apart.
struct Named {
    std::string name, selector;  // The selector without its colon.
};
Named parse_name(const std::string& text);
std::string arn_of(const wire::Request& request, const std::string& name);
/// May the caller do `operation` ("GetParameter") to this parameter?
Result<void> authorize(wire::Request& request, const char* operation, const std::string& name);
Result<Parameter> find(wire::Request& request, const std::string& name);
void put(wire::Request& request, const Parameter& parameter);

}  // namespace stormglass::ssm
