#include "services/cloudwatch/canvas.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

namespace stormglass::cloudwatch {
namespace {

constexpr int letter_width = 5, letter_step = 6;
constexpr Color white{255, 255, 255};

void add_number(std::string& to, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}

/// Length, type, data, and a checksum over the last two.
void add_chunk(std::string& to, std::string_view type, const std::string& data) {
    add_number(to, static_cast<std::uint32_t>(data.size()));
    const std::string body = std::string(type) + data;
    to += body;
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    add_number(to, static_cast<std::uint32_t>(sum));
}

std::string deflated(const std::string& raw) {
    uLongf size = ::compressBound(static_cast<uLong>(raw.size()));
    std::string out(size, '\0');
    ::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                reinterpret_cast<const Bytef*>(raw.data()), static_cast<uLong>(raw.size()),
                Z_DEFAULT_COMPRESSION);
    out.resize(size);
    return out;
}

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width * height), white) {}

void Canvas::dot(int x, int y, Color color) {
    if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
    pixels_[static_cast<std::size_t>(y * width_ + x)] = color;
}

void Canvas::line(int x0, int y0, int x1, int y1, Color color, int thickness) {
    const int dx = std::abs(x1 - x0), dy = -std::abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
    int error = dx + dy;
    for (;;) {
        fill(x0, y0, thickness, thickness, color);
        if (x0 == x1 && y0 == y1) return;
        const int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y0 += step_y;
        }
    }
}

void Canvas::fill(int x, int y, int width, int height, Color color) {
    for (int row = y; row < y + height; ++row) {
        for (int column = x; column < x + width; ++column) dot(column, row, color);
    }
}

void Canvas::text(int x, int y, std::string_view text, Color color) {
    for (const char letter : text) {
        const std::uint8_t* columns = letter_columns(letter);
        for (int column = 0; column < letter_width; ++column) {
            for (int row = 0; row < letter_height; ++row) {
                if ((columns[column] >> row & 1) != 0) dot(x + column, y + row, color);
            }
        }
        x += letter_step;
    }
}

int Canvas::text_width(std::string_view text) {
    return static_cast<int>(text.size()) * letter_step;
}

std::string Canvas::png() const {
    std::string header;
    add_number(header, static_cast<std::uint32_t>(width_));
    add_number(header, static_cast<std::uint32_t>(height_));
    header += std::string("\x08\x02\x00\x00\x00", 5);  // Eight bits, colours, not interlaced.
    std::string raw;
    raw.reserve(static_cast<std::size_t>((width_ * 3 + 1) * height_));
    for (int y = 0; y < height_; ++y) {
        raw += '\0';  // No filter.
        for (int x = 0; x < width_; ++x) {
            const Color color = at(x, y);
            raw += static_cast<char>(color.red);
            raw += static_cast<char>(color.green);
            raw += static_cast<char>(color.blue);
        }
    }
    std::string out("\x89PNG\r\n\x1a\n", 8);
    add_chunk(out, "IHDR", header);
    add_chunk(out, "IDAT", deflated(raw));
    add_chunk(out, "IEND", {});
    return out;
}

}  // namespace stormglass::cloudwatch
