// S3: buckets and objects, with versions, conditions, uploads in parts and bucket policies.
#pragma once

#include "api/s3.h"
#include "base/random.h"
#include "services/s3/blobs.h"
#include "services/s3/checksum.h"
#include "services/s3/notifications.h"
#include "services/s3/records.h"
#include "services/sns/publish_door.h"
#include "store/parsed_records.h"

namespace stormglass::s3 {

/// What an upload's body turned into, before anything refers to it.
struct ReceivedBody {
    std::unique_ptr<Blobs::Writer> writer;
    Blobs::Writer::Finished finished;
    Blobs::DataKey key;
    std::string md5;  // Hex.
    Checksum checksum;
};

/// Which bytes of an object an answer holds.
struct ByteRange {
    std::uint64_t first = 0, length = 0;
    bool partial = false;
};

/// Thread-safe: all state is in the store and in files.
class Service final : public api::Api {
public:
    Service(base::Random& random, const store::KeyRing& keys, const std::string& data_dir)
        : random_(random), blobs_(data_dir + "/objects", random, keys) {}

    /// Where event notifications go; before the first request. Without it there are none.
    void publish_through(sns::PublishDoor& door) { door_ = &door; }
    /// Deletes files that no object refers to (left by a crash). Before the first request.
    Result<void> sweep(store::Tx& tx);
    /// Deletes what the bucket's lifecycle rules say is due of these keys, and commits; how many
    /// versions that were.
    Result<std::size_t> expire(wire::Request& request, const std::string& bucket_name,
                               const std::vector<std::string>& keys);
    /// Every file that holds bytes of an object or a part, for a reset: list them in the transaction
    /// that forgets them, delete them after it.
    static Result<std::vector<Blob>> files(store::Tx& tx);
    void delete_files(const std::vector<Blob>& files) { blobs_.remove(files); }

#include "api/s3_overrides.inc"

private:
    /// Tells whom the bucket's configuration names, in the request's transaction; before its commit.
    Result<void> notify(wire::Request& request, const Bucket& bucket, const ObjectEvent& event);
    std::string new_version_id(const std::string& sort);
    /// Makes `version` the newest of its key; gives back what it replaced, to be removed after the
    /// commit.
    Result<std::vector<Blob>> add_version(store::Tx& tx, const Bucket& bucket, Version version,
                                          const std::string& bytes, std::string* version_id);
    Result<api::DeletedObject> delete_one(wire::Request& request, const Bucket& bucket,
                                          const std::string& key,
                                          const std::optional<std::string>& version_id,
                                          std::vector<Blob>& dead);
    Result<ReceivedBody> receive(wire::Request& request, Blobs::DataKey key,
                                 const std::string& wanted_algorithm, std::uint64_t size_max,
                                 const std::optional<std::string>& content_md5);
    Result<void> store_part(wire::Request& request, const std::string& bucket, const Upload& upload,
                            std::int64_t number, ReceivedBody& body);
    Result<ReceivedBody> copy_bytes(wire::Request& request, const Version& source, ByteRange range,
                                    Blobs::DataKey key, const std::string& algorithm);
    Result<std::shared_ptr<BlobReader>> reader_of(store::Tx& tx, const Version& version,
                                                  ByteRange range);

    base::Random& random_;
    Blobs blobs_;
    sns::PublishDoor* door_ = nullptr;
    store::ParsedRecords<Bucket> parsed_buckets_{buckets};
};

}  // namespace stormglass::s3
