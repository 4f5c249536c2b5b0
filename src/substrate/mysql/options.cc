#include "substrate/mysql/options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "substrate/mysql/layout.h"
#include "substrate/mysql/parameters.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::int64_t mib = 1 << 20;
constexpr std::int64_t memory_default = 1024 * mib;  // Of a class that does not say.
constexpr std::int64_t buffer_pool_min = 16 * mib;
constexpr std::int64_t bytes_per_connection = 12'582'880;  // RDS's own formula for the default.
constexpr std::int64_t connections_min = 30, connections_max = 5000;
// A standby that stays away must not turn a synchronous primary into an asynchronous one: 10 years.
constexpr std::int64_t wait_for_standby_ms = 315'360'000'000;

void add_encryption(std::vector<std::string>& argv) {
    argv.insert(argv.end(),
                {"--plugin-load-add=file_key_management",
                 fmt::format("--file-key-management-filename={}", inside::key),
                 "--innodb-encrypt-tables=FORCE", "--innodb-encrypt-log=ON",
                 "--innodb-encrypt-temporary-tables=ON", "--aria-encrypt-tables=ON",
                 "--encrypt-tmp-disk-tables=ON", "--encrypt-tmp-files=ON", "--encrypt-binlog=ON",
                 // The other engines write in the clear, Aria at least its log.
                 "--enforce-storage-engine=InnoDB"});
}

void add_files(std::vector<std::string>& argv) {
    const std::string run = inside::run;
    argv.insert(
        argv.end(),
        {fmt::format("--datadir={}", inside::data), fmt::format("--tmpdir={}", inside::temporary),
         fmt::format("--secure-file-priv={}", inside::files), "--socket=" + run + "/sock",
         "--pid-file=" + run + "/pid", "--init-file=" + run + "/init.sql",
         // Statements stand in the logs in the clear: they stay in memory.
         "--general-log-file=" + run + "/general.log", "--slow-query-log-file=" + run + "/slow.log",
         // Holds the replication password.
         "--master-info-file=" + run + "/master.info",
         "--relay-log-info-file=" + run + "/relay-log.info"});
}

void add_replication(std::vector<std::string>& argv, const DatabaseServerSpec& spec,
                     const StartOptions& options) {
    argv.insert(
        argv.end(),
        {fmt::format("--server-id={}", spec.server_id), "--log-bin=binlog", "--relay-log=relaylog",
         "--log-slave-updates=ON", "--binlog-format=ROW", "--gtid-strict-mode=ON",
         "--gtid-domain-id=0", "--skip-slave-start", "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
         fmt::format("--rpl-semi-sync-master-timeout={}", wait_for_standby_ms)});
    const bool confirms = spec.follower == DatabaseServerSpec::Follower::standby;
    argv.push_back(fmt::format("--rpl-semi-sync-slave-enabled={}", confirms ? "ON" : "OFF"));
    if (options.role == ServerRole::primary) {
        const bool waits = options.synchronous == Synchronous::on;
        argv.push_back(fmt::format("--rpl-semi-sync-master-enabled={}", waits ? "ON" : "OFF"));
        return;
    }
    // What it has is on the primary's disk too, so it may be lazy about its own until promoted.
    // As a slave, recovery drops what it had written but never acknowledged as a primary.
    argv.insert(argv.end(),
                {"--init-rpl-role=SLAVE", "--read-only=ON", "--innodb-flush-log-at-trx-commit=2",
                 "--sync-binlog=0", "--sync-relay-log=0", "--sync-master-info=0",
                 "--sync-relay-log-info=0"});
}

}  // namespace

std::map<std::string, std::string> base_variables(const DatabaseServerSpec& spec) {
    const std::int64_t memory = spec.memory_bytes > 0 ? spec.memory_bytes : memory_default;
    // A class may promise more memory than this machine has.
    const std::int64_t machine = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
    const auto pool = std::max(std::min(memory * 3 / 4, machine / 2), buffer_pool_min) / mib * mib;
    const auto connections =
        std::clamp(memory / bytes_per_connection, connections_min, connections_max);
    return {
        {"innodb_buffer_pool_size", std::to_string(pool)},
        {"max_connections", std::to_string(connections)},
        {"innodb_log_file_size", std::to_string(48 * mib)},
        {"innodb_flush_log_at_trx_commit", "1"},
        {"sync_binlog", "1"},
        {"innodb_buffer_pool_dump_at_shutdown", "OFF"},
        {"innodb_buffer_pool_load_at_startup", "OFF"},
        // As MySQL 8.0 has them.
        {"character_set_server", "utf8mb4"},
        {"collation_server", "utf8mb4_uca1400_ai_ci"},
        {"sql_mode",
         "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
         "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"},
        {"query_cache_type", "OFF"},
        {"query_cache_size", "0"},
        {"local_infile", "OFF"},
        {"log_output", "FILE"},
        // Little when idle: many databases share one machine.
        {"performance_schema", "OFF"},
        {"key_buffer_size", std::to_string(mib)},
        {"aria_pagecache_buffer_size", std::to_string(4 * mib)},
        {"table_open_cache", "400"},
        {"table_definition_cache", "400"},
        {"thread_cache_size", "8"},
        {"slave_parallel_threads", "4"},
        {"slave_parallel_mode", "conservative"},
        // A primary that vanished without a word is noticed after this many seconds.
        {"slave_net_timeout", "10"},
        {"max_binlog_size", std::to_string(64 * mib)},
        {"binlog_expire_logs_seconds", "86400"},
    };
}

std::map<std::string, std::string> effective_variables(
    const DatabaseServerSpec& spec, const std::map<std::string, std::string>& variables) {
    auto effective = base_variables(spec);
    // Our collation belongs to our character set; another set brings its own.
    if (variables.contains("character_set_server")) effective.erase("collation_server");
    for (const auto& [name, value] : variables) effective[name] = value;
    return effective;
}

std::vector<std::string> server_command(const Engine& engine, const DatabaseServerSpec& spec,
                                        const std::map<std::string, std::string>& variables,
                                        const StartOptions& options) {
    std::vector<std::string> argv = {engine.program, "--no-defaults", "--skip-name-resolve",
                                     "--skip-external-locking",
                                     fmt::format("--port={}", spec.port)};
    argv.push_back("--bind-address=" + spec.address +
                   (spec.backplane_address.empty() ? "" : "," + spec.backplane_address));
    for (const auto& [name, value] : variables) {
        argv.push_back("--" + option_name(name) + "=" + value);
    }
    // After the group's: the last one counts.
    add_files(argv);
    add_encryption(argv);
    add_replication(argv, spec, options);
    return argv;
}

}  // namespace stormglass::substrate::mysql
