#include "services/s3/lifecycle.h"

#include "services/s3/objects.h"
#include "wire/request.h"

namespace stormglass::s3 {
namespace {

constexpr base::Millis pause_min{10'000};
constexpr int pause_per_duration = 50;        // A pass takes at most a fiftieth of the time.
constexpr std::size_t keys_per_write = 100;   // The writer's lock is held for so many.

/// Calls `visit` with all versions of each key, newest first.
Result<void> each_key(store::Tx& tx, const std::string& bucket,
                      const std::function<void(const std::vector<Version>&)>& visit) {
    std::vector<Version> of_key;
    TRY(versions.scan(tx, {bucket}, [&](Version& version) {
        if (!of_key.empty() && of_key.front().key != version.key) {
            visit(of_key);
            of_key.clear();
        }
        of_key.push_back(std::move(version));
    }));
    if (!of_key.empty()) visit(of_key);
    return {};
}

}  // namespace

/// Decides again, in the transaction that deletes: a key may have been written meanwhile.
Result<std::size_t> Service::expire(wire::Request& request, const std::string& bucket_name,
                                    const std::vector<std::string>& keys) {
    store::Tx& tx = request.tx();
    const auto bucket = TRY(buckets.get(tx, {bucket_name}));
    if (!bucket) return 0;
    const auto rules = TRY(enabled_rules(*bucket));
    std::vector<Blob> dead;
    std::size_t count = 0;
    for (const auto& key : keys) {
        const auto all = TRY(versions.all(tx, {bucket_name, key}));
        auto due = due_versions(rules, all, request.now);
        std::reverse(due.begin(), due.end());  // The current last: its marker may be "null" too.
        for (const auto& one : due) {
            std::optional<std::string> version_id;
            if (one.how == DueVersion::How::for_good) version_id = all[one.index].version_id;
            TRY(delete_one(request, *bucket, key, version_id, dead));
            ++count;
        }
    }
    TRY(request.commit());
    blobs_.remove(dead);
    return count;
}

Result<std::size_t> Lifecycle::expire(const Bucket& bucket, const std::vector<std::string>& keys) {
    std::size_t count = 0;
    for (std::size_t from = 0; from < keys.size(); from += keys_per_write) {
        const auto to = std::min(keys.size(), from + keys_per_write);
        const auto request = wire::make_internal_request(store_, wire::TxMode::write, "s3",
                                                         bucket.account, bucket.region, clock_.now());
        if (request == nullptr) return fail(Domain::store, "Busy", "the writer's lock is not free");
        count += TRY(s3_.expire(*request, bucket.name,
                                {keys.begin() + static_cast<std::ptrdiff_t>(from),
                                 keys.begin() + static_cast<std::ptrdiff_t>(to)}));
    }
    return count;
}

Result<std::size_t> Lifecycle::abort(const Bucket& bucket, const std::vector<Upload>& due) {
    for (const auto& upload : due) {
        const auto request = wire::make_internal_request(store_, wire::TxMode::read, "s3",
                                                         bucket.account, bucket.region, clock_.now());
        if (request == nullptr) return fail(Domain::store, "Busy", "no snapshot");
        api::AbortMultipartUploadInput input;
        input.bucket = bucket.name;
        input.key = upload.key;
        input.upload_id = upload.id;
        const auto aborted = s3_.abort_multipart_upload(*request, input);
        if (!aborted && aborted.error().domain != Domain::aws) {  // Gone meanwhile is as good.
            return std::unexpected(aborted.error());
        }
    }
    return due.size();
}

Result<void> Lifecycle::keep(const Bucket& bucket, const std::vector<api::LifecycleRule>& rules) {
    const base::Time now = clock_.now();
    std::vector<std::string> keys;
    std::vector<Upload> stale;
    {
        const auto look = store_.read();
        TRY(each_key(*look, bucket.name, [&](const std::vector<Version>& of_key) {
            if (!due_versions(rules, of_key, now).empty()) keys.push_back(of_key.front().key);
        }));
        TRY(uploads.scan(*look, {bucket.name}, [&](Upload& upload) {
            if (is_due(rules, upload, now)) stale.push_back(std::move(upload));
        }));
    }
    const std::size_t expired = TRY(expire(bucket, keys)), aborted = TRY(abort(bucket, stale));
    if (expired + aborted > 0) {
        timeline_.add({now, "api", bucket.name,
                       fmt::format("lifecycle of bucket {}: {} versions expired, {} uploads aborted",
                                   bucket.name, expired, aborted),
                       bucket.region});
    }
    return {};
}

Result<base::Millis> Lifecycle::reconcile() {
    const base::Time begun = clock_.now();
    if (begun < next_) return next_ - begun;
    std::vector<Bucket> all;
    {
        const auto look = store_.read();
        all = TRY(buckets.all(*look));
    }
    for (const auto& bucket : all) {
        const auto rules = TRY(enabled_rules(bucket));
        if (!rules.empty()) TRY(keep(bucket, rules));
    }
    const base::Time ended = clock_.now();
    const base::Millis pause =
        std::max<base::Millis>(pause_min, (ended - begun) * pause_per_duration);
    next_ = ended + pause;
    return pause;
}

}  // namespace stormglass::s3
