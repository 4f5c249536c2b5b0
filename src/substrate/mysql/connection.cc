#include "substrate/mysql/connection.h"

#include <errmsg.h>
#include <mysql.h>

#include <utility>

namespace stormglass::substrate::mysql {
namespace {

Unexpected failure(st_mysql* handle, const std::string& step) {
    const unsigned number = mysql_errno(handle);
    // Client-side numbers: the server is not there, or did not answer in time.
    const bool silent = number >= CR_MIN_ERROR && number <= CR_MAX_ERROR;
    return fail(Domain::system, silent ? "NoAnswer" : std::to_string(number),
                step + ": " + mysql_error(handle));
}

/// How errors name a statement: its first words, never its values.
std::string shown(const std::string& statement) {
    return statement.substr(0, statement.find_first_of("'=(", 0)).substr(0, 80);
}

}  // namespace

Result<Connection> Connection::open(const std::string& socket, std::chrono::seconds limit) {
    st_mysql* handle = mysql_init(nullptr);
    Connection connection(handle);
    const auto seconds = static_cast<unsigned>(limit.count());
    mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &seconds);
    mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(handle, nullptr, "root", "", nullptr, 0, socket.c_str(), 0)) {
        return failure(handle, "connect");
    }
    TRY(connection.execute(
        "SET SESSION sql_log_off=1, slow_query_log=0, sql_mode='NO_BACKSLASH_ESCAPES', "
        "enforce_storage_engine=NULL, lock_wait_timeout=5, collation_connection=utf8mb4_bin"));
    return connection;
}

Connection::Connection(Connection&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)) {}

Connection::~Connection() {
    if (handle_) mysql_close(handle_);
}

Result<std::vector<Row>> Connection::query(const std::string& statement) {
    if (mysql_real_query(handle_, statement.data(), statement.size()) != 0) {
        return failure(handle_, shown(statement));
    }
    std::vector<Row> rows;
    MYSQL_RES* result = mysql_store_result(handle_);
    if (!result) {
        if (mysql_errno(handle_) != 0) return failure(handle_, shown(statement));
        return rows;
    }
    const unsigned columns = mysql_num_fields(result);
    const MYSQL_FIELD* fields = mysql_fetch_fields(result);
    while (MYSQL_ROW cells = mysql_fetch_row(result)) {
        const unsigned long* lengths = mysql_fetch_lengths(result);
        Row row;
        for (unsigned i = 0; i < columns; i++) {
            auto& cell = row[fields[i].name];
            if (cells[i]) cell = std::string(cells[i], lengths[i]);
        }
        rows.push_back(std::move(row));
    }
    mysql_free_result(result);
    return rows;
}

Result<void> Connection::execute(const std::string& statement) {
    TRY(query(statement));
    return {};
}

Result<std::string> Connection::value(const std::string& expression) {
    const auto rows = TRY(query("SELECT " + expression + " AS it"));
    return rows.empty() ? "" : rows[0].at("it").value_or("");
}

Result<bool> Connection::holds(const std::string& expression) {
    const std::string answer = TRY(value(expression));
    return !answer.empty() && answer != "0";
}

std::string quote(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
    return quoted + "'";
}

std::string quote_name(std::string_view name) {
    std::string quoted = "`";
    for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
    return quoted + "`";
}

}  // namespace stormglass::substrate::mysql
