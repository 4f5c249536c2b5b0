// Any generated structure as JSON, members by the model's own names: how the tests' two ends speak
// of the same value. Blobs are base64, times seconds since 1970, numbers that JSON lacks their
// names.
#pragma once

#include "base/json.h"
#include "wire/shapes.h"

namespace stormglass {

base::Json dump(const wire::Shape& shape, const void* value);
/// Sets in `to` what `from` names; members that the shape does not have are ignored.
void fill(const wire::Shape& shape, const base::Json& from, void* to);

}  // namespace stormglass
