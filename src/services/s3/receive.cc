// Taking an upload's body: to the store or a file, digests on the way, all that the client said
// about it checked at the end.
#include "base/strings.h"
#include "services/s3/objects.h"
#include "services/s3/service.h"

namespace stormglass::s3 {
namespace {

constexpr std::size_t read_part = 64 * 1024;
constexpr const char* header_prefix = "x-amz-checksum-";

/// "CRC32" of "x-amz-checksum-crc32"; empty for other headers.
std::string algorithm_of_header(std::string_view name) {
    const std::string lower = base::to_lower(name);
    if (!lower.starts_with(header_prefix)) return {};
    const std::string rest = base::to_upper(lower.substr(std::string_view(header_prefix).size()));
    return rest == "MODE" || rest == "TYPE" || rest == "ALGORITHM" ? std::string{} : rest;
}

/// The algorithm that the client computes with, by a header or an announced trailer.
Result<std::string> announced_algorithm(const net::Headers& headers) {
    std::string found;
    const auto take = [&](std::string_view name) -> Result<void> {
        const std::string algorithm = algorithm_of_header(base::trim(name));
        if (algorithm.empty()) return {};
        if (!found.empty() && found != algorithm) {
            return s3_error("InvalidRequest",
                            "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
                            "not allowed.", 400);
        }
        found = algorithm;
        return {};
    };
    for (const auto& [name, value] : headers) TRY(take(name));
    for (const auto& name : base::split(net::find_header(headers, "x-amz-trailer"), ',')) {
        TRY(take(name));
    }
    if (found.empty()) found = base::to_upper(net::find_header(headers, "x-amz-sdk-checksum-algorithm"));
    if (!found.empty() && (found == "MD5" || make_digest(found) == nullptr)) {
        return unsupported("checksums of kind " + found);
    }
    return found;
}

Result<void> check_md5(const std::optional<std::string>& declared, const std::string& raw) {
    if (!declared) return {};
    const auto wanted = base::base64_decode(*declared);
    if (!wanted || wanted->size() != digest_size("MD5")) {
        return s3_error("InvalidDigest", "The Content-MD5 you specified was invalid.", 400,
                        {{"Content-MD5", *declared}});
    }
    if (*wanted == raw) return {};
    return s3_error("BadDigest", "The Content-MD5 you specified did not match what we received.", 400,
                    {{"ExpectedDigest", base::hex_encode(*wanted)},
                     {"CalculatedDigest", base::base64_encode(raw)}});
}

Result<void> check_checksum(const net::Headers& headers, const std::string& algorithm,
                            const std::string& computed) {
    const std::string name = header_prefix + base::to_lower(algorithm);
    const auto declared = net::find_header(headers, name);
    if (declared.empty()) return {};
    const auto raw = base::base64_decode(declared);
    if (!raw || raw->size() != digest_size(algorithm)) {
        return s3_error("InvalidRequest", fmt::format("Value for {} header is invalid.", name), 400);
    }
    if (declared == computed) return {};
    return s3_error("BadDigest",
                    fmt::format("The {} you specified did not match the calculated checksum.", algorithm),
                    400);
}

}  // namespace

Result<ReceivedBody> Service::receive(wire::Request& request, Blobs::DataKey key,
                                      const std::string& wanted_algorithm, std::uint64_t size_max,
                                      const std::optional<std::string>& content_md5) {
    static const net::Headers none;
    const net::Headers& headers = request.http == nullptr ? none : request.http->headers;
    ReceivedBody received;
    received.key = std::move(key);
    received.writer = std::make_unique<Blobs::Writer>(blobs_, received.key);
    std::string algorithm = TRY(announced_algorithm(headers));
    if (algorithm.empty()) algorithm = wanted_algorithm;
    const auto md5 = make_digest("MD5");
    const auto checksum = make_digest(algorithm);
    std::uint64_t size = 0;
    char buffer[read_part];
    while (request.body != nullptr) {
        const std::size_t got = TRY(request.body->read(buffer, sizeof buffer));
        if (got == 0) break;
        size += got;
        if (size > size_max) {
            return s3_error("EntityTooLarge",
                            "Your proposed upload exceeds the maximum allowed size", 400,
                            {{"MaxSizeAllowed", std::to_string(size_max)}});
        }
        md5->update({buffer, got});
        checksum->update({buffer, got});
        TRY(received.writer->write({buffer, got}));
    }
    const std::string raw_md5 = md5->finish();
    TRY(check_md5(content_md5, raw_md5));
    received.md5 = base::hex_encode(raw_md5);
    received.checksum = {algorithm, base::base64_encode(checksum->finish()), "FULL_OBJECT"};
    TRY(check_checksum(headers, algorithm, received.checksum.value));
    received.finished = TRY(received.writer->finish());
    return received;
}

Result<ReceivedBody> Service::copy_bytes(wire::Request& request, const Version& source,
                                         ByteRange range, Blobs::DataKey key,
                                         const std::string& algorithm) {
    const auto snapshot = request.snapshot();
    const auto reader = TRY(reader_of(*snapshot, source, range));
    ReceivedBody received;
    received.key = std::move(key);
    received.writer = std::make_unique<Blobs::Writer>(blobs_, received.key);
    const auto md5 = make_digest("MD5");
    const auto checksum = make_digest(algorithm);
    char buffer[read_part];
    for (;;) {
        const std::size_t got = TRY(reader->read(buffer, sizeof buffer));
        if (got == 0) break;
        md5->update({buffer, got});
        if (checksum) checksum->update({buffer, got});
        TRY(received.writer->write({buffer, got}));
    }
    received.md5 = base::hex_encode(md5->finish());
    if (checksum) {
        received.checksum = {algorithm, base::base64_encode(checksum->finish()), "FULL_OBJECT"};
    }
    received.finished = TRY(received.writer->finish());
    return received;
}

}  // namespace stormglass::s3
