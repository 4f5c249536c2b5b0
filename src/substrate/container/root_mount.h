// The instance's root: an overlay of image, seed layer and writable layer, and the step into it.
// For the init alone, in a mount namespace of its own.
#pragma once

#include <string>

#include "base/result.h"

namespace stormglass::substrate {

struct RootLayers {
    std::string image, seed;  // Read only; the seed layer lies over the image.
    std::string upper, work;  // The writable layer, kept between boots; one file system.
    std::string mount_point;
};

/// Nothing mounted from here on shows outside, and nothing mounted outside shows here.
Result<void> make_mounts_private();
Result<void> mount_tmpfs(const std::string& where, const std::string& options);
Result<void> mount_root(const RootLayers& layers);
/// Makes `new_root` the root and drops every mount of the host.
Result<void> pivot_into(const std::string& new_root);

}  // namespace stormglass::substrate
