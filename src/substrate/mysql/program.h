// Runs one of the engine's tools to its end: mariadb-install-db, mariadbd --bootstrap,
// mariadb-backup.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace stormglass::substrate::mysql {

struct ProgramRun {
    std::vector<std::string> argv;  // argv[0] is found on the PATH that every tool gets.
    std::string stdin_text;         // For scripts and secrets: never on the command line.
    std::chrono::milliseconds limit{std::chrono::seconds{60}};
};

/// stdout and stderr together; exit status other than 0 and a passed limit are errors that carry
/// the output's end. The child and its group are gone when this returns.
Result<std::string> run_program(const ProgramRun& run);

}  // namespace stormglass::substrate::mysql
