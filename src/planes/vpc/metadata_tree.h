// What an instance may read about itself, as a tree of paths below /latest/.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "planes/vpc/config.h"

namespace stormglass::vpc {

/// Leaves by path ("meta-data/instance-id"). Folders are implied.
using MetadataTree = std::map<std::string, std::string, std::less<>>;

MetadataTree metadata_tree(const Config& config, const InstanceMetadata& instance);

/// A leaf's value or a folder's list (names by line, folders with a final slash). `path` has no
/// leading slash; a leaf with a final slash does not exist.
std::optional<std::string> read_metadata(const MetadataTree& tree, std::string_view path);

}  // namespace stormglass::vpc
