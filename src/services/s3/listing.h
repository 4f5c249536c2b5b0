// One page of a bucket's contents.
#pragma once

#include <string>
#include <vector>

#include "services/s3/records.h"

namespace stormglass::s3 {

struct ListWanted {
    std::string bucket, prefix, delimiter;
    std::size_t most = 0;
    bool only_current = false;  // Neither older versions nor deleted keys.
    std::string after_key;      // Exclusive; with after_sort, its later versions still come.
    std::string after_sort;
    bool after_prefix = false;  // after_key is a common prefix: nothing under it comes again.
};

struct ListedVersion {
    Version version;
    bool is_latest = false;
};

struct Listing {
    std::vector<ListedVersion> entries;
    std::vector<std::string> prefixes;
    bool truncated = false;
    std::string last_key, last_sort;
    bool last_is_prefix = false;
};

Result<Listing> list_versions(store::Tx& tx, const ListWanted& wanted);
/// A key part without its end mark: the start of all parts that begin with `prefix`.
std::string first_key(const std::string& prefix);
/// The first store key after everything whose object key begins with `prefix`.
std::string skip_past(const std::string& bucket, const std::string& prefix);

}  // namespace stormglass::s3
