// The aws-chunked encoding of S3 uploads: chunks that each carry a signature, or none, and a
// trailer with a checksum. An incremental decoder that checks what is signed as it goes.
// Reference: "Signature calculations: transferring a payload in multiple chunks" and "with trailing
// headers" in the S3 API reference.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/sigv4/sigv4.h"

namespace stormglass::wire::sigv4 {

/// What the chunk signatures chain from: the request's own key, scope and signature.
struct ChunkSeed {
    std::string signing_key;
    std::string amz_date;
    std::string scope;
    std::string signature;
};
ChunkSeed chunk_seed(const Credential& credential, std::string_view secret_access_key,
                     SigningKeys& keys);

class Sha256Stream;  // In chunked.cc: OpenSSL stays out of this header.

/// One decoder per body, used by one thread. Memory is bounded by the limits below whatever the
/// size of the chunks.
///
/// Decoded bytes come out before the signature of their chunk is known to be right (a chunk may be
/// gigabytes): do nothing irrevocable with them until finish() succeeds. After an error the decoder
/// stays failed.
class ChunkedDecoder {
public:
    static constexpr std::size_t line_bytes_max = 1024;  // Of a chunk header or trailer line.
    static constexpr std::size_t trailer_lines_max = 16;
    static constexpr std::uint64_t chunk_bytes_max = 5ULL << 30U;
    static constexpr std::uint64_t signed_chunk_bytes_min = 8192;  // All but the last.

    struct Options {
        PayloadKind kind = PayloadKind::signed_chunks;
        std::optional<ChunkSeed> seed;                // For the signed kinds.
        std::optional<std::uint64_t> decoded_length;  // x-amz-decoded-content-length.
        std::string announced_trailers;               // x-amz-trailer: names, comma-separated.
    };
    static Result<ChunkedDecoder> create(Options options);
    ChunkedDecoder(ChunkedDecoder&&) noexcept;
    ChunkedDecoder& operator=(ChunkedDecoder&&) noexcept;
    ~ChunkedDecoder();

    /// Takes the next bytes of the body; appends what they decode to.
    Result<void> feed(std::string_view bytes, std::string& decoded);
    /// The body has ended: is it whole, all signatures right, all announced trailers there?
    Result<void> finish();
    /// The final chunk and the trailer have been read.
    bool complete() const { return state_ == State::done; }
    std::uint64_t decoded_bytes() const { return decoded_bytes_; }
    /// Lower-case names, e.g. {"x-amz-checksum-crc32", "AAAAAA=="}.
    const HeaderList& trailers() const { return trailers_; }

private:
    enum class State { chunk_header, data, data_end, trailer, done, failed };

    explicit ChunkedDecoder(Options options);
    bool is_signed() const { return options_.kind != PayloadKind::unsigned_chunks_trailer; }
    bool has_trailer() const { return options_.kind != PayloadKind::signed_chunks; }
    Result<void> take_line(std::string_view line);
    Result<void> take_chunk_header(std::string_view line);
    Result<void> take_data(std::string_view data, std::string& decoded);
    Result<void> end_chunk();
    Result<void> take_trailer(std::string_view line);
    Result<void> end_trailer();

    Options options_;
    State state_ = State::chunk_header;
    std::string line_;             // An unfinished line.
    std::uint64_t remaining_ = 0;  // Of the current chunk.
    std::uint64_t decoded_bytes_ = 0;
    std::string chunk_signature_;  // Announced for the current chunk.
    std::string previous_signature_;
    bool short_chunk_seen_ = false;  // Only the last may be short.
    bool last_chunk_ = false;
    std::unique_ptr<Sha256Stream> hash_;
    HeaderList trailers_;
    std::string trailer_signature_;
};

/// The signatures a client sends (for tests and for our own clients).
std::string chunk_signature(const ChunkSeed& seed, std::string_view previous_signature,
                            std::string_view data_sha256_hex);
std::string trailer_signature(const ChunkSeed& seed, std::string_view previous_signature,
                              const HeaderList& trailers);

}  // namespace stormglass::wire::sigv4
