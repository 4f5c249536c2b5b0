#include "services/s3/blobs.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/strings.h"
#include "services/s3/chunk_cipher.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t id_digits = 32;
constexpr std::size_t data_key_bytes = 32;
constexpr const char* key_purpose = "s3-object";

Result<void> sync_folder(const std::string& path) {
    const base::UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid() || ::fsync(folder.get()) != 0) return fail_errno("fsync " + path);
    return {};
}

}  // namespace

Result<Blobs::DataKey> Blobs::new_data_key() {
    DataKey key;
    key.plain = random_.bytes(data_key_bytes);
    key.wrapped = base::hex_encode(TRY(keys_.wrap(key_purpose, key.plain)));
    return key;
}

Result<Blobs::DataKey> Blobs::open_data_key(const std::string& wrapped) const {
    if (wrapped.empty()) return DataKey{};
    const std::string raw = TRY(base::hex_decode(wrapped));
    return DataKey{TRY(keys_.unwrap(key_purpose, raw)), wrapped};
}

std::string Blobs::path_of(const std::string& id) const {
    return folder_ + "/" + id.substr(0, 2) + "/" + id;
}

void Blobs::remove(const std::vector<Blob>& blobs) {
    const std::lock_guard lock(mutex_);
    for (const Blob& blob : blobs) {
        if (blob.in_store) continue;
        if (readers_.contains(blob.id)) {
            doomed_.insert(blob.id);
        } else {
            ::unlink(path_of(blob.id).c_str());  // What fails is swept at the next start.
        }
    }
}

void Blobs::unpin(const std::string& id) {
    const auto found = readers_.find(id);
    if (found == readers_.end() || --found->second > 0) return;
    readers_.erase(found);
    if (doomed_.erase(id) > 0) ::unlink(path_of(id).c_str());
}

Result<std::size_t> Blobs::sweep(const std::set<std::string>& known) {
    std::size_t removed = 0;
    for (int high = 0; high < 256; ++high) {
        const std::string path = fmt::format("{}/{:02x}", folder_, high);
        DIR* const folder = ::opendir(path.c_str());
        if (folder == nullptr) continue;
        while (const dirent* entry = ::readdir(folder)) {
            const std::string name = entry->d_name;
            if (name.size() != id_digits || known.contains(name)) continue;
            if (::unlink((path + "/" + name).c_str()) == 0) ++removed;
        }
        ::closedir(folder);
    }
    return removed;
}

Blobs::Pin::Pin(Blobs& blobs, const std::vector<Blob>& pinned) : blobs_(blobs) {
    const std::lock_guard lock(blobs_.mutex_);
    for (const Blob& blob : pinned) {
        if (blob.in_store) continue;
        ids_.push_back(blob.id);
        ++blobs_.readers_[blob.id];
        if (::access(blobs_.path_of(blob.id).c_str(), R_OK) != 0) complete_ = false;
    }
}

Blobs::Pin::~Pin() {
    const std::lock_guard lock(blobs_.mutex_);
    for (const auto& id : ids_) blobs_.unpin(id);
}

Blobs::Writer::Writer(Blobs& blobs, DataKey& key) : blobs_(blobs), key_(key) {
    blob_.id = blobs.random_.hex(id_digits);
}

Blobs::Writer::~Writer() {
    if (!kept_ && file_.valid()) ::unlink(blobs_.path_of(blob_.id).c_str());
}

Result<void> Blobs::Writer::open() {
    if (key_.plain.empty()) key_ = TRY(blobs_.new_data_key());
    cipher_key_ = base::hmac_sha256(key_.plain, blob_.id);
    const std::string path = blobs_.path_of(blob_.id);
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    file_ = base::UniqueFd(::open(path.c_str(), flags, 0600));
    if (!file_.valid() && errno == ENOENT) {
        TRY(base::make_directories(path.substr(0, path.rfind('/'))));
        file_ = base::UniqueFd(::open(path.c_str(), flags, 0600));
    }
    if (!file_.valid()) return fail_errno("create " + path);
    return {};
}

Result<void> Blobs::Writer::flush_chunk() {
    const std::size_t size = std::min(buffer_.size(), blob_chunk);
    TRY(base::write_all(file_.get(),
                        seal_chunk(cipher_key_, chunks_++, std::string_view(buffer_).substr(0, size))));
    buffer_.erase(0, size);
    return {};
}

Result<void> Blobs::Writer::write(std::string_view bytes) {
    buffer_ += bytes;
    blob_.size += bytes.size();
    if (!file_.valid() && buffer_.size() <= blob_in_store_max) return {};
    if (!file_.valid()) TRY(open());
    while (buffer_.size() >= blob_chunk) TRY(flush_chunk());
    return {};
}

Result<Blobs::Writer::Finished> Blobs::Writer::finish() {
    if (!file_.valid()) {
        blob_.in_store = true;
        return Finished{blob_, std::move(buffer_)};
    }
    if (!buffer_.empty()) TRY(flush_chunk());
    if (::fsync(file_.get()) != 0) return fail_errno("fsync of an object's file");
    const std::string path = blobs_.path_of(blob_.id);
    TRY(sync_folder(path.substr(0, path.rfind('/'))));
    return Finished{blob_, {}};
}

BlobReader::BlobReader(Blobs& blobs, std::vector<Blob> list, std::string data_key,
                       std::map<std::string, std::string> in_store, std::uint64_t offset,
                       std::uint64_t length)
    : blobs_(blobs),
      list_(std::move(list)),
      data_key_(std::move(data_key)),
      in_store_(std::move(in_store)),
      pin_(blobs, list_),
      offset_(offset),
      left_(length) {
    while (current_ < list_.size() && offset_ >= list_[current_].size) {
        offset_ -= list_[current_++].size;
    }
}

Result<std::string> BlobReader::chunk_at(const Blob& blob, std::uint64_t chunk) {
    if (!file_.valid()) {
        const std::string path = blobs_.path_of(blob.id);
        file_ = base::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file_.valid()) return fail_errno("open " + path);
        cipher_key_ = base::hmac_sha256(data_key_, blob.id);
    }
    const std::uint64_t start = chunk * blob_chunk;
    const std::uint64_t plain = std::min<std::uint64_t>(blob_chunk, blob.size - start);
    std::string sealed(plain + chunk_tag_size, '\0');
    const auto at = static_cast<off_t>(chunk * (blob_chunk + chunk_tag_size));
    std::size_t got = 0;
    while (got < sealed.size()) {
        const auto n = ::pread(file_.get(), sealed.data() + got, sealed.size() - got,
                               at + static_cast<off_t>(got));
        if (n <= 0) return fail(Domain::store, "DamagedObject", "an object's file is too short");
        got += static_cast<std::size_t>(n);
    }
    return open_chunk(cipher_key_, chunk, sealed);
}

Result<void> BlobReader::refill() {
    const Blob& blob = list_[current_];
    if (blob.in_store) {
        buffer_ = in_store_[blob.id];
        taken_ = offset_;
        offset_ = blob.size;
    } else {
        buffer_ = TRY(chunk_at(blob, offset_ / blob_chunk));
        taken_ = offset_ % blob_chunk;
        offset_ = std::min(blob.size, (offset_ / blob_chunk + 1) * blob_chunk);
    }
    if (offset_ >= blob.size) {
        ++current_;
        offset_ = 0;
        file_.reset();
    }
    return {};
}

Result<std::size_t> BlobReader::read(char* to, std::size_t size) {
    while (left_ > 0 && taken_ >= buffer_.size()) {
        if (current_ >= list_.size()) {
            return fail(Domain::store, "DamagedObject", "an object is shorter than recorded");
        }
        TRY(refill());
    }
    const std::size_t n = std::min({size, buffer_.size() - taken_, static_cast<std::size_t>(left_)});
    if (left_ == 0) return 0;
    buffer_.copy(to, n, taken_);
    taken_ += n;
    left_ -= n;
    return n;
}

}  // namespace stormglass::s3
