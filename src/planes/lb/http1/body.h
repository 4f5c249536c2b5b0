// Where a message's body ends (RFC 9112 section 6) and what its bytes are, piece by piece, without
// ever holding it whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "planes/lb/http1/head.h"

namespace stormglass::lb::http1 {

enum class Framing : std::uint8_t { none, length, chunked, until_close };

class BodyReader {
public:
    void start(Framing framing, std::int64_t length = 0);

    struct Piece {
        std::size_t consumed = 0;  // Bytes of the input that are done with.
        std::string_view payload;  // Body bytes among them.
        bool bad = false;          // Malformed chunking: nothing after it can be trusted.
    };
    /// The next piece of `input`. consumed == 0 and not finished: needs more bytes.
    Piece next(std::string_view input);
    /// The peer closed: the end for until_close, else a truncated body (false).
    bool end_at_close();

    Framing framing() const { return framing_; }
    bool finished() const { return finished_; }

private:
    enum class Step : std::uint8_t { size, data, data_end, trailers };
    Piece next_chunked(std::string_view input);
    Piece take_size_line(std::string_view input);
    Piece take_data_end(std::string_view input);
    Piece take_trailer(std::string_view input);

    Framing framing_ = Framing::none;
    Step step_ = Step::size;
    bool finished_ = true;
    std::int64_t left_ = 0;  // Of the body, or of the current chunk.
    std::size_t trailer_bytes_ = 0;
};

struct BodyFraming {
    Framing framing = Framing::none;
    std::int64_t length = 0;
    bool bad = false;  // No safe reading exists.
};
/// Of a request that desync.h let through.
BodyFraming request_framing(const RequestHead& head);
/// Of the response to a request of method HEAD or another.
enum class AnsweredMethod { head, other };
BodyFraming response_framing(const ResponseHead& head, AnsweredMethod method);

/// "1a2b\r\n", which opens a chunk. The chunk ends with "\r\n", the body with last_chunk.
std::string_view chunk_opening(std::size_t size, char (&space)[24]);
constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace stormglass::lb::http1
