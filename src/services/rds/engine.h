// What may be ordered: engine versions, instance classes, storage types, certificates.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormglass::rds {

inline constexpr char engine_name[] = "mysql";
inline constexpr char license_model[] = "general-public-license";
inline constexpr char default_certificate[] = "rds-ca-rsa2048-g1";

/// "mysql8.0", "mysql8.4"
const std::vector<std::string>& families();
const std::vector<std::string>& engine_versions();
/// "8.0" and "8.0.42" name a version; nothing for one that there is not.
std::optional<std::string> resolve_version(std::string_view text);
/// "8.0" of "8.0.42".
std::string major_version(std::string_view version);
std::string family_of(std::string_view version);

struct InstanceClass {
    std::string name;
    std::int64_t memory_bytes = 0;
    int cpu_millicores = 0;
};
const std::vector<InstanceClass>& instance_classes();
std::optional<InstanceClass> find_class(std::string_view name);

/// Smallest size in GiB; nothing for a storage type that there is not.
std::optional<std::int64_t> storage_min(std::string_view storage_type);
inline constexpr std::int64_t storage_max = 65'536;

const std::vector<std::string>& certificates();
const std::vector<std::string>& log_types();

}  // namespace stormglass::rds
