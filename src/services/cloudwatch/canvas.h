// A picture in memory: lines, rectangles and small letters, and its PNG.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stormglass::cloudwatch {

struct Color {
    std::uint8_t red = 0, green = 0, blue = 0;
};

class Canvas {
public:
    Canvas(int width, int height);
    int width() const { return width_; }
    int height() const { return height_; }
    Color at(int x, int y) const { return pixels_[static_cast<std::size_t>(y * width_ + x)]; }

    /// Outside of the picture nothing is drawn.
    void dot(int x, int y, Color color);
    void line(int x0, int y0, int x1, int y1, Color color, int thickness = 1);
    void fill(int x, int y, int width, int height, Color color);
    /// Letters of 5 by 7 pixels, `x` and `y` their upper left; what is not ASCII shows as '?'.
    void text(int x, int y, std::string_view text, Color color);
    static int text_width(std::string_view text);
    static constexpr int letter_height = 7;

    std::string png() const;

private:
    int width_, height_;
    std::vector<Color> pixels_;
};

/// Five columns of a letter, the lowest bit on top (font.cc).
const std::uint8_t* letter_columns(char letter);

}  // namespace stormglass::cloudwatch
