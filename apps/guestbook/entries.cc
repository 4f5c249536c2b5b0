// The guestbook's entries in MySQL.
#include "entries.h"

#include <mysqld_error.h>

#include "text.h"

namespace guestbook {
namespace {

// The key on the time serves the only listing there is.
constexpr const char* create_table_sql =
    "CREATE TABLE IF NOT EXISTS entries ("
    " id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,"
    " name VARCHAR(80) NOT NULL,"
    " message VARCHAR(1000) NOT NULL,"
    " instance VARCHAR(64) NOT NULL,"
    " zone VARCHAR(32) NOT NULL,"
    " created_at TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),"
    " KEY newest (created_at)"
    ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4";

/// Runs the statement; where the table is missing (a new or a restored database), makes it first.
/// Not at start: an instance must come up, and stay up, without its database.
Result<Rows> with_table(Connection& connection, const std::string& sql) {
    auto result = connection.query(sql);
    if (result || result.error().code != ER_NO_SUCH_TABLE) return result;
    if (auto made = connection.query(create_table_sql); !made) return made;
    return connection.query(sql);
}

const std::string& text_of(const Row& row, std::size_t column) {
    static const std::string none;
    return column < row.size() && row[column] ? *row[column] : none;
}

Entry entry_of(const Row& row) {
    return {text_of(row, 0), text_of(row, 1), text_of(row, 2),
            text_of(row, 3), text_of(row, 4), text_of(row, 5)};
}

constexpr const char* select_sql =
    "SELECT id, name, message, instance, zone,"
    " CONCAT(REPLACE(CONVERT_TZ(created_at, @@session.time_zone, '+00:00'), ' ', 'T'), 'Z')"
    " FROM entries ";

std::optional<std::string> text_fault(std::string_view what, std::string_view text,
                                      std::size_t length_max) {
    const auto length = utf8_length(text);
    if (!length) return std::string(what) + " is not valid UTF-8";
    if (*length == 0) return std::string(what) + " must not be empty";
    if (*length > length_max) {
        return std::string(what) + " is longer than " + std::to_string(length_max) + " characters";
    }
    if (has_control_characters(text)) return std::string(what) + " holds control characters";
    return std::nullopt;
}

}  // namespace

std::optional<std::string> entry_fault(const Entry& entry) {
    if (!is_uuid(entry.id)) return "id is not a UUID";
    if (auto fault = text_fault("name", entry.name, name_length_max)) return fault;
    if (entry.name.find_first_of("\r\n") != std::string::npos) return "name spans several lines";
    return text_fault("message", entry.message, message_length_max);
}

Result<Added> Entries::add(const Entry& entry) {
    const auto rows = database_.run([&](Connection& connection) -> Result<Rows> {
        const auto quoted = [&](const std::string& text) { return connection.quote(text); };
        auto inserted = with_table(
            connection, "INSERT INTO entries (id, name, message, instance, zone) VALUES (" +
                            quoted(entry.id) + "," + quoted(entry.name) + "," +
                            quoted(entry.message) + "," + quoted(entry.instance) + "," +
                            quoted(entry.zone) + ")");
        if (inserted || inserted.error().code != ER_DUP_ENTRY) return inserted;
        // Stored already, perhaps by an attempt of ours whose answer was lost.
        return connection.query(std::string(select_sql) + "WHERE id = " + quoted(entry.id));
    });
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return Added::now;
    const Entry stored = entry_of(rows->front());
    const bool same = stored.name == entry.name && stored.message == entry.message;
    return same ? Added::before : Added::conflict;
}

Result<std::vector<Entry>> Entries::newest(std::size_t count) {
    const auto rows = database_.run([&](Connection& connection) {
        return with_table(connection, std::string(select_sql) +
                                          "ORDER BY created_at DESC, id LIMIT " +
                                          std::to_string(count));
    });
    if (!rows) return std::unexpected(rows.error());
    std::vector<Entry> entries;
    for (const auto& row : *rows) entries.push_back(entry_of(row));
    return entries;
}

Result<DatabaseFacts> Entries::facts() {
    DatabaseFacts facts;
    const auto rows = database_.run_once([&](Connection& connection) {
        facts.address = connection.address();
        return connection.query("SELECT @@hostname, @@server_id, @@version, @@read_only");
    });
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty()) return fail("the database says nothing about itself");
    const Row& row = rows->front();
    facts.hostname = text_of(row, 0);
    facts.server_id = text_of(row, 1);
    facts.version = text_of(row, 2);
    facts.read_only = text_of(row, 3) != "0" && text_of(row, 3) != "OFF";
    return facts;
}

Result<> Entries::ready() {
    const auto found = facts();
    if (!found) return std::unexpected(found.error());
    if (found->read_only) return fail("the database is read-only");
    return {};
}

}  // namespace guestbook
