// Structured lines on stderr (spdlog). Secrets never go here.
#pragma once

#include <spdlog/spdlog.h>

namespace stormglass::base {

/// Sets the pattern and the level ("debug", "info", "warn", "error") for the whole process.
void start_logging(std::string_view process_name, std::string_view level);

}  // namespace stormglass::base
