#include "substrate/mysql/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "base/strings.h"

namespace stormglass::substrate::mysql {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// The same thing under another name. Sources: MySQL 8.0's and MariaDB's lists of system variables.
constexpr std::array renamed = {
    Pair{"transaction_isolation", "tx_isolation"},
    Pair{"transaction_read_only", "tx_read_only"},
    Pair{"innodb_redo_log_capacity", "innodb_log_file_size"},
    Pair{"replica_parallel_workers", "slave_parallel_threads"},
    Pair{"slave_parallel_workers", "slave_parallel_threads"},
    Pair{"replica_net_timeout", "slave_net_timeout"},
    Pair{"replica_compressed_protocol", "slave_compressed_protocol"},
    Pair{"replica_max_allowed_packet", "slave_max_allowed_packet"},
    Pair{"replica_transaction_retries", "slave_transaction_retries"},
    Pair{"log_slow_replica_statements", "log_slow_slave_statements"},
};

// Set by us, or by what the server is for; a group's value would break the instance.
constexpr std::array managed = {"aria_encrypt_tables",
                                "basedir",
                                "bind_address",
                                "binlog_format",
                                "datadir",
                                "encrypt_binlog",
                                "encrypt_tmp_disk_tables",
                                "encrypt_tmp_files",
                                "enforce_storage_engine",
                                "file_key_management_encryption_algorithm",
                                "file_key_management_filekey",
                                "file_key_management_filename",
                                "general_log_file",
                                "gtid_domain_id",
                                "gtid_strict_mode",
                                "init_file",
                                "init_rpl_role",
                                "innodb_data_home_dir",
                                "innodb_encrypt_log",
                                "innodb_encrypt_tables",
                                "innodb_encrypt_temporary_tables",
                                "innodb_encryption_threads",
                                "innodb_log_group_home_dir",
                                "innodb_read_only",
                                "log_bin",
                                "log_error",
                                "log_replica_updates",
                                "log_slave_updates",
                                "log_slow_query_file",
                                "master_info_file",
                                "pid_file",
                                "plugin_dir",
                                "plugin_load",
                                "plugin_load_add",
                                "port",
                                "read_only",
                                "relay_log",
                                "relay_log_info_file",
                                "report_host",
                                "secure_file_priv",
                                "server_id",
                                "skip_grant_tables",
                                "skip_networking",
                                "skip_slave_start",
                                "slow_query_log_file",
                                "socket",
                                "tmpdir",
                                "user",
                                "super_read_only",
                                "read_only_compressed",
                                "slave_load_tmpdir",
                                "replica_load_tmpdir"};

// Known to MariaDB's command line, but without effect there or here.
constexpr std::array without_effect = {
    Pair{"innodb_buffer_pool_instances", "MariaDB has one buffer pool"},
    Pair{"innodb_page_cleaners", "MariaDB has one page cleaner"},
    Pair{"innodb_thread_concurrency", "MariaDB has removed it"},
    Pair{"innodb_commit_concurrency", "MariaDB has removed it"},
    Pair{"require_secure_transport", "the server offers no TLS yet"},
};

template <class Table>
bool contains(const Table& table, std::string_view name) {
    return std::ranges::find(table, name) != table.end();
}

std::optional<std::string_view> look_up(const auto& table, std::string_view name) {
    for (const auto& [key, value] : table) {
        if (key == name) return value;
    }
    return std::nullopt;
}

/// "{DBInstanceClassMemory*3/4}" and the like: a product, from left to right.
std::optional<std::int64_t> formula_value(std::string_view text, std::int64_t memory_bytes) {
    constexpr std::string_view start = "{DBInstanceClassMemory";
    if (!text.starts_with(start) || !text.ends_with('}')) return std::nullopt;
    text = text.substr(start.size(), text.size() - start.size() - 1);
    __int128 value = memory_bytes;
    while (!text.empty()) {
        const char operation = text.front();
        text.remove_prefix(1);
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto number = base::parse_integer(text.substr(0, digits));
        if (digits == 0 || !number || *number == 0) return std::nullopt;
        if (operation != '*' && operation != '/') return std::nullopt;
        value = operation == '*' ? value * *number : value / *number;
        text.remove_prefix(digits);
    }
    return static_cast<std::int64_t>(value);
}

/// Why this value cannot be taken, or nothing.
std::optional<std::string> value_problem(const std::string& name, const std::string& value) {
    if (std::ranges::any_of(value, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
        return "control characters are not allowed";
    }
    if (name == "log_output" && !base::equals_ignore_case(value, "FILE") &&
        !base::equals_ignore_case(value, "NONE")) {
        return "log tables would lie on disk unencrypted: use FILE or NONE";
    }
    if (name == "collation_server" && value.find("_0900_") != std::string::npos) {
        return "MariaDB lacks this collation; its nearest is utf8mb4_uca1400_ai_ci";
    }
    return std::nullopt;
}

/// The variable this is, or the reason why it is none.
Result<std::string> variable_of(const std::string& name,
                                const std::map<std::string, std::string>& known) {
    if (contains(managed, name)) {
        return fail(Domain::config, "managed", "set by the service itself");
    }
    if (const auto reason = look_up(without_effect, name)) {
        return fail(Domain::config, "without effect", std::string(*reason));
    }
    if (const auto other = look_up(renamed, name)) return std::string(*other);
    if (name == "time_zone") return name;  // Its option is called default-time-zone.
    if (known.contains(name)) return name;
    return fail(Domain::config, "unknown", "MariaDB has no such parameter");
}

}  // namespace

Translation translate_parameters(const std::map<std::string, std::string>& parameters,
                                 const std::map<std::string, std::string>& known,
                                 std::int64_t memory_bytes) {
    Translation result;
    for (const auto& [given, text] : parameters) {
        std::string name = base::to_lower(given);
        std::replace(name.begin(), name.end(), '-', '_');
        auto variable = variable_of(name, known);
        if (!variable) {
            result.problems.push_back({given, variable.error().message});
        } else if (auto reason = value_problem(name, text)) {
            result.problems.push_back({given, *reason});
        } else if (!text.starts_with('{')) {
            result.variables[*variable] = text;
        } else if (const auto value = formula_value(text, memory_bytes)) {
            result.variables[*variable] = std::to_string(*value);
        } else {
            result.problems.push_back({given, "this formula is not understood"});
        }
    }
    return result;
}

Result<std::map<std::string, std::string>> variables_or_error(Translation translation) {
    if (translation.problems.empty()) return std::move(translation.variables);
    std::vector<std::string> lines;
    for (const auto& problem : translation.problems) {
        lines.push_back(problem.name + ": " + problem.reason);
    }
    return fail(Domain::config, "InvalidParameter", base::join(lines, "; "));
}

std::string option_name(const std::string& variable) {
    if (variable == "tx_isolation") return "transaction-isolation";
    if (variable == "tx_read_only") return "transaction-read-only";
    if (variable == "time_zone") return "default-time-zone";
    return variable;
}

}  // namespace stormglass::substrate::mysql
