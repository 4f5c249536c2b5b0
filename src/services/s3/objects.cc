#include "services/s3/objects.h"

#include "base/strings.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t sort_digits = 16;
constexpr int sort_bits_of_order = 16;  // Below the milliseconds.

/// Does `header`, a list of entity tags or *, name this one?
bool names_etag(const std::string& header, const std::string& etag) {
    for (const auto& part : base::split(header, ',')) {
        std::string_view one = base::trim(part);
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == etag || one == quoted_etag(etag)) return true;
    }
    return false;
}

base::Time whole_seconds(base::Time time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

Result<std::optional<Version>> latest_version(store::Tx& tx, const std::string& bucket,
                                              const std::string& key) {
    std::optional<Version> latest;
    TRY(versions.scan(tx, {bucket, key}, [&](Version& version) {
        latest = std::move(version);
        return store::Step::stop;
    }));
    return latest;
}

Result<std::optional<Version>> version_by_id(store::Tx& tx, const std::string& bucket,
                                             const std::string& key, const std::string& version_id) {
    std::optional<Version> found;
    if (version_id == null_version) {
        TRY(versions.scan(tx, {bucket, key}, [&](Version& version) {
            if (version.version_id != null_version) return store::Step::next;
            found = std::move(version);
            return store::Step::stop;
        }));
        return found;
    }
    if (version_id.size() < sort_digits) return found;
    found = TRY(versions.get(tx, {bucket, key, version_id.substr(0, sort_digits)}));
    if (found && found->version_id != version_id) found.reset();
    return found;
}

std::optional<std::string> shown_version(const Bucket& bucket, const Version& version) {
    if (bucket.versioning.empty()) return std::nullopt;
    return version.version_id;
}

Result<Version> need_object(wire::Request& request, store::Tx& tx, const Bucket& bucket,
                            const std::string& key, const std::optional<std::string>& version_id) {
    auto& headers = request.extras.headers;
    if (!version_id) {
        auto latest = TRY(latest_version(tx, bucket.name, key));
        if (latest && !latest->delete_marker) return std::move(*latest);
        if (latest) {
            headers.emplace_back("x-amz-delete-marker", "true");
            headers.emplace_back("x-amz-version-id", latest->version_id);
        }
        return missing_object(request, bucket, key);
    }
    auto found = TRY(version_by_id(tx, bucket.name, key, *version_id));
    if (!found) {
        const bool plausible = *version_id == null_version || version_id->size() == 2 * sort_digits;
        if (!plausible) {
            return s3_error("InvalidArgument", "Invalid version id specified", 400,
                            {{"ArgumentName", "versionId"}, {"ArgumentValue", *version_id}});
        }
        return s3_error("NoSuchVersion", "The specified version does not exist.", 404,
                        {{"Key", key}, {"VersionId", *version_id}});
    }
    if (found->delete_marker) {
        headers.emplace_back("x-amz-delete-marker", "true");
        headers.emplace_back("x-amz-version-id", found->version_id);
        headers.emplace_back("Allow", "DELETE");
        headers.emplace_back("Last-Modified", base::http_date(found->modified));
        return s3_error("MethodNotAllowed",
                        "The specified method is not allowed against this resource.", 405,
                        {{"Method", request.http == nullptr ? "GET" : request.http->method},
                         {"ResourceType", "DeleteMarker"}});
    }
    return std::move(*found);
}

Unexpected precondition_failed(std::string_view condition) {
    return s3_error("PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold", 412,
                    {{"Condition", condition}});
}

Result<void> check_write_conditions(const std::optional<Version>& current, const std::string& key,
                                    const std::optional<std::string>& if_match,
                                    const std::optional<std::string>& if_none_match) {
    const bool exists = current && !current->delete_marker;
    if (if_none_match && (*if_none_match != "*" || if_match)) {
        return s3_error("NotImplemented",
                        "A header you provided implies functionality that is not implemented", 501,
                        {{"Header", "If-None-Match"}});
    }
    if (if_none_match && exists) return precondition_failed("If-None-Match");
    if (!if_match) return {};
    if (!exists) return no_such_key(key);
    if (!names_etag(*if_match, current->etag)) return precondition_failed("If-Match");
    return {};
}

ReadOutcome check_read_conditions(const ReadConditions& conditions, const Version& version) {
    const base::Time modified = whole_seconds(version.modified);
    if (conditions.if_match) {
        if (!names_etag(*conditions.if_match, version.etag)) return ReadOutcome::failed;
    } else if (conditions.if_unmodified_since && modified > *conditions.if_unmodified_since) {
        return ReadOutcome::failed;
    }
    if (conditions.if_none_match) {
        if (names_etag(*conditions.if_none_match, version.etag)) return ReadOutcome::not_modified;
    } else if (conditions.if_modified_since && modified <= *conditions.if_modified_since) {
        return ReadOutcome::not_modified;
    }
    return ReadOutcome::go_on;
}

std::string Service::new_version_id(const std::string& sort) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    return sort + random_.pick(sort_digits, letters);
}

Result<std::vector<Blob>> Service::add_version(store::Tx& tx, const Bucket& bucket, Version version,
                                               const std::string& bytes, std::string* version_id) {
    std::vector<Blob> dead;
    std::uint64_t order =
        static_cast<std::uint64_t>(version.modified.time_since_epoch().count()) << sort_bits_of_order;
    std::optional<Version> replaced;
    bool newest = true, replaces_newest = false;
    TRY(versions.scan(tx, {bucket.name, version.key}, [&](Version& there) {
        if (newest) {  // Later than the newest, also within a millisecond or if the clock went back.
            const auto before = ~std::stoull(there.sort, nullptr, 16);
            order = std::max<std::uint64_t>(order, before + 1);
        }
        if (there.version_id == null_version) {
            replaces_newest = newest;
            replaced = std::move(there);
        }
        newest = false;
        return bucket.versioning != "Enabled" && !replaced ? store::Step::next : store::Step::stop;
    }));
    version.sort = store::ordered(~order);
    if (bucket.versioning == "Enabled") {
        version.version_id = new_version_id(version.sort);
    } else {
        version.version_id = null_version;
        if (replaced) {
            // In its place where that is the newest already: a key that is overwritten all the time
            // leaves no trail of deleted entries for every reader to step over.
            if (replaces_newest) {
                version.sort = replaced->sort;
            } else {
                versions.erase(tx, {bucket.name, replaced->key, replaced->sort});
            }
            for (const Blob& blob : replaced->blobs) {
                if (blob.in_store) tx.erase(bytes_key(blob.id));
            }
            dead = std::move(replaced->blobs);
        }
    }
    if (version.blobs.size() == 1 && version.blobs.front().in_store) {
        tx.put(bytes_key(version.blobs.front().id), bytes);
    }
    versions.put(tx, {bucket.name, version.key, version.sort}, version);
    if (version_id != nullptr) *version_id = version.version_id;
    return dead;
}

Result<void> Service::sweep(store::Tx& tx) {
    std::set<std::string> known;
    TRY(versions.scan(tx, {}, [&](Version& version) {
        for (const Blob& blob : version.blobs) known.insert(blob.id);
    }));
    TRY(parts.scan(tx, {}, [&](UploadedPart& part) { known.insert(part.blob.id); }));
    TRY(blobs_.sweep(known));
    return {};
}

}  // namespace stormglass::s3
