// The guestbook's entries in MySQL, and what the database says about itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "database.h"
#include "result.h"

namespace guestbook {

constexpr std::size_t name_length_max = 80;  // Code points, as the table's columns count.
constexpr std::size_t message_length_max = 1000;
constexpr std::size_t entries_shown_default = 50;
constexpr std::size_t entries_shown_max = 200;

struct Entry {
    std::string id;  // A UUID chosen by the client: sending an entry twice adds it once.
    std::string name;
    std::string message;
    std::string instance;  // Who accepted it.
    std::string zone;
    std::string created_at;  // UTC, ISO 8601.
};

/// What is wrong with an entry, in words for its author; nothing if it may be stored.
std::optional<std::string> entry_fault(const Entry& entry);

struct DatabaseFacts {
    std::string address;   // Where the connection leads.
    std::string hostname;  // @@hostname
    std::string server_id;
    std::string version;
    bool read_only = false;
    std::string role() const { return read_only ? "standby" : "primary"; }
};

enum class Added { now, before, conflict };

/// Threading: any thread.
class Entries {
public:
    /// `database` must outlive this.
    explicit Entries(Database& database) : database_(database) {}

    /// Stores the entry; before: this very entry was stored by an earlier attempt; conflict: its id
    /// belongs to another entry.
    Result<Added> add(const Entry& entry);
    /// The newest first.
    Result<std::vector<Entry>> newest(std::size_t count);
    Result<DatabaseFacts> facts();
    /// True when the database answers now and can be written to.
    Result<> ready();
    const DatabaseOptions& options() const { return database_.options(); }

private:
    Database& database_;
};

}  // namespace guestbook
