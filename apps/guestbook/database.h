// Connections to the database: a pool, and the rules by which work is tried again.
//
// A Multi-AZ database fails over by moving its name to another server. Three habits make that a
// pause instead of an outage: every new connection resolves the name anew; a connection that turns
// out to lead to a read-only server is dropped, not kept; and work is tried again until a deadline.
// Work must therefore be safe to apply twice.
//
// Threading: any thread.
#pragma once

#include <mysql.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "resolver.h"
#include "result.h"

namespace guestbook {

using Row = std::vector<std::optional<std::string>>;  // A column without value is SQL's NULL.
using Rows = std::vector<Row>;

/// What to do about a failed statement.
enum class Remedy {
    give_up,    // It will fail again.
    repeat,     // Same connection is fine: a deadlock, a lock wait.
    reconnect,  // The connection or the server behind it is of no use any more.
};
Remedy remedy_for(unsigned mysql_code);

/// One connection. Used by one thread at a time.
class Connection {
public:
    explicit Connection(MYSQL* handle, std::string address)
        : handle_(handle, &mysql_close), address_(std::move(address)) {}

    Result<Rows> query(const std::string& sql);
    /// `text` as a quoted SQL literal.
    std::string quote(std::string_view text);
    const std::string& address() const { return address_; }

private:
    std::unique_ptr<MYSQL, decltype(&mysql_close)> handle_;
    std::string address_;
};

struct DatabaseOptions {
    std::string host;
    std::uint16_t port = 3306;
    std::string user, password, name;
    std::size_t connections_max = 8;
    std::chrono::seconds connect_timeout{2};
    // A standby that takes over does so well within this; waiting longer on a dead peer helps
    // nobody.
    std::chrono::seconds answer_timeout{4};
    std::chrono::milliseconds deadline{
        15000};  // For one piece of work, attempts and pauses in all.
};

class Database {
public:
    using Work = std::function<Result<Rows>(Connection&)>;

    /// `resolver` must outlive this.
    Database(DatabaseOptions options, Resolver& resolver);

    /// Runs `work` on a connection, again on failures that pass, until it succeeds or the deadline.
    Result<Rows> run(const Work& work);
    /// One attempt, on a fresh or pooled connection: for health checks.
    Result<Rows> run_once(const Work& work);
    const DatabaseOptions& options() const { return options_; }

private:
    using Clock = std::chrono::steady_clock;

    Result<std::unique_ptr<Connection>> connect();
    Result<std::unique_ptr<Connection>> borrow(Clock::time_point until, std::uint64_t& generation);
    void give_back(std::unique_ptr<Connection> connection, std::uint64_t generation);
    void drop_all();
    Result<Rows> attempt(const Work& work, Clock::time_point until);

    const DatabaseOptions options_;
    Resolver& resolver_;
    std::mutex mutex_;  // Guards what follows.
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t lent_ = 0;
    std::uint64_t generation_ = 0;  // Grows when all connections made so far became suspect.
};

}  // namespace guestbook
