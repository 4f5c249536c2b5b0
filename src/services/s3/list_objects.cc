// ListObjects, ListObjectsV2 and ListObjectVersions: one walk over a bucket's versions, in order of
// keys, that folds keys into common prefixes and stops after a page.
#include "services/s3/listing.h"

#include "base/strings.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::int64_t page_max = 1000;

/// encoding-type=url: keys as they would stand in a URL, so that any byte fits into XML.
std::string shown_key(const std::string& key, const std::optional<std::string>& encoding) {
    return encoding ? base::uri_encode(key, base::Slash::keep) : key;
}

Result<void> check_page(const std::optional<std::int64_t>& size,
                        const std::optional<std::string>& encoding) {
    if (size.value_or(0) < 0) {
        return s3_error("InvalidArgument", "Argument maxKeys must be an integer between 0 and 2147483647",
                        400, {{"ArgumentName", "maxKeys"}, {"ArgumentValue", std::to_string(*size)}});
    }
    if (encoding && *encoding != "url") {
        return s3_error("InvalidArgument", "Invalid Encoding Method specified in Request", 400,
                        {{"ArgumentName", "encoding-type"}, {"ArgumentValue", *encoding}});
    }
    return {};
}

template <class Input>
Result<Bucket> open_for_list(wire::Request& request, const Input& input, const char* action) {
    std::map<std::string, std::vector<std::string>> context;
    if (input.prefix) context["s3:prefix"] = {*input.prefix};
    if (input.delimiter) context["s3:delimiter"] = {*input.delimiter};
    if (input.max_keys) context["s3:max-keys"] = {std::to_string(*input.max_keys)};
    return open_bucket(request, request.tx(),
                       {input.bucket, action, "", input.expected_bucket_owner, std::move(context)});
}

template <class Entry>
void fill_entry(Entry& entry, const Version& version, const std::optional<std::string>& encoding) {
    entry.key = shown_key(version.key, encoding);
    entry.last_modified = version.modified;
    entry.e_tag = quoted_etag(version.etag);
    entry.size = static_cast<std::int64_t>(version.size);
    entry.storage_class = version.headers.storage_class.empty() ? "STANDARD" : version.headers.storage_class;
    if (!version.checksum.algorithm.empty()) {
        entry.checksum_algorithm.push_back(version.checksum.algorithm);
        entry.checksum_type = version.checksum.type;
    }
}

template <class Output, class Input>
void fill_page(Output& output, const Input& input, const Listing& listing, std::int64_t most) {
    output.name = input.bucket;
    output.prefix = shown_key(input.prefix.value_or(""), input.encoding_type);
    if (input.delimiter && !input.delimiter->empty()) {
        output.delimiter = shown_key(*input.delimiter, input.encoding_type);
    }
    output.max_keys = most;
    output.encoding_type = input.encoding_type;
    output.is_truncated = listing.truncated;
    for (const auto& prefix : listing.prefixes) {
        output.common_prefixes.emplace_back().prefix = shown_key(prefix, input.encoding_type);
    }
}

std::int64_t page_of_input(const std::optional<std::int64_t>& wanted) {
    return std::min(wanted.value_or(page_max), page_max);
}

api::Owner owner_of(const Bucket& bucket) {
    api::Owner owner;
    owner.id = canonical_id(bucket.account);
    return owner;
}

}  // namespace

Result<Listing> list_versions(store::Tx& tx, const ListWanted& wanted) {
    Listing listing;
    std::string from = store::key({versions.name(), wanted.bucket});
    const std::string bucket_end = store::prefix_end(from);
    if (!wanted.prefix.empty()) from = std::max(from, store::key({versions.name(), wanted.bucket}) +
                                                         first_key(wanted.prefix));
    if (!wanted.after_key.empty()) {
        // All versions of the key itself, unless some of them are still to come.
        const std::string marker = store::key({versions.name(), wanted.bucket, wanted.after_key});
        from = std::max(from, wanted.after_sort.empty()
                                  ? store::prefix_end(marker)
                                  : store::prefix_end(store::key({versions.name(), wanted.bucket,
                                                                  wanted.after_key, wanted.after_sort})));
        if (wanted.after_prefix) {
            from = std::max(from, skip_past(wanted.bucket, wanted.after_key));
        }
    }
    std::string latest_key = wanted.after_sort.empty() ? std::string{} : wanted.after_key;
    bool more = true;
    while (more) {
        more = false;
        Result<void> outcome;
        TRY(tx.scan(from, bucket_end, store::Direction::forward,
                    [&](std::string_view, std::string_view text) {
            auto read = base::from_json_text<Version>(text);
            if (!read) {
                outcome = Unexpected(read.error());
                return store::Step::stop;
            }
            Version& version = *read;
            if (!version.key.starts_with(wanted.prefix)) return store::Step::stop;
            const bool is_latest = version.key != latest_key;
            if (wanted.only_current && !is_latest) return store::Step::next;
            latest_key = version.key;
            if (wanted.only_current && version.delete_marker) return store::Step::next;
            const auto cut = wanted.delimiter.empty()
                                 ? std::string::npos
                                 : version.key.find(wanted.delimiter, wanted.prefix.size());
            if (listing.entries.size() + listing.prefixes.size() >= wanted.most) {
                listing.truncated = true;
                return store::Step::stop;
            }
            if (cut != std::string::npos) {  // Skip all the rest under this prefix.
                listing.prefixes.push_back(version.key.substr(0, cut + wanted.delimiter.size()));
                listing.last_key = listing.prefixes.back();
                listing.last_is_prefix = true;
                listing.last_sort.clear();
                from = skip_past(wanted.bucket, listing.last_key);
                more = !from.empty() && from < bucket_end;
                return store::Step::stop;
            }
            listing.last_key = version.key;
            listing.last_sort = version.sort;
            listing.last_is_prefix = false;
            listing.entries.push_back({std::move(version), is_latest});
            return store::Step::next;
        }));
        TRY(std::move(outcome));
    }
    return listing;
}

std::string first_key(const std::string& prefix) {
    std::string encoded = store::Parts{prefix}.encoded();
    encoded.resize(encoded.size() - 2);  // Without the end mark: whatever begins so.
    return encoded;
}

std::string skip_past(const std::string& bucket, const std::string& prefix) {
    return store::prefix_end(store::key({versions.name(), bucket}) + first_key(prefix));
}

Result<api::ListObjectsV2Output> Service::list_objects_v2(wire::Request& request,
                                                          const api::ListObjectsV2Input& input) {
    const Bucket bucket = TRY(open_for_list(request, input, "s3:ListBucket"));
    TRY(check_page(input.max_keys, input.encoding_type));
    const auto most = page_of_input(input.max_keys);
    ListWanted wanted{bucket.name, input.prefix.value_or(""), input.delimiter.value_or(""),
                      static_cast<std::size_t>(most)};
    wanted.only_current = true;
    wanted.after_key = input.start_after.value_or("");
    if (input.continuation_token) {
        const auto token = base::base64_decode(*input.continuation_token);
        if (!token || token->size() < 2) {
            return s3_error("InvalidArgument", "The continuation token provided is incorrect", 400,
                            {{"ArgumentName", "continuation-token"}});
        }
        wanted.after_prefix = token->front() == 'p';
        wanted.after_key = token->substr(1);
    }
    const Listing listing = most == 0 ? Listing{} : TRY(list_versions(request.tx(), wanted));
    api::ListObjectsV2Output output;
    fill_page(output, input, listing, most);
    for (const auto& [version, latest] : listing.entries) {
        auto& entry = output.contents.emplace_back();
        fill_entry(entry, version, input.encoding_type);
        if (input.fetch_owner.value_or(false)) entry.owner = owner_of(bucket);
    }
    output.key_count = static_cast<std::int64_t>(listing.entries.size() + listing.prefixes.size());
    output.continuation_token = input.continuation_token;
    if (input.start_after) output.start_after = shown_key(*input.start_after, input.encoding_type);
    if (listing.truncated) {
        output.next_continuation_token =
            base::base64_encode((listing.last_is_prefix ? "p" : "k") + listing.last_key);
    }
    return output;
}

Result<api::ListObjectsOutput> Service::list_objects(wire::Request& request,
                                                     const api::ListObjectsInput& input) {
    const Bucket bucket = TRY(open_for_list(request, input, "s3:ListBucket"));
    TRY(check_page(input.max_keys, input.encoding_type));
    const auto most = page_of_input(input.max_keys);
    ListWanted wanted{bucket.name, input.prefix.value_or(""), input.delimiter.value_or(""),
                      static_cast<std::size_t>(most)};
    wanted.only_current = true;
    wanted.after_key = input.marker.value_or("");
    wanted.after_prefix = !wanted.delimiter.empty() && wanted.after_key.ends_with(wanted.delimiter);
    const Listing listing = most == 0 ? Listing{} : TRY(list_versions(request.tx(), wanted));
    api::ListObjectsOutput output;
    fill_page(output, input, listing, most);
    output.marker = shown_key(wanted.after_key, input.encoding_type);
    for (const auto& [version, latest] : listing.entries) {
        auto& entry = output.contents.emplace_back();
        fill_entry(entry, version, input.encoding_type);
        entry.owner = owner_of(bucket);
    }
    if (listing.truncated && !wanted.delimiter.empty()) {
        output.next_marker = shown_key(listing.last_key, input.encoding_type);
    }
    return output;
}

Result<api::ListObjectVersionsOutput> Service::list_object_versions(
    wire::Request& request, const api::ListObjectVersionsInput& input) {
    const Bucket bucket = TRY(open_for_list(request, input, "s3:ListBucketVersions"));
    TRY(check_page(input.max_keys, input.encoding_type));
    const auto most = page_of_input(input.max_keys);
    ListWanted wanted{bucket.name, input.prefix.value_or(""), input.delimiter.value_or(""),
                      static_cast<std::size_t>(most)};
    wanted.after_key = input.key_marker.value_or("");
    wanted.after_prefix = !wanted.delimiter.empty() && wanted.after_key.ends_with(wanted.delimiter);
    if (input.version_id_marker && !input.version_id_marker->empty() && !wanted.after_key.empty()) {
        const auto marker = TRY(version_by_id(request.tx(), bucket.name, wanted.after_key,
                                              *input.version_id_marker));
        // A version deleted since the last page still says where it stood, by its id.
        wanted.after_sort = marker ? marker->sort : input.version_id_marker->substr(0, 16);
    }
    const Listing listing = most == 0 ? Listing{} : TRY(list_versions(request.tx(), wanted));
    api::ListObjectVersionsOutput output;
    fill_page(output, input, listing, most);
    output.key_marker = shown_key(wanted.after_key, input.encoding_type);
    output.version_id_marker = input.version_id_marker.value_or("");
    for (const auto& [version, latest] : listing.entries) {
        if (version.delete_marker) {
            auto& marker = output.delete_markers.emplace_back();
            marker.key = shown_key(version.key, input.encoding_type);
            marker.version_id = version.version_id;
            marker.is_latest = latest;
            marker.last_modified = version.modified;
            marker.owner = owner_of(bucket);
            continue;
        }
        auto& entry = output.versions.emplace_back();
        fill_entry(entry, version, input.encoding_type);
        entry.version_id = version.version_id;
        entry.is_latest = latest;
        entry.owner = owner_of(bucket);
    }
    if (listing.truncated) {
        output.next_key_marker = shown_key(listing.last_key, input.encoding_type);
        if (!listing.last_is_prefix) {
            output.next_version_id_marker = listing.entries.back().version.version_id;
        }
    }
    return output;
}

}  // namespace stormglass::s3
