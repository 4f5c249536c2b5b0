// GetMetricWidgetImage: draws metrics as a PNG.
#include "services/cloudwatch/widget_image.h"

#include <cmath>

#include "services/cloudwatch/labels.h"
#include "services/cloudwatch/queries.h"
#include "services/cloudwatch/service.h"

namespace stormglass::cloudwatch {
namespace {

constexpr int left = 52, right = 12, top = 24, axis_height = 16, legend_line = 11, gap = 4;
constexpr int grid_lines = 5, tick_width = 90, legend_lines_max = 6;
constexpr Color ink{35, 47, 62}, pale{225, 228, 232}, note{209, 50, 18};
constexpr Color palette[] = {{31, 119, 180},  {255, 127, 14}, {44, 160, 44},   {214, 39, 40},
                             {148, 103, 189}, {140, 86, 75},  {227, 119, 194}, {127, 127, 127},
                             {188, 189, 34},  {23, 190, 207}};

/// Where the curves are drawn, and which values its edges stand for.
struct Plot {
    int x0, y0, x1, y1;
    base::Time from, to;
    double low, high;

    int x_of(base::Time time) const {
        const double part =
            std::chrono::duration<double>(time - from) / std::chrono::duration<double>(to - from);
        return x0 + static_cast<int>(part * (x1 - x0));
    }
    int y_of(double value) const {
        const double part = std::clamp((value - low) / (high - low), -1.0, 2.0);
        return y1 - static_cast<int>(part * (y1 - y0));
    }
};

std::string short_number(double value) {
    const double size = std::abs(value);
    if (size >= 1e9) return fmt::format("{:.3g}G", value / 1e9);
    if (size >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
    if (size >= 1e4) return fmt::format("{:.3g}k", value / 1e3);
    return fmt::format("{:.4g}", value);
}

/// From zero (or below, if there is such a value) to a little above the greatest.
std::pair<double, double> bounds_of(const Widget& widget, const SeriesList& all) {
    double low = 0, high = 0;
    for (const auto& series : all) {
        for (const auto& [time, value] : series.values) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    for (const auto& line : widget.lines) high = std::max(high, line.value);
    constexpr double air = 1.05;
    low = widget.minimum.value_or(low);
    high = widget.maximum.value_or(high * air);
    if (high <= low) high = low + 1;
    return {low, high};
}

void draw_axes(Canvas& canvas, const Plot& plot) {
    for (int i = 0; i <= grid_lines; ++i) {
        const double value = plot.low + (plot.high - plot.low) * i / grid_lines;
        const int y = plot.y_of(value);
        canvas.line(plot.x0, y, plot.x1, y, pale);
        const std::string text = short_number(value);
        canvas.text(plot.x0 - gap - Canvas::text_width(text), y - Canvas::letter_height / 2, text,
                    ink);
    }
    const int ticks = std::max(1, (plot.x1 - plot.x0) / tick_width);
    for (int i = 0; i <= ticks; ++i) {
        const base::Time time = plot.from + (plot.to - plot.from) * i / ticks;
        const int x = plot.x_of(time);
        canvas.line(x, plot.y1, x, plot.y1 + gap, ink);
        const bool days = plot.to - plot.from > base::Days{2};
        const std::string text = base::iso8601_seconds(time).substr(days ? 5 : 11, 5);
        canvas.text(x - Canvas::text_width(text) / 2, plot.y1 + gap + 2, text, ink);
    }
    canvas.line(plot.x0, plot.y1, plot.x1, plot.y1, ink);
}

void draw_curve(Canvas& canvas, const Plot& plot, const TimeSeries& series, Color color) {
    const std::pair<const base::Time, double>* before = nullptr;
    for (const auto& point : series.values) {
        const int x = plot.x_of(point.first), y = plot.y_of(point.second);
        // A line joins neighbours; beyond a gap a point stands alone.
        if (before != nullptr && point.first - before->first <= 2 * series.period) {
            canvas.line(plot.x_of(before->first), plot.y_of(before->second), x, y, color, 2);
        } else {
            canvas.fill(x - 1, y - 1, 3, 3, color);
        }
        before = &point;
    }
}

SeriesList stacked(const SeriesList& all) {
    SeriesList out;
    Values sums;
    for (const auto& series : all) {
        TimeSeries sum = series;
        for (auto& [time, value] : sum.values) value = sums[time] += value;
        out.push_back(std::move(sum));
    }
    return out;
}

}  // namespace

Canvas draw(const Widget& widget, const SeriesList& all) {
    Canvas canvas(widget.width, widget.height);
    const int lines = std::min<int>(static_cast<int>(all.size()), legend_lines_max);
    const SeriesList curves = widget.stacked ? stacked(all) : all;
    const auto [low, high] = bounds_of(widget, curves);
    const Plot plot{
        left,
        top,
        widget.width - right,
        std::max(top + axis_height, widget.height - axis_height - lines * legend_line - gap),
        widget.from,
        widget.to,
        low,
        high};
    canvas.text((widget.width - Canvas::text_width(widget.title)) / 2, 8, widget.title, ink);
    draw_axes(canvas, plot);
    for (const auto& line : widget.lines) {
        const int y = plot.y_of(line.value);
        canvas.line(plot.x0, y, plot.x1, y, note);
        canvas.text(plot.x1 - Canvas::text_width(line.label), y - Canvas::letter_height - 2,
                    line.label, note);
    }
    for (std::size_t i = 0; i < curves.size(); ++i) {
        draw_curve(canvas, plot, curves[i], palette[i % std::size(palette)]);
    }
    for (int i = 0; i < lines; ++i) {
        const int y = widget.height - (lines - i) * legend_line;
        canvas.fill(left, y, Canvas::letter_height, Canvas::letter_height,
                    palette[static_cast<std::size_t>(i) % std::size(palette)]);
        canvas.text(left + legend_line, y, all[static_cast<std::size_t>(i)].label, ink);
    }
    return canvas;
}

Result<api::GetMetricWidgetImageOutput> Service::get_metric_widget_image(
    wire::Request& request, const api::GetMetricWidgetImageInput& input) {
    if (input.output_format.value_or("png") != "png") {
        return aws_error("ValidationError",
                         "Stormglass does not support an OutputFormat other than png");
    }
    const Widget widget = TRY(parse_widget(input.metric_widget, request.now));
    const Scope scope = scope_of(request);
    Queries answers(request.tx(), scope, widget.queries, {widget.from, widget.to}, request.now);
    const Labels labels(widget.queries);
    SeriesList all;
    for (const auto& query : widget.queries) {
        if (!query.return_data.value_or(true)) continue;
        for (auto& series : TRY(answers.answer(query.id))) {
            series.label = labels.of(query, series);
            all.push_back(std::move(series));
        }
    }
    api::GetMetricWidgetImageOutput output;
    output.metric_widget_image = draw(widget, all).png();
    return output;
}

}  // namespace stormglass::cloudwatch
