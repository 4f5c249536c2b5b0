// What an instance does with its user data, as cloud-init would: a script is run once, at the first
// boot of this instance id; scripts in /var/lib/cloud/scripts/per-boot are run at every boot.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::substrate {

inline constexpr std::size_t user_data_max = 1 << 20;  // After unpacking; AWS takes 16 KiB packed.

enum class UserDataKind { none, script, cloud_config, unknown };

/// By its first bytes, after unpacking.
UserDataKind kind_of(const std::string& user_data);
/// Unpacks gzip; anything else is given back as it is.
Result<std::string> unpack(const std::string& user_data);

/// A program that the init is to run, in this order, one after the other.
struct BootScript {
    std::string path;
    bool is_user_data = false;
};

/// What to run at this boot, and lines for the console.
struct BootPlan {
    bool first_boot = false;
    std::vector<BootScript> scripts;
    std::vector<std::string> remarks;
};

/// Inside the instance's root: writes the script and the marker that it has had its boot. `root` is
/// "" there, and a folder in tests.
Result<BootPlan> plan_boot(const std::string& root, const std::string& instance_id,
                           const std::string& user_data);

}  // namespace stormglass::substrate
