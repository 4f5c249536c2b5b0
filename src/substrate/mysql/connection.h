// One connection of the daemon's to a server, over its unix socket as root (the socket tells the
// server who we are: no password). Its statements are kept out of the general and slow logs.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

struct st_mysql;

namespace stormglass::substrate::mysql {

using Row = std::map<std::string, std::optional<std::string>>;  // By column name.

/// One thread at a time.
class Connection {
public:
    /// `limit` bounds each step: connecting, and waiting for a statement's answer.
    static Result<Connection> open(const std::string& socket, std::chrono::seconds limit);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    /// Codes are the server's error numbers. A lost or silent server is "NoAnswer".
    Result<std::vector<Row>> query(const std::string& statement);
    Result<void> execute(const std::string& statement);
    /// Column 0 of row 0; an empty string for NULL or no row.
    Result<std::string> value(const std::string& expression);
    /// Whether an expression is true: neither 0 nor NULL.
    Result<bool> holds(const std::string& expression);

private:
    explicit Connection(st_mysql* handle) : handle_(handle) {}
    st_mysql* handle_;
};

/// 'text' as a literal (the connection's sql_mode makes the backslash an ordinary character).
std::string quote(std::string_view text);
/// `name` as an identifier.
std::string quote_name(std::string_view name);

}  // namespace stormglass::substrate::mysql
