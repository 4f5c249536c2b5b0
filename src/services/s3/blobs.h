// The bytes of objects: short ones go into the store with their metadata, longer ones into files
// under objects/, AES-256-GCM in chunks, so that every part of a file can be read by itself and
// none can be changed unnoticed. Each object has a data key, wrapped by the key ring; each file a
// key derived from it.
//
// A file exists before the transaction that refers to it; a crash in between leaves a file that
// nobody refers to, which sweep() removes at the next start.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "services/s3/records.h"
#include "store/key_ring.h"

namespace stormglass::s3 {

inline constexpr std::size_t blob_in_store_max = 16 * 1024;
inline constexpr std::size_t blob_chunk = 64 * 1024;

/// Thread-safe.
class Blobs {
public:
    /// `folder` is made when first needed.
    Blobs(std::string folder, base::Random& random, const store::KeyRing& keys)
        : folder_(std::move(folder)), random_(random), keys_(keys) {}

    struct DataKey {
        std::string plain, wrapped;  // `wrapped` is hex.
    };
    Result<DataKey> new_data_key();
    Result<DataKey> open_data_key(const std::string& wrapped) const;

    /// Takes the bytes of one blob. Unless keep() is called, nothing remains of it.
    class Writer {
    public:
        Writer(Blobs& blobs, DataKey& key);
        ~Writer();
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;
        Result<void> write(std::string_view bytes);
        /// Durable when it returns, if it is a file; else put `bytes` into the store.
        struct Finished {
            Blob blob;
            std::string bytes;
        };
        Result<Finished> finish();
        void keep() { kept_ = true; }

    private:
        Result<void> open();
        Result<void> flush_chunk();
        Blobs& blobs_;
        DataKey& key_;  // Made when the first byte goes into a file.
        Blob blob_;
        std::string buffer_, cipher_key_;
        std::uint64_t chunks_ = 0;
        base::UniqueFd file_;
        bool kept_ = false;
    };

    /// While it lives, the files of these blobs stay, also when they are removed.
    class Pin {
    public:
        Pin(Blobs& blobs, const std::vector<Blob>& pinned);
        ~Pin();
        Pin(const Pin&) = delete;
        Pin& operator=(const Pin&) = delete;
        /// False: a file was gone already; look the object up again.
        bool complete() const { return complete_; }

    private:
        Blobs& blobs_;
        std::vector<std::string> ids_;
        bool complete_ = true;
    };

    /// Deletes the files, once nobody reads them any more.
    void remove(const std::vector<Blob>& blobs);
    /// Deletes every file that is not in `known`. Only before the first request.
    Result<std::size_t> sweep(const std::set<std::string>& known);
    std::string path_of(const std::string& id) const;

private:
    friend class BlobReader;
    void unpin(const std::string& id);

    const std::string folder_;
    base::Random& random_;
    const store::KeyRing& keys_;
    std::mutex mutex_;
    std::map<std::string, int> readers_;
    std::set<std::string> doomed_;
};

/// Reads a range of an object's blobs, one after another.
class BlobReader {
public:
    /// `in_store` holds the bytes of those blobs that lie in the store, by id.
    BlobReader(Blobs& blobs, std::vector<Blob> list, std::string data_key,
               std::map<std::string, std::string> in_store, std::uint64_t offset,
               std::uint64_t length);
    /// 0 at the end. An error: the file is missing or was changed.
    Result<std::size_t> read(char* to, std::size_t size);
    bool pinned() const { return pin_.complete(); }

private:
    Result<void> refill();
    Result<std::string> chunk_at(const Blob& blob, std::uint64_t chunk);

    Blobs& blobs_;
    std::vector<Blob> list_;
    std::string data_key_;
    std::map<std::string, std::string> in_store_;
    Blobs::Pin pin_;
    std::size_t current_ = 0;
    std::uint64_t offset_, left_;  // Offset within the current blob.
    base::UniqueFd file_;
    std::string cipher_key_, buffer_;
    std::size_t taken_ = 0;
};

}  // namespace stormglass::s3
