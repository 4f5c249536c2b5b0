// Parameter groups speak MySQL 8.0; the server is MariaDB. This says, for each parameter, which
// variable it is there, or why it cannot be honoured. Nothing is dropped silently.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "substrate/databases.h"

namespace stormglass::substrate::mysql {

struct Translation {
    std::map<std::string, std::string> variables;  // MariaDB's names.
    std::vector<ParameterProblem> problems;
};

/// `known` are the server's variables (engine.h); `memory_bytes` is what formulas such as
/// "{DBInstanceClassMemory*3/4}" start from.
Translation translate_parameters(const std::map<std::string, std::string>& parameters,
                                 const std::map<std::string, std::string>& known,
                                 std::int64_t memory_bytes);

/// The error of a parameter group with problems.
Result<std::map<std::string, std::string>> variables_or_error(Translation translation);

/// How the variable is called on the command line, where that is not its own name.
std::string option_name(const std::string& variable);

}  // namespace stormglass::substrate::mysql
