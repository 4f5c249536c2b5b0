// An instance's root volume: a sparse file of the volume's size with a file system of its own, so
// that a full disk inside is a full disk there and nowhere else. For the init alone, in its own
// mount namespace: the mount, and the loop device with it, end when the instance does.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace stormglass::substrate {

/// Where the writable layer ("upper" and "work") lies: on the volume, made at the first boot; or in
/// the instance's folder, unbounded, where the machine offers no loop devices, `bytes` is 0, or an
/// earlier boot put it there. `why_not` then says why, for the console.
struct WritableLayer {
    std::string folder, why_not;
};
Result<WritableLayer> mount_root_volume(const std::string& instance_folder, std::int64_t bytes);

/// Names inside the instance's folder.
inline constexpr char volume_file[] = "/volume.img";
inline constexpr char volume_folder[] = "/volume";

}  // namespace stormglass::substrate
