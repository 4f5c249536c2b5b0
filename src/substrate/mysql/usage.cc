#include "substrate/mysql/usage.h"

#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/mysql/volume.h"

namespace stormglass::substrate::mysql {
namespace {

using Numbers = std::map<std::string, std::int64_t>;

/// Lines "name: 42" or "name 42" of a file in /proc.
Numbers numbers_in(const std::string& path) {
    Numbers found;
    for (const auto& line : base::split(base::read_file(path).value_or(""), '\n')) {
        const auto colon = line.find(':');
        if (colon == line.npos) continue;
        auto value = std::string(base::trim(std::string_view(line).substr(colon + 1)));
        value = value.substr(0, value.find_first_of(" \t"));
        if (const auto number = base::parse_integer(value)) found[line.substr(0, colon)] = *number;
    }
    return found;
}

Result<Numbers> status_of(Connection& connection) {
    Numbers found;
    const auto rows = TRY(connection.query(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Threads_running', "
        "'Queries', 'Innodb_data_read', 'Innodb_data_written', 'Innodb_data_reads', "
        "'Innodb_data_writes', 'Innodb_os_log_written')"));
    for (const auto& row : rows) {
        const auto name = row.at("Variable_name").value_or("");
        found[name] = base::parse_integer(row.at("Value").value_or("")).value_or(0);
    }
    return found;
}

/// Sessions of the daemon's own do not count.
Result<std::int64_t> clients_of(Connection& connection) {
    const auto count = TRY(
        connection.value("(SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER NOT IN "
                         "('root', 'system user', 'rdsrepladmin', 'event_scheduler'))"));
    return base::parse_integer(count).value_or(0);
}

std::int64_t binlogs_of(const Layout& layout) {
    std::int64_t bytes = 0;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(layout.data(), code)) {
        if (!entry.path().filename().string().starts_with("binlog.0")) continue;
        const auto size = entry.file_size(code);
        if (!code) bytes += static_cast<std::int64_t>(size);
    }
    return bytes;
}

/// How old the newest applied transaction of a follower is; by its own thread's word.
Result<std::optional<double>> lag_of(Connection& connection) {
    for (const auto& row : TRY(connection.query("SHOW SLAVE STATUS"))) {
        const auto found = row.find("Seconds_Behind_Master");
        if (found == row.end() || !found->second) continue;
        if (const auto lag = base::parse_integer(*found->second)) {
            return static_cast<double>(*lag);
        }
    }
    return std::nullopt;
}

}  // namespace

Result<DatabaseUsage> usage_of(Connection& connection, const Layout& layout, int pid,
                               const Result<ResourceUsage>& group) {
    DatabaseUsage usage;
    usage.pid = pid;
    const auto status = TRY(status_of(connection));
    const auto number = [&](const char* name) {
        const auto found = status.find(name);
        return found == status.end() ? 0 : found->second;
    };
    usage.connections = TRY(clients_of(connection));
    usage.running_threads = number("Threads_running");
    usage.queries = number("Queries");
    usage.read_bytes = number("Innodb_data_read");
    usage.written_bytes = number("Innodb_data_written");
    usage.reads = number("Innodb_data_reads");
    usage.writes = number("Innodb_data_writes");
    usage.binlog_bytes = binlogs_of(layout);
    usage.lag_seconds = TRY(lag_of(connection));
    if (group) {
        usage.cpu_seconds = group->cpu_seconds;
        usage.memory_bytes = group->memory_bytes;
    }
    constexpr std::int64_t kib = 1024;
    const auto process = numbers_in(fmt::format("/proc/{}/status", pid));
    if (const auto resident = process.find("VmRSS"); resident != process.end()) {
        usage.resident_bytes = resident->second * kib;
    }
    if (const auto threads = process.find("Threads"); threads != process.end()) {
        usage.threads = static_cast<int>(threads->second);
    }
    struct statvfs room {};
    if (::statvfs(layout.folder.c_str(), &room) == 0) {
        const auto block = static_cast<std::int64_t>(room.f_frsize);
        usage.storage_bytes = TRY(storage_size(layout));
        usage.storage_free_bytes = static_cast<std::int64_t>(room.f_bavail) * block;
        usage.storage_used_bytes = usage.storage_bytes - usage.storage_free_bytes;
    }
    return usage;
}

}  // namespace stormglass::substrate::mysql
