#include "substrate/mysql/accounts.h"

#include <array>

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::substrate::mysql {
namespace {

// Of the whole server: what RDS's master user has that MariaDB can give only for everything.
constexpr const char* server_rights =
    "PROCESS, RELOAD, SHOW DATABASES, CREATE USER, REPLICATION SLAVE, REPLICATION CLIENT, "
    "SLAVE MONITOR";
// Of every database but `mysql`: a grant on the pattern `%`, which the more exact one on `mysql`
// overrides for this user.
constexpr const char* database_rights = "ALL PRIVILEGES";
constexpr const char* system_rights = "SELECT";
// The network that only our own database servers have (RFC 6598; substrate/network.h).
constexpr const char* backplane_hosts = "100.64.0.0/255.192.0.0";

std::string account(std::string_view user, std::string_view host) {
    return quote(user) + "@" + quote(host);
}

Result<void> set_account(Connection& connection, const std::string& who,
                         std::string_view password) {
    const std::string how =
        " IDENTIFIED VIA mysql_native_password USING " + quote(password_hash(password));
    TRY(connection.execute("CREATE USER IF NOT EXISTS " + who + how));
    return connection.execute("ALTER USER " + who + how);
}

}  // namespace

Result<void> set_accounts(Connection& connection, const DatabaseCredentials& credentials) {
    if (!credentials.master_username.empty()) {
        const auto master = account(credentials.master_username, "%");
        const std::string to = " TO " + master + " WITH GRANT OPTION";
        TRY(set_account(connection, master, credentials.master_password));
        TRY(connection.execute(std::string("GRANT ") + server_rights + " ON *.*" + to));
        TRY(connection.execute(std::string("GRANT ") + database_rights + " ON `%`.*" + to));
        TRY(connection.execute(std::string("GRANT ") + system_rights + " ON `mysql`.* TO " +
                               master));
    }
    if (!credentials.replication_password.empty()) {
        const auto replica = account(replication_user, backplane_hosts);
        TRY(set_account(connection, replica, credentials.replication_password));
        TRY(connection.execute("GRANT REPLICATION SLAVE ON *.* TO " + replica));
    }
    if (credentials.initial_database.empty()) return {};
    return connection.execute("CREATE DATABASE IF NOT EXISTS " +
                              quote_name(credentials.initial_database));
}

std::string password_hash(std::string_view password) {
    if (password.empty()) return "";
    return "*" + base::to_upper(base::hex_encode(base::sha1(base::sha1(password))));
}

}  // namespace stormglass::substrate::mysql
