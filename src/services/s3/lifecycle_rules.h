// What a bucket's lifecycle rules say of one key, as pure functions. "Lifecycle configuration
// elements" and "Expiring objects" in AWS's S3 user guide are the reference.
#pragma once

#include <vector>

#include "api/s3.h"
#include "services/s3/records.h"

namespace stormglass::s3 {

/// AWS's errors for an expiration, a noncurrent expiration or an abort that cannot be meant so.
Result<void> check_actions(const api::LifecycleRule& rule);
/// The enabled rules of a bucket; none: nothing is ever due.
Result<std::vector<api::LifecycleRule>> enabled_rules(const Bucket& bucket);

/// The midnight (UTC) that ends the day on which `from` is `days` days ago.
base::Time due_after(base::Time from, std::int64_t days);

struct DueVersion {
    std::size_t index = 0;  // Into the key's versions.
    /// The current version is deleted as DeleteObject does (a marker, where there are versions);
    /// others, and expired delete markers, for good.
    enum class How { as_current, for_good } how = How::for_good;
};
/// `of_key` are all versions of one key, newest first.
std::vector<DueVersion> due_versions(const std::vector<api::LifecycleRule>& rules,
                                     const std::vector<Version>& of_key, base::Time now);
bool is_due(const std::vector<api::LifecycleRule>& rules, const Upload& upload, base::Time now);

}  // namespace stormglass::s3
