#include "wire/sigv4/chunked.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "wire/sigv4/sigv4_fuzz.h"

namespace stormglass::wire::sigv4 {
namespace {

// The worked examples of AWS's documentation: 65 KiB of 'a' as 64 KiB, 1 KiB and the end.
constexpr char example_secret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

ChunkSeed example_seed(std::string signature) {
    return {
        derive_signing_key({"AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3"}, example_secret),
        "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", std::move(signature)};
}

std::string example_body() {
    return "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
           "\r\n" +
           std::string(65536, 'a') +
           "\r\n400;chunk-signature="
           "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
           std::string(1024, 'a') +
           "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
           "\r\n\r\n";
}
constexpr char example_signature[] =
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

std::string example_trailer_body() {
    return "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2"
           "\r\n" +
           std::string(65536, 'a') +
           "\r\n400;chunk-signature="
           "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
           std::string(1024, 'a') +
           "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992"
           "\r\nx-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:"
           "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
}
constexpr char example_trailer_signature[] =
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";

struct Decoded {
    Result<void> verdict;
    std::string data;
    HeaderList trailers;
};

Decoded decode(ChunkedDecoder::Options options, std::string_view body, std::size_t piece) {
    auto decoder = ChunkedDecoder::create(std::move(options));
    Decoded out;
    for (std::size_t at = 0; at < body.size() && out.verdict; at += piece) {
        out.verdict = decoder->feed(body.substr(at, piece), out.data);
    }
    if (out.verdict) out.verdict = decoder->finish();
    out.trailers = decoder->trailers();
    return out;
}

ChunkedDecoder::Options signed_options() {
    return {.kind = PayloadKind::signed_chunks,
            .seed = example_seed(example_signature),
            .decoded_length = 66560};
}
ChunkedDecoder::Options trailer_options() {
    return {.kind = PayloadKind::signed_chunks_trailer,
            .seed = example_seed(example_trailer_signature),
            .decoded_length = 66560,
            .announced_trailers = "x-amz-checksum-crc32c"};
}

/// A body signed as a client does, from `data` cut into chunks of `size`.
std::string encode(const ChunkSeed& seed, std::string_view data, std::size_t size) {
    std::string body, previous = seed.signature;
    for (;;) {
        const std::string_view chunk = data.substr(0, size);
        previous = chunk_signature(seed, previous, base::hex_encode(base::sha256(chunk)));
        body += fmt::format("{:x};chunk-signature={}\r\n{}\r\n", chunk.size(), previous, chunk);
        if (chunk.empty()) return body;
        data.remove_prefix(chunk.size());
    }
}

}  // namespace

TEST(Chunked, TheDocumentedExampleDecodesInPiecesOfAnySize) {
    for (const std::size_t piece : {1U, 7U, 4096U, 1000000U}) {
        const Decoded out = decode(signed_options(), example_body(), piece);
        ASSERT_TRUE(out.verdict) << out.verdict.error().message;
        EXPECT_EQ(out.data, std::string(66560, 'a'));
    }
}

TEST(Chunked, TheDocumentedTrailerExampleDecodes) {
    for (const std::size_t piece : {1U, 4096U}) {
        const Decoded out = decode(trailer_options(), example_trailer_body(), piece);
        ASSERT_TRUE(out.verdict) << out.verdict.error().message;
        EXPECT_EQ(out.trailers, (HeaderList{{"x-amz-checksum-crc32c", "sOO8/Q=="}}));
    }
}

TEST(Chunked, AChangedByteOrTrailerIsRefused) {
    std::string body = example_body();
    body[100] = 'b';
    EXPECT_EQ(decode(signed_options(), body, 512).verdict.error().code, "SignatureDoesNotMatch");
    std::string trailer = example_trailer_body();
    trailer.replace(trailer.find("sOO8"), 4, "AAAA");
    EXPECT_EQ(decode(trailer_options(), trailer, 512).verdict.error().code,
              "SignatureDoesNotMatch");
}

TEST(Chunked, ABodyCutAnywhereIsIncomplete) {
    const std::string body = example_body();
    for (const std::size_t length : {0U, 5U, 90U, 30000U, 65700U, 66000U}) {
        EXPECT_FALSE(decode(signed_options(), body.substr(0, length), 999).verdict) << length;
    }
    EXPECT_EQ(decode(signed_options(), body.substr(0, body.size() - 2), 999).verdict.error().code,
              "IncompleteBody");
}

TEST(Chunked, ChunksDroppedOrRepeatedAreRefused) {
    const std::string body = example_body();
    const std::size_t second = body.find("400;chunk");
    auto options = signed_options();
    options.decoded_length.reset();
    EXPECT_EQ(decode(options, body.substr(second), 4096).verdict.error().code,
              "SignatureDoesNotMatch");
    EXPECT_FALSE(decode(options, body + body, 4096).verdict) << "nothing may follow the end";
}

TEST(Chunked, TheDecodedLengthMustBeTheAnnouncedOne) {
    for (const std::uint64_t length : {66559U, 66561U}) {
        auto options = signed_options();
        options.decoded_length = length;
        EXPECT_EQ(decode(options, example_body(), 4096).verdict.error().code, "IncompleteBody");
    }
}

TEST(Chunked, AnAnnouncedTrailerMustCome) {
    ChunkedDecoder::Options options{.kind = PayloadKind::unsigned_chunks_trailer,
                                    .announced_trailers = "x-amz-checksum-crc32"};
    EXPECT_EQ(decode(options, "5\r\nhello\r\n0\r\n\r\n", 3).verdict.error().code,
              "MalformedTrailerError");
    const Decoded out =
        decode(options, "5\r\nhello\r\n0\r\nX-Amz-Checksum-Crc32: NhCmhg==\r\n\r\n", 3);
    ASSERT_TRUE(out.verdict);
    EXPECT_EQ(out.data, "hello");
}

TEST(Chunked, BotocoresUnsignedBodyDecodes) {
    const auto json = (*base::parse_json(*base::read_file(SIGV4_VECTORS)))["unsigned_chunks"];
    ChunkedDecoder::Options options{.kind = PayloadKind::unsigned_chunks_trailer,
                                    .decoded_length = json["decoded_length"].get<std::uint64_t>(),
                                    .announced_trailers = json["trailer"]};
    const std::string body = *base::hex_decode(json["body_hex"].get<std::string>());
    const Decoded out = decode(options, body, 1000);
    ASSERT_TRUE(out.verdict) << out.verdict.error().message;
    EXPECT_EQ(base::hex_encode(base::sha256(out.data)), json["decoded_sha256"].get<std::string>());
}

TEST(Chunked, OnlyTheLastSignedChunkMayBeSmall) {
    const ChunkSeed seed = example_seed(example_signature);
    ChunkedDecoder::Options options{.kind = PayloadKind::signed_chunks, .seed = seed};
    const std::string data(20000, 'x');
    EXPECT_TRUE(decode(options, encode(seed, data, 8192), 777).verdict);
    EXPECT_EQ(decode(options, encode(seed, data, 8191), 777).verdict.error().code,
              "InvalidChunkSizeError");
}

TEST(Chunked, LinesAreBounded) {
    ChunkedDecoder::Options options{.kind = PayloadKind::unsigned_chunks_trailer};
    EXPECT_FALSE(decode(options, std::string(100000, '1'), 100).verdict);
    EXPECT_FALSE(decode(options, "ffffffffffffffff\r\n", 100).verdict);
    std::string body = "0\r\n";
    for (int i = 0; i < 100; ++i) body += "a:b\r\n";
    EXPECT_FALSE(decode(options, body + "\r\n", 100).verdict);
}

TEST(Chunked, WhateverAClientEncodesComesBackAndNoMutationCrashes) {
    base::SeededRandom random(11);
    const ChunkSeed seed = example_seed(example_signature);
    for (int round = 0; round < 60; ++round) {
        const std::string data = random.bytes(random.below(40000));
        ChunkedDecoder::Options options{
            .kind = PayloadKind::signed_chunks, .seed = seed, .decoded_length = data.size()};
        const std::string body = encode(seed, data, 8192 + random.below(9000));
        const Decoded out = decode(options, body, 1 + random.below(5000));
        ASSERT_TRUE(out.verdict) << out.verdict.error().message;
        EXPECT_EQ(out.data, data);
        std::string mutant = body;
        mutant[random.below(mutant.size())] ^= static_cast<char>(1 + random.below(255));
        const Decoded changed = decode(options, mutant, 4096);
        EXPECT_TRUE(!changed.verdict || changed.data == data);
        fuzz_chunks(mutant.substr(0, 2000));
        fuzz_chunks(random.bytes(random.below(300)));
    }
}

}  // namespace stormglass::wire::sigv4
