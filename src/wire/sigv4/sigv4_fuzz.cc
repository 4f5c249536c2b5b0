// Fuzz targets for the two parsers that read bytes of strangers: the credential and aws-chunked.
// With Clang: -fsanitize=fuzzer,address -DSTORMGLASS_FUZZ=fuzz_credential (or fuzz_chunks).
#include "wire/sigv4/sigv4_fuzz.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/strings.h"
#include "wire/sigv4/chunked.h"

namespace stormglass::wire::sigv4 {

void fuzz_credential(std::string_view input) {
    // Line 1 is the query, line 2 the Authorization header, the rest are "name:value" headers.
    const std::vector<std::string> lines = base::split(input, '\n');
    HeaderList headers;
    if (lines.size() > 1) headers.emplace_back("Authorization", lines[1]);
    for (std::size_t i = 2; i < lines.size() && i < 40; ++i) {
        const std::size_t colon = std::min(lines[i].find(':'), lines[i].size());
        headers.emplace_back(lines[i].substr(0, colon),
                             colon < lines[i].size() ? lines[i].substr(colon + 1) : "");
    }
    const RequestView request{"GET", "/a%2", lines[0], &headers, ""};
    SigningKeys keys;
    for (const Flavour flavour : {Flavour::query, Flavour::s3}) {
        const auto credential = parse_credential(request, flavour);
        if (!credential || !*credential) continue;
        const auto verdict =
            verify(**credential, request, "secret", (*credential)->signed_at, flavour, keys);
        CHECK(!verdict);  // Nobody knows the secret.
    }
}

void fuzz_chunks(std::string_view input) {
    for (const PayloadKind kind : {PayloadKind::signed_chunks, PayloadKind::signed_chunks_trailer,
                                   PayloadKind::unsigned_chunks_trailer}) {
        ChunkedDecoder::Options options{.kind = kind};
        options.seed = ChunkSeed{std::string(32, 'k'), "20261124T150257Z", "scope", "seed"};
        auto decoder = ChunkedDecoder::create(std::move(options));
        CHECK(decoder.has_value());
        std::string decoded;
        std::string_view rest = input;
        bool alive = true;
        while (!rest.empty() && alive) {
            const std::size_t size =
                std::min<std::size_t>(rest.size(), 1 + static_cast<std::uint8_t>(rest[0]) % 37);
            alive = decoder->feed(rest.substr(0, size), decoded).has_value();
            rest.remove_prefix(size);
        }
        CHECK(decoded.size() <= input.size());
        const bool whole = decoder->finish().has_value();
        CHECK(!whole || kind == PayloadKind::unsigned_chunks_trailer);
    }
}

}  // namespace stormglass::wire::sigv4

#ifdef STORMGLASS_FUZZ
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    stormglass::wire::sigv4::STORMGLASS_FUZZ({reinterpret_cast<const char*>(data), size});
    return 0;
}
#endif
