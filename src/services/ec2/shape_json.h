// Any generated structure as JSON, by the model's own member names. A request's structure can so be
// stored and read back as the response's, whose members have the same names but whose type differs.
#pragma once

#include "base/json.h"
#include "wire/shapes.h"

namespace stormglass::ec2 {

/// Only members that were given.
base::Json shape_to_json(const wire::Shape& shape, const void* object);
/// Members that `json` has and the shape knows; everything else is left alone.
void shape_from_json(const wire::Shape& shape, const base::Json& json, void* object);

/// The shape of an operation's input, or of a member of it or of its output by path.
const wire::Shape& input_shape(std::string_view operation, std::string_view path = {});
const wire::Shape& output_shape(std::string_view operation, std::string_view path = {});

}  // namespace stormglass::ec2
