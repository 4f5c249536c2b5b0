// The form-encoded request body of the query and ec2 protocols: "Filter.1.Name=...&Filter.1.Value.1=".
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wire/body/problems.h"

namespace stormglass::wire::body {

/// Parameters by name, in order, so that a prefix is one range.
using Form = std::map<std::string, std::string, std::less<>>;

enum class FormDialect { query, ec2 };
inline constexpr std::size_t form_parameters_max = 20'000;

Result<Form> parse_form(std::string_view text);
Result<void> read_form(const Form& form, FormDialect dialect, const Shape& shape, void* object,
                       Problems& problems);

}  // namespace stormglass::wire::body
