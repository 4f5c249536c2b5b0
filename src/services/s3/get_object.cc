// GetObject, HeadObject and GetObjectAttributes.
#include "base/strings.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr int snapshot_attempts = 5;

Unexpected bad_range(const std::string& header, std::uint64_t size) {
    return s3_error("InvalidRange", "The requested range is not satisfiable", 416,
                    {{"RangeRequested", header}, {"ActualObjectSize", std::to_string(size)}});
}

/// RFC 9110, 14.1.2, one range; anything that is no range is ignored, as S3 does.
Result<ByteRange> parse_range(const std::string& header, std::uint64_t size) {
    const ByteRange whole{0, size, false};
    std::string_view text(header);
    if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return whole;
    text.remove_prefix(6);
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return whole;
    const auto first = base::parse_integer(text.substr(0, dash));
    const auto last = base::parse_integer(text.substr(dash + 1));
    if (dash == 0) {  // The last N bytes.
        if (!last || *last < 0) return whole;
        const auto length = std::min<std::uint64_t>(static_cast<std::uint64_t>(*last), size);
        if (length == 0) return bad_range(header, size);
        return ByteRange{size - length, length, true};
    }
    const bool open_ended = dash + 1 == text.size();
    if (!first || (!last && !open_ended) || (last && *last < *first)) return whole;
    const auto from = static_cast<std::uint64_t>(*first);
    if (from >= size) return bad_range(header, size);
    const std::uint64_t to =
        open_ended ? size - 1 : std::min<std::uint64_t>(static_cast<std::uint64_t>(*last), size - 1);
    return ByteRange{from, to - from + 1, true};
}

/// The bytes of part `number` of an object uploaded in parts.
Result<ByteRange> range_of_part(const Version& version, std::int64_t number) {
    const std::size_t count = version.multipart ? version.blobs.size() : 1;
    if (number < 1 || static_cast<std::size_t>(number) > count) {
        return s3_error("InvalidPartNumber", "The requested partnumber is not satisfiable", 416,
                        {{"PartNumberRequested", std::to_string(number)},
                         {"ActualPartCount", std::to_string(count)}});
    }
    if (!version.multipart) return ByteRange{0, version.size, version.size > 0};
    ByteRange range{0, 0, true};
    for (std::int64_t i = 1; i < number; ++i) range.first += version.blobs[static_cast<std::size_t>(i - 1)].size;
    range.length = version.blobs[static_cast<std::size_t>(number - 1)].size;
    return range;
}

template <class Input>
Result<ByteRange> wanted_range(const Input& input, const Version& version) {
    if (input.range && input.part_number) {
        return s3_error("InvalidRequest",
                        "Cannot specify both Range header and partNumber query parameter", 400);
    }
    if (input.part_number) return range_of_part(version, *input.part_number);
    if (input.range) return parse_range(*input.range, version.size);
    return ByteRange{0, version.size, false};
}

/// Members that GetObject and HeadObject share.
template <class Output, class Input>
void describe(Output& output, const Input& input, const Bucket& bucket, const Version& version,
              const ByteRange& range) {
    const auto set = [](std::optional<std::string>& to, const std::string& value) {
        if (!value.empty()) to = value;
    };
    output.accept_ranges = "bytes";
    output.last_modified = version.modified;
    output.e_tag = quoted_etag(version.etag);
    output.version_id = shown_version(bucket, version);
    output.server_side_encryption = "AES256";
    output.metadata = version.headers.metadata;
    output.content_type = input.response_content_type.value_or(version.headers.content_type);
    set(output.cache_control, input.response_cache_control.value_or(version.headers.cache_control));
    set(output.content_disposition,
        input.response_content_disposition.value_or(version.headers.content_disposition));
    set(output.content_encoding,
        input.response_content_encoding.value_or(version.headers.content_encoding));
    set(output.content_language,
        input.response_content_language.value_or(version.headers.content_language));
    set(output.expires, input.response_expires ? base::http_date(*input.response_expires)
                                               : version.headers.expires);
    set(output.website_redirect_location, version.headers.redirect);
    if (version.headers.storage_class != "STANDARD") set(output.storage_class, version.headers.storage_class);
    if (!version.headers.tags.empty()) {
        output.tag_count = static_cast<std::int64_t>(version.headers.tags.size());
    }
    if (range.partial) {
        output.content_range = fmt::format("bytes {}-{}/{}", range.first,
                                           range.first + range.length - 1, version.size);
    }
    if (input.part_number && version.multipart) {
        output.parts_count = static_cast<std::int64_t>(version.blobs.size());
    }
    const bool whole = range.length == version.size;
    if (input.checksum_mode && whole && !version.checksum.algorithm.empty()) {
        set_checksum(output, version.checksum.algorithm, version.checksum.value);
        output.checksum_type = version.checksum.type;
    }
}

template <class Input>
Result<void> check_reader(const Input& input) {
    if (input.sse_customer_algorithm || input.sse_customer_key) {
        return s3_error("InvalidRequest",
                        "The encryption parameters are not applicable to this object.", 400);
    }
    return {};
}

template <class Input>
Wanted wanted_read(const Input& input) {
    return {input.bucket, input.version_id ? "s3:GetObjectVersion" : "s3:GetObject", input.key,
            input.expected_bucket_owner};
}

template <class Input>
ReadConditions conditions_of(const Input& input) {
    return {input.if_match, input.if_none_match, input.if_modified_since, input.if_unmodified_since};
}

}  // namespace

Result<std::shared_ptr<BlobReader>> Service::reader_of(store::Tx& tx, const Version& version,
                                                       ByteRange range) {
    std::map<std::string, std::string> in_store;
    for (const Blob& blob : version.blobs) {
        if (!blob.in_store) continue;
        auto bytes = TRY(tx.get(bytes_key(blob.id)));
        if (!bytes) return fail(Domain::store, "DamagedObject", "an object's bytes are missing");
        in_store[blob.id] = std::move(*bytes);
    }
    const auto key = TRY(blobs_.open_data_key(version.data_key));
    return std::make_shared<BlobReader>(blobs_, version.blobs, key.plain, std::move(in_store),
                                        range.first, range.length);
}

Result<api::GetObjectOutput> Service::get_object(wire::Request& request,
                                                 const api::GetObjectInput& input) {
    TRY(check_reader(input));
    for (int attempt = 1;; ++attempt) {
        TRY(request.begin(wire::TxMode::read));
        const Bucket bucket = TRY(open_bucket(request, request.tx(), wanted_read(input)));
        const Version version =
            TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
        api::GetObjectOutput output;
        const auto outcome = check_read_conditions(conditions_of(input), version);
        if (outcome == ReadOutcome::failed) {
            return precondition_failed(input.if_match ? "If-Match" : "If-Unmodified-Since");
        }
        if (outcome == ReadOutcome::not_modified) {
            request.extras.status = 304;
            output.e_tag = quoted_etag(version.etag);
            output.last_modified = version.modified;
            output.version_id = shown_version(bucket, version);
            return output;
        }
        const ByteRange range = TRY(wanted_range(input, version));
        describe(output, input, bucket, version, range);
        const auto reader = TRY(reader_of(request.tx(), version, range));
        // Overwritten between our snapshot and the opening of its files: look again.
        if (!reader->pinned() && attempt < snapshot_attempts) continue;
        TRY(request.commit());
        if (range.partial) request.extras.status = 206;
        if (range.length <= blob_in_store_max) {
            std::string body(range.length, '\0');
            for (std::size_t got = 0; got < body.size();) {
                got += TRY(reader->read(body.data() + got, body.size() - got));
            }
            output.body = std::move(body);
            return output;
        }
        request.extras.producer = [reader](char* to, std::size_t size) { return reader->read(to, size); };
        request.extras.producer_length = range.length;
        return output;
    }
}

Result<api::HeadObjectOutput> Service::head_object(wire::Request& request,
                                                   const api::HeadObjectInput& input) {
    TRY(check_reader(input));
    const Bucket bucket = TRY(open_bucket(request, request.tx(), wanted_read(input)));
    const Version version =
        TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    api::HeadObjectOutput output;
    const auto outcome = check_read_conditions(conditions_of(input), version);
    if (outcome == ReadOutcome::failed) return precondition_failed("If-Match");
    const ByteRange range = TRY(wanted_range(input, version));
    describe(output, input, bucket, version, range);
    if (outcome == ReadOutcome::not_modified) {
        request.extras.status = 304;
        return output;
    }
    output.content_length = static_cast<std::int64_t>(range.length);
    if (range.partial) request.extras.status = 206;
    return output;
}

Result<api::GetObjectAttributesOutput> Service::get_object_attributes(
    wire::Request& request, const api::GetObjectAttributesInput& input) {
    const Bucket bucket = TRY(open_bucket(
        request, request.tx(),
        {input.bucket, input.version_id ? "s3:GetObjectVersionAttributes" : "s3:GetObjectAttributes",
         input.key, input.expected_bucket_owner}));
    TRY(ask(request, bucket, input.version_id ? "s3:GetObjectVersion" : "s3:GetObject", input.key));
    const Version version =
        TRY(need_object(request, request.tx(), bucket, input.key, input.version_id));
    const auto asked = [&](std::string_view name) {
        return std::find(input.object_attributes.begin(), input.object_attributes.end(), name) !=
               input.object_attributes.end();
    };
    api::GetObjectAttributesOutput output;
    output.last_modified = version.modified;
    output.version_id = shown_version(bucket, version);
    if (asked("ETag")) output.e_tag = version.etag;
    if (asked("ObjectSize")) output.object_size = static_cast<std::int64_t>(version.size);
    if (asked("StorageClass")) {
        output.storage_class =
            version.headers.storage_class.empty() ? "STANDARD" : version.headers.storage_class;
    }
    if (asked("Checksum") && !version.checksum.algorithm.empty()) {
        set_checksum(output.checksum.emplace(), version.checksum.algorithm,
                     version.checksum.value.substr(0, version.checksum.value.find('-')));
        output.checksum->checksum_type = version.checksum.type;
    }
    if (!asked("ObjectParts") || !version.multipart) return output;
    auto& shown = output.object_parts.emplace();
    shown.total_parts_count = static_cast<std::int64_t>(version.blobs.size());
    const auto after = static_cast<std::size_t>(input.part_number_marker.value_or(0));
    const auto most = static_cast<std::size_t>(input.max_parts.value_or(1000));
    for (std::size_t i = after; i < version.blobs.size() && i < after + most; ++i) {
        auto& part = shown.parts.emplace_back();
        part.part_number = static_cast<std::int64_t>(i + 1);
        part.size = static_cast<std::int64_t>(version.blobs[i].size);
        if (i < version.part_checksums.size()) {
            set_checksum(part, version.checksum.algorithm, version.part_checksums[i]);
        }
    }
    shown.part_number_marker = static_cast<std::int64_t>(after);
    shown.next_part_number_marker = static_cast<std::int64_t>(after + shown.parts.size());
    shown.max_parts = static_cast<std::int64_t>(most);
    shown.is_truncated = after + shown.parts.size() < version.blobs.size();
    return output;
}

}  // namespace stormglass::s3
