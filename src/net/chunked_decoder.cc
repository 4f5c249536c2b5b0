#include "net/chunked_decoder.h"

#include <algorithm>
#include <cstring>

namespace stormglass::net {
namespace {

/// A size of more digits would not fit 60 bits.
constexpr std::uint64_t size_before_digit_max = std::uint64_t{1} << 56;

int digit_of(unsigned char byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    const unsigned char lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Line ends and other control characters but the tab have no place inside a line.
bool is_text(unsigned char byte) { return byte == '\t' || (byte >= 0x20 && byte != 0x7f); }

}  // namespace

bool ChunkedDecoder::add_digit(unsigned char byte) {
    const int digit = digit_of(byte);
    if (digit < 0 || left_ >= size_before_digit_max) return false;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    state_ = State::size;
    return true;
}

bool ChunkedDecoder::step(unsigned char byte) {
    if (++line_bytes_ > line_bytes_max_) return false;
    const auto expect = [&](unsigned char wanted, State next) {
        state_ = next;
        return byte == wanted;
    };
    switch (state_) {
        case State::size_first:
            return add_digit(byte);
        case State::size:
            if (byte == '\r') return expect('\r', State::size_end);
            if (byte != ';' && byte != ' ' && byte != '\t') return add_digit(byte);
            return expect(byte, State::extension);
        case State::extension:
            return byte == '\r' ? expect('\r', State::size_end) : is_text(byte);
        case State::size_end:
            if (left_ > 0) line_bytes_ = 0;
            return expect('\n', left_ > 0 ? State::content : State::trailer_first);
        case State::content_cr:
            return expect('\r', State::content_lf);
        case State::content_lf:
            line_bytes_ = 0;
            return expect('\n', State::size_first);
        case State::trailer_first:
            if (byte == '\r') return expect('\r', State::end_lf);
            state_ = State::trailer;
            return is_text(byte);
        case State::trailer:
            return byte == '\r' ? expect('\r', State::trailer_lf) : is_text(byte);
        case State::trailer_lf:
            return expect('\n', State::trailer_first);
        case State::end_lf:
            return expect('\n', State::done);
        case State::content:
        case State::done:
            break;
    }
    return false;
}

std::expected<ChunkedDecoder::Decoded, Refusal> ChunkedDecoder::decode(std::string_view data,
                                                                       char* to, std::size_t size) {
    Decoded decoded;
    while (decoded.consumed < data.size() && !is_done()) {
        if (state_ != State::content) {
            if (!step(static_cast<unsigned char>(data[decoded.consumed++]))) {
                return std::unexpected(Refusal::malformed);
            }
            continue;
        }
        const std::size_t part =
            std::min({data.size() - decoded.consumed, size - decoded.produced,
                      static_cast<std::size_t>(std::min<std::uint64_t>(left_, SIZE_MAX))});
        if (part == 0) break;  // `to` is full.
        std::memcpy(to + decoded.produced, data.data() + decoded.consumed, part);
        decoded.consumed += part;
        decoded.produced += part;
        left_ -= part;
        if (left_ == 0) state_ = State::content_cr;
    }
    return decoded;
}

}  // namespace stormglass::net
