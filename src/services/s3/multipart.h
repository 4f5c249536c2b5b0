// What the operations on uploads share.
#pragma once

#include <set>

#include "services/s3/objects.h"

namespace stormglass::s3 {

Unexpected no_such_upload(const std::string& id);
Result<Upload> need_upload(store::Tx& tx, const std::string& bucket, const std::string& key,
                           const std::string& id);
/// Erases the upload and its parts, all but the blobs in `kept`; those to delete go to `dead`.
Result<void> forget_upload(store::Tx& tx, const std::string& bucket, const Upload& upload,
                           const std::set<std::string>& kept, std::vector<Blob>& dead);

}  // namespace stormglass::s3
