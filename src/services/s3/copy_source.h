// The source of CopyObject and UploadPartCopy: found, allowed, and its conditions met.
#pragma once

#include "services/s3/objects.h"

namespace stormglass::s3 {

struct CopySource {
    Bucket bucket;
    Version version;
};

/// `header` is "bucket/key" or "/bucket/key", percent-encoded, perhaps with "?versionId=".
Result<CopySource> open_copy_source(wire::Request& request, const std::string& header,
                                    const ReadConditions& conditions,
                                    const std::optional<std::string>& expected_owner);

template <class Input>
ReadConditions copy_conditions(const Input& input) {
    return {input.copy_source_if_match, input.copy_source_if_none_match,
            input.copy_source_if_modified_since, input.copy_source_if_unmodified_since};
}

}  // namespace stormglass::s3
