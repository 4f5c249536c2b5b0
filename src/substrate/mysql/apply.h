// Changing parameters of a running server: at once where it can, and saying which must wait.
#pragma once

#include "substrate/mysql/connection.h"

namespace stormglass::substrate::mysql {

struct ParameterChange {
    std::map<std::string, std::string> wanted;  // The effective variables now.
    std::map<std::string, std::string>
        previous;  // Those of the last time: what went has its default.
};

/// The variables (MariaDB's names) that need a restart to become what is wanted.
Result<std::vector<std::string>> apply_variables(Connection& connection,
                                                 const ParameterChange& change);

/// Whether two spellings mean the same value: ON and 1, 16M and 16777216.
bool same_value(const std::string& a, const std::string& b);

}  // namespace stormglass::substrate::mysql
