// The accounts inside a server: the master user, whom RDS gives much but not everything, and the
// internal one that the standby replicates as.
#pragma once

#include "substrate/databases.h"
#include "substrate/mysql/connection.h"

namespace stormglass::substrate::mysql {

inline constexpr const char* replication_user = "rdsrepladmin";

/// Repeating it sets passwords and grants again. Passwords go to the server as hashes only.
Result<void> set_accounts(Connection& connection, const DatabaseCredentials& credentials);

/// mysql_native_password's stored form: '*' and the upper-case hexadecimal of SHA1(SHA1(password)).
std::string password_hash(std::string_view password);

}  // namespace stormglass::substrate::mysql
