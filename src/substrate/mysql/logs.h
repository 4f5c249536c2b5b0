// The server's logs: in memory, because they quote statements; so kept short.
#pragma once

#include "substrate/databases.h"
#include "substrate/mysql/layout.h"

namespace stormglass::substrate::mysql {

Result<std::string> read_log_end(const Layout& layout, DatabaseLog log);
/// As Databases::read_log_from().
Result<Databases::LogText> read_log_part(const Layout& layout, DatabaseLog log, std::int64_t from);
/// Keeps the newer part of each log that has grown too long. The server appends, so it goes on.
void trim_logs(const Layout& layout);

}  // namespace stormglass::substrate::mysql
