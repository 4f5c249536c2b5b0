// The pool and the retries, over libmariadb's C interface.
#include "database.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include <algorithm>
#include <thread>

#include "log.h"

namespace guestbook {
namespace {

constexpr std::chrono::milliseconds first_pause{25};
constexpr std::chrono::milliseconds pause_max{400};
constexpr unsigned innodb_read_only = 1874;  // ER_INNODB_READ_ONLY; not in every header.

std::unexpected<Error> fail_mysql(MYSQL* handle) {
    return fail(mysql_error(handle), mysql_errno(handle));
}

}  // namespace

Remedy remedy_for(unsigned mysql_code) {
    switch (mysql_code) {
        case ER_LOCK_DEADLOCK:
        case ER_LOCK_WAIT_TIMEOUT:
            return Remedy::repeat;
        case ER_OPTION_PREVENTS_STATEMENT:  // 1290: --read-only, so it is a standby now.
        case ER_READ_ONLY_MODE:             // 1836
        case innodb_read_only:
        case ER_SERVER_SHUTDOWN:
        case ER_CON_COUNT_ERROR:
        case ER_NEW_ABORTING_CONNECTION:
        case ER_ABORTING_CONNECTION:
        case ER_QUERY_INTERRUPTED:
        case ER_CONNECTION_KILLED:
            return Remedy::reconnect;
        default:
            break;
    }
    return mysql_code >= CR_MIN_ERROR && mysql_code <= CR_MAX_ERROR ? Remedy::reconnect
                                                                    : Remedy::give_up;
}

Result<Rows> Connection::query(const std::string& sql) {
    MYSQL* handle = handle_.get();
    if (mysql_real_query(handle, sql.data(), sql.size()) != 0) return fail_mysql(handle);
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(
        mysql_store_result(handle), &mysql_free_result);
    if (!result && mysql_field_count(handle) != 0) return fail_mysql(handle);
    Rows rows;
    if (!result) return rows;
    const unsigned columns = mysql_num_fields(result.get());
    while (MYSQL_ROW raw = mysql_fetch_row(result.get())) {
        const unsigned long* lengths = mysql_fetch_lengths(result.get());
        Row& row = rows.emplace_back();
        for (unsigned i = 0; i < columns; ++i) {
            row.push_back(raw[i] ? std::optional<std::string>(std::in_place, raw[i], lengths[i])
                                 : std::nullopt);
        }
    }
    return rows;
}

std::string Connection::quote(std::string_view text) {
    std::string out(text.size() * 2 + 1, '\0');
    out.resize(mysql_real_escape_string(handle_.get(), out.data(), text.data(), text.size()));
    return "'" + out + "'";
}

Database::Database(DatabaseOptions options, Resolver& resolver)
    : options_(std::move(options)), resolver_(resolver) {
    mysql_library_init(0, nullptr, nullptr);  // Not safe on several threads at a time, so here.
}

Result<std::unique_ptr<Connection>> Database::connect() {
    const auto address = resolver_.resolve(options_.host);
    if (!address) return fail(address.error().message, CR_UNKNOWN_HOST);
    MYSQL* handle = mysql_init(nullptr);
    if (!handle) return fail("out of memory", CR_OUT_OF_MEMORY);
    auto connection = std::make_unique<Connection>(handle, *address);
    const auto connect_s = static_cast<unsigned>(options_.connect_timeout.count());
    const auto answer_s = static_cast<unsigned>(options_.answer_timeout.count());
    mysql_options(handle, MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_options(handle, MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(handle, address->c_str(), options_.user.c_str(),
                            options_.password.c_str(), options_.name.c_str(), options_.port,
                            nullptr, 0)) {
        return fail_mysql(handle);
    }
    return connection;
}

Result<std::unique_ptr<Connection>> Database::borrow(Clock::time_point until,
                                                     std::uint64_t& generation) {
    std::unique_lock lock(mutex_);
    const bool free =
        returned_.wait_until(lock, until, [this] { return lent_ < options_.connections_max; });
    if (!free) return fail("every database connection is busy", CR_CONNECTION_ERROR);
    ++lent_;
    generation = generation_;
    if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    lock.unlock();
    auto made = connect();
    if (!made) give_back(nullptr, generation);
    return made;
}

void Database::give_back(std::unique_ptr<Connection> connection, std::uint64_t generation) {
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (connection && generation == generation_) idle_.push_back(std::move(connection));
    }
    returned_.notify_one();
}

void Database::drop_all() {
    std::vector<std::unique_ptr<Connection>> dropped;  // Closed outside of the lock.
    {
        const std::lock_guard lock(mutex_);
        ++generation_;
        dropped.swap(idle_);
    }
    resolver_.forget(options_.host);
}

Result<Rows> Database::attempt(const Work& work, Clock::time_point until) {
    std::uint64_t generation = 0;
    auto connection = borrow(until, generation);
    if (!connection) {
        resolver_.forget(options_.host);
        return std::unexpected(connection.error());
    }
    auto result = work(**connection);
    const bool useless = !result && remedy_for(result.error().code) == Remedy::reconnect;
    if (useless) drop_all();
    give_back(useless ? nullptr : std::move(*connection), generation);
    return result;
}

Result<Rows> Database::run_once(const Work& work) {
    return attempt(work, Clock::now() + options_.connect_timeout);
}

Result<Rows> Database::run(const Work& work) {
    const auto until = Clock::now() + options_.deadline;
    auto pause = first_pause;
    for (int number = 1;; ++number) {
        auto result = attempt(work, until);
        if (result || remedy_for(result.error().code) == Remedy::give_up) return result;
        if (Clock::now() + pause > until) return result;
        log(Level::warn, "database_retry",
            {{"attempt", std::to_string(number)},
             {"code", std::to_string(result.error().code)},
             {"reason", result.error().message}});
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, pause_max);
    }
}

}  // namespace guestbook
