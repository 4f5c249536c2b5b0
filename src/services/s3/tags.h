// Tags of buckets and objects.
#pragma once

#include <map>
#include <string>

#include "api/s3.h"
#include "base/result.h"

namespace stormglass::s3 {

inline constexpr std::size_t bucket_tags_max = 50;
inline constexpr std::size_t object_tags_max = 10;

/// Checked: keys are unique, not AWS's own, not too many.
Result<std::map<std::string, std::string>> read_tags(const wire::List<api::Tag>& tags,
                                                     std::size_t most);
/// The x-amz-tagging header: "a=1&b=2".
Result<std::map<std::string, std::string>> read_tag_header(const std::string& header);
wire::List<api::Tag> write_tags(const std::map<std::string, std::string>& tags);

}  // namespace stormglass::s3
