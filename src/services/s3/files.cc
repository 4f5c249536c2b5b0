// Which files of objects there are, for a reset of everything.
#include "services/s3/service.h"

namespace stormglass::s3 {

Result<std::vector<Blob>> Service::files(store::Tx& tx) {
    std::vector<Blob> all;
    TRY(versions.scan(tx, {}, [&](Version& version) {
        for (auto& blob : version.blobs) {
            if (!blob.in_store) all.push_back(std::move(blob));
        }
    }));
    TRY(parts.scan(tx, {}, [&](UploadedPart& part) {
        if (!part.blob.in_store) all.push_back(std::move(part.blob));
    }));
    return all;
}

}  // namespace stormglass::s3
