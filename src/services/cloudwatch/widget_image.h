// A widget's picture.
#pragma once

#include "services/cloudwatch/canvas.h"
#include "services/cloudwatch/math_value.h"
#include "services/cloudwatch/widget.h"

namespace stormglass::cloudwatch {

/// Lines over time with axes, annotations and a legend.
Canvas draw(const Widget& widget, const SeriesList& all);

}  // namespace stormglass::cloudwatch
