// Decodes a chunked body (RFC 9112 section 7.1) as it arrives, byte by byte if need be. Extensions
// and trailers are skipped; lines end with CR LF and nothing else.
#pragma once

#include <cstdint>
#include <string_view>

#include "net/http_server.h"

namespace stormglass::net {

class ChunkedDecoder {
public:
    /// `line_bytes_max` bounds a chunk's head, and all trailers together.
    explicit ChunkedDecoder(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    struct Decoded {
        std::size_t consumed = 0;  // Of `data`; less than all only if `to` is full or it is over.
        std::size_t produced = 0;  // In `to`.
    };
    std::expected<Decoded, Refusal> decode(std::string_view data, char* to, std::size_t size);
    /// The last chunk and the trailers have been seen.
    bool is_done() const { return state_ == State::done; }

private:
    enum class State {
        size_first,  // The first digit.
        size,
        extension,
        size_end,  // LF after the size.
        content,
        content_cr,
        content_lf,
        trailer_first,  // The first byte of a trailer, or CR of the end.
        trailer,
        trailer_lf,
        end_lf,
        done
    };

    /// Takes one byte that is not content; false: malformed.
    bool step(unsigned char byte);
    bool add_digit(unsigned char byte);

    std::size_t line_bytes_max_;
    State state_ = State::size_first;
    std::uint64_t left_ = 0;  // Of the chunk.
    std::size_t line_bytes_ = 0;
};

}  // namespace stormglass::net
