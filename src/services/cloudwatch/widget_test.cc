// Widgets: their JSON, and that what is drawn is a picture.
#include "services/cloudwatch/widget.h"

#include <gmock/gmock.h>

#include "services/cloudwatch/widget_image.h"

namespace stormglass::cloudwatch {
namespace {

constexpr base::Time now{base::Seconds{1'760'054'400}};

TEST(WidgetTest, rows_repeat_what_stands_above_them) {
    const auto widget =
        parse_widget(R"({"start":"-PT1H","period":60,"stat":"Sum","width":300,"height":200,
        "metrics":[["AWS/EC2","CPUUtilization","InstanceId","i-1",{"stat":"p90","label":"one"}],
                   ["...","i-2"],[".","NetworkIn",".","i-3"],[{"expression":"metric1 * 2","id":"e1"}]],
        "annotations":{"horizontal":[{"value":80,"label":"high"}]}})",
                     now);
    ASSERT_TRUE(widget) << widget.error().message;
    EXPECT_EQ(widget->from, now - std::chrono::hours{1});
    ASSERT_EQ(widget->queries.size(), 4u);
    EXPECT_EQ(widget->queries[0].stat, "p90");
    EXPECT_EQ(widget->queries[1].metric_name, "CPUUtilization");
    EXPECT_EQ(widget->queries[1].dimensions[0].value, "i-2");
    EXPECT_EQ(widget->queries[2].metric_namespace, "AWS/EC2");
    EXPECT_EQ(widget->queries[2].dimensions[0].name, "InstanceId");
    EXPECT_EQ(widget->queries[3].expression, "metric1 * 2");
    EXPECT_EQ(widget->lines[0].value, 80);
}

TEST(WidgetTest, what_is_no_widget_says_why) {
    for (const char* bad : {"x", "{}", R"({"metrics":[["one"]]})", R"({"metrics":[],"width":5})",
                            R"({"metrics":[["a","b",{"id":"BAD"}]]})"}) {
        const auto widget = parse_widget(bad, now);
        ASSERT_FALSE(widget) << bad;
        EXPECT_EQ(widget.error().code, "ValidationError");
    }
}

TEST(WidgetTest, a_curve_is_drawn_between_its_values) {
    Widget widget;
    widget.width = 300;
    widget.height = 200;
    widget.from = now - std::chrono::hours{1};
    widget.to = now;
    TimeSeries series;
    series.label = "load";
    for (int i = 0; i < 60; ++i) series.values[widget.from + std::chrono::minutes{i}] = i;
    const Canvas canvas = draw(widget, {series});
    int blue = 0;
    for (int y = 0; y < canvas.height(); ++y) {
        for (int x = 0; x < canvas.width(); ++x) {
            const Color color = canvas.at(x, y);
            blue += color.red == 31 && color.blue == 180;
        }
    }
    EXPECT_GT(blue, 200);
    const std::string png = canvas.png();
    EXPECT_THAT(png, testing::StartsWith("\x89PNG\r\n"));
    EXPECT_THAT(png, testing::HasSubstr("IEND"));
}

}  // namespace
}  // namespace stormglass::cloudwatch
