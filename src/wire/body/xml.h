// XML bodies: answers of the query, ec2 and rest-xml protocols (written straight to text), and
// requests of rest-xml (read with pugixml).
#pragma once

#include <string>
#include <string_view>

#include "wire/body/problems.h"

namespace stormglass::wire::body {

/// `everything`: an empty list inside a structure is written as an empty element, as the query and
/// ec2 protocols do; `given`: only what was set, as S3 does.
enum class EmptyLists { everything, given };

/// Appends the members of `object` as elements, without an element around them. Members that do not
/// travel in the body are left out.
void write_xml_members(std::string& to, const Shape& shape, const void* object, EmptyLists empty);
/// Appends one element with its content.
void write_xml_element(std::string& to, std::string_view name, const Shape& shape,
                       const void* object, EmptyLists empty);
void append_xml_text(std::string& to, std::string_view text);

/// Reads a document whose root holds the members of `shape`.
Result<void> read_xml(std::string_view text, const Shape& shape, void* object, Problems& problems);

}  // namespace stormglass::wire::body
