// The parameters of a MySQL parameter group that can be set here. The list is AWS's, cut to what
// the serving engine (MariaDB) can honour; others are refused by name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace stormglass::rds {

struct CatalogueParameter {
    const char* name;
    const char* apply_type;  // "dynamic", "static"
    const char* data_type;   // "integer", "boolean", "string", "list", "float"
    const char* allowed;     // "1-100000", "0,1", "A,B,C", or empty: any.
    const char* value;       // The family's default; empty: the engine's own.
    const char* description;

    bool is_static() const { return apply_type[0] == 's'; }
};

std::span<const CatalogueParameter> parameter_catalogue();
const CatalogueParameter* find_parameter(std::string_view name);
/// AWS's own refusal of a value that is not allowed.
Result<void> check_value(const CatalogueParameter& parameter, const std::string& value);

}  // namespace stormglass::rds
