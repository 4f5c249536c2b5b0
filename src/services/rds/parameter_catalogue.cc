#include "services/rds/parameter_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace stormglass::rds {
namespace {

using P = CatalogueParameter;
constexpr char dynamic[] = "dynamic", fixed[] = "static";
constexpr char integer[] = "integer", boolean[] = "boolean", string[] = "string", list[] = "list",
               number[] = "float";
constexpr char character_sets[] =
    "big5,dec8,cp850,hp8,koi8r,latin1,latin2,swe7,ascii,ujis,sjis,hebrew,tis620,euckr,koi8u,gb2312,"
    "greek,cp1250,gbk,latin5,armscii8,utf8,utf8mb3,utf8mb4,ucs2,cp866,keybcs2,macce,macroman,cp852,"
    "latin7,cp1251,cp1256,cp1257,binary,geostd8,cp932,eucjpms";

constexpr std::array all = {
    P{"auto_increment_increment", dynamic, integer, "1-65535", "", "Interval between successive AUTO_INCREMENT values"},
    P{"auto_increment_offset", dynamic, integer, "1-65535", "", "Starting point of AUTO_INCREMENT values"},
    P{"autocommit", dynamic, boolean, "0,1", "", "Sets the autocommit mode"},
    P{"back_log", fixed, integer, "1-65535", "", "Outstanding connection requests MySQL can have"},
    P{"binlog_cache_size", dynamic, integer, "4096-18446744073709547520", "32768", "Cache for SQL statements of the binary log during a transaction"},
    P{"binlog_row_image", dynamic, string, "full,minimal,noblob", "", "Which columns row images hold"},
    P{"bulk_insert_buffer_size", dynamic, integer, "0-18446744073709551615", "", "Size of the tree cache of bulk inserts"},
    P{"character_set_server", dynamic, string, character_sets, "", "The server's default character set"},
    P{"collation_server", dynamic, string, "", "", "The server's default collation"},
    P{"completion_type", dynamic, string, "NO_CHAIN,CHAIN,RELEASE,0,1,2", "", "The transaction completion type"},
    P{"connect_timeout", dynamic, integer, "2-31536000", "", "Seconds the server waits for a connect packet"},
    P{"default_week_format", dynamic, integer, "0-7", "", "The default mode of WEEK()"},
    P{"div_precision_increment", dynamic, integer, "0-30", "", "Digits added to the scale of divisions"},
    P{"event_scheduler", dynamic, string, "ON,OFF", "", "State of the event scheduler"},
    P{"explicit_defaults_for_timestamp", dynamic, boolean, "0,1", "1", "Standard behaviour of TIMESTAMP columns"},
    P{"ft_max_word_len", fixed, integer, "10-84", "", "Longest word in a FULLTEXT index"},
    P{"ft_min_word_len", fixed, integer, "1-84", "", "Shortest word in a FULLTEXT index"},
    P{"general_log", dynamic, boolean, "0,1", "", "Whether the general query log is written"},
    P{"group_concat_max_len", dynamic, integer, "4-18446744073709547520", "", "Longest result of GROUP_CONCAT()"},
    P{"init_connect", dynamic, string, "", "", "Statements executed for each connection"},
    P{"innodb_adaptive_hash_index", dynamic, boolean, "0,1", "", "Whether adaptive hash indexes are used"},
    P{"innodb_autoinc_lock_mode", fixed, integer, "0,1,2", "", "Locking mode of AUTO_INCREMENT values"},
    P{"innodb_buffer_pool_size", dynamic, integer, "5242880-18446744073709547520", "{DBInstanceClassMemory*3/4}", "Memory buffer of data and indexes of tables, bytes"},
    P{"innodb_flush_log_at_trx_commit", dynamic, integer, "0,1,2", "1", "When the log is written and flushed"},
    P{"innodb_flush_neighbors", dynamic, integer, "0,1,2", "", "Whether neighbouring pages are flushed too"},
    P{"innodb_io_capacity", dynamic, integer, "100-18446744073709547520", "", "Limit of background input and output"},
    P{"innodb_io_capacity_max", dynamic, integer, "100-18446744073709547520", "", "Upper limit of background input and output"},
    P{"innodb_lock_wait_timeout", dynamic, integer, "1-1073741824", "", "Seconds a transaction waits for a row lock"},
    P{"innodb_log_buffer_size", fixed, integer, "262144-4294967295", "8388608", "Buffer of the log, bytes"},
    P{"innodb_max_dirty_pages_pct", dynamic, number, "1-99", "", "Dirty pages of the buffer pool, percent"},
    P{"innodb_old_blocks_pct", dynamic, integer, "5-95", "", "Old blocks of the buffer pool, percent"},
    P{"innodb_old_blocks_time", dynamic, integer, "0-18446744073709547520", "", "Milliseconds a block stays in the old list"},
    P{"innodb_open_files", fixed, integer, "10-2147483647", "", "Open .ibd files"},
    P{"innodb_print_all_deadlocks", dynamic, boolean, "0,1", "", "Whether deadlocks are written to the error log"},
    P{"innodb_read_io_threads", fixed, integer, "1-64", "", "Threads that read"},
    P{"innodb_rollback_on_timeout", fixed, boolean, "0,1", "", "Whether a timeout rolls back the transaction"},
    P{"innodb_sort_buffer_size", fixed, integer, "65536-67108864", "", "Sort buffer of index creation, bytes"},
    P{"innodb_stats_auto_recalc", dynamic, boolean, "0,1", "", "Whether statistics are recalculated by themselves"},
    P{"innodb_stats_persistent", dynamic, boolean, "0,1", "", "Whether statistics are kept on disk"},
    P{"innodb_strict_mode", dynamic, boolean, "0,1", "", "Errors instead of warnings"},
    P{"innodb_write_io_threads", fixed, integer, "1-64", "", "Threads that write"},
    P{"interactive_timeout", dynamic, integer, "1-31536000", "", "Seconds an interactive connection may idle"},
    P{"join_buffer_size", dynamic, integer, "128-18446744073709547520", "", "Buffer of joins, bytes"},
    P{"lc_time_names", dynamic, string, "", "", "The locale of names of days and months"},
    P{"local_infile", dynamic, boolean, "0,1", "", "Whether LOAD DATA LOCAL works"},
    P{"lock_wait_timeout", dynamic, integer, "1-31536000", "", "Seconds to wait for metadata locks"},
    P{"log_output", dynamic, list, "FILE,NONE", "FILE", "Where the general and slow query logs go"},
    P{"log_queries_not_using_indexes", dynamic, boolean, "0,1", "", "Whether queries without index are logged as slow"},
    P{"long_query_time", dynamic, number, "0-31536000", "", "Seconds from which a query is slow"},
    P{"max_allowed_packet", dynamic, integer, "1024-1073741824", "", "Longest packet, bytes"},
    P{"max_connect_errors", dynamic, integer, "1-18446744073709547520", "", "Interrupted connections until a host is blocked"},
    P{"max_connections", dynamic, integer, "1-100000", "{DBInstanceClassMemory/12582880}", "Simultaneous client connections"},
    P{"max_heap_table_size", dynamic, integer, "16384-1844674407370954752", "", "Largest table in memory, bytes"},
    P{"max_sort_length", dynamic, integer, "4-8388608", "", "Bytes used when sorting"},
    P{"max_sp_recursion_depth", dynamic, integer, "0-255", "", "Recursion of stored procedures"},
    P{"max_user_connections", dynamic, integer, "0-4294967295", "", "Simultaneous connections of one account"},
    P{"min_examined_row_limit", dynamic, integer, "0-18446744073709547520", "", "Examined rows from which a query is logged"},
    P{"net_buffer_length", dynamic, integer, "1024-1048576", "", "Buffer of a connection at first, bytes"},
    P{"net_read_timeout", dynamic, integer, "1-31536000", "", "Seconds to wait for more data"},
    P{"net_retry_count", dynamic, integer, "1-18446744073709547520", "", "Retries of an interrupted read"},
    P{"net_write_timeout", dynamic, integer, "1-31536000", "", "Seconds to wait for a block to be written"},
    P{"optimizer_search_depth", dynamic, integer, "0-62", "", "Depth of the optimiser's search"},
    P{"performance_schema", fixed, boolean, "0,1", "0", "Whether the Performance Schema is on"},
    P{"preload_buffer_size", dynamic, integer, "1024-1073741824", "", "Buffer of preloaded indexes, bytes"},
    P{"read_buffer_size", dynamic, integer, "8192-2147479552", "262144", "Buffer of sequential scans, bytes"},
    P{"read_rnd_buffer_size", dynamic, integer, "1-2147483647", "524288", "Buffer of reads in sorted order, bytes"},
    P{"skip_name_resolve", fixed, boolean, "0,1", "", "Whether host names are resolved"},
    P{"slow_launch_time", dynamic, integer, "0-31536000", "", "Seconds from which a thread's start is slow"},
    P{"slow_query_log", dynamic, boolean, "0,1", "", "Whether the slow query log is written"},
    P{"sort_buffer_size", dynamic, integer, "32768-18446744073709551615", "", "Buffer of sorts, bytes"},
    P{"sql_mode", dynamic, string, "", "", "The server's SQL mode"},
    P{"stored_program_cache", dynamic, integer, "256-524288", "", "Cached stored routines of a connection"},
    P{"sync_binlog", dynamic, integer, "0-18446744073709547520", "1", "Commits between two synchronisations of the binary log"},
    P{"table_definition_cache", dynamic, integer, "400-524288", "", "Cached table definitions"},
    P{"table_open_cache", dynamic, integer, "1-524288", "", "Open tables of all threads"},
    P{"table_open_cache_instances", fixed, integer, "1-64", "", "Instances of the table cache"},
    P{"thread_cache_size", dynamic, integer, "0-16384", "", "Cached threads"},
    P{"time_zone", dynamic, string, "", "", "The server's time zone"},
    P{"tmp_table_size", dynamic, integer, "1024-18446744073709551615", "", "Largest temporary table in memory, bytes"},
    P{"transaction_isolation", dynamic, string, "READ-UNCOMMITTED,READ-COMMITTED,REPEATABLE-READ,SERIALIZABLE", "", "The default isolation of transactions"},
    P{"updatable_views_with_limit", dynamic, boolean, "0,1", "", "Whether views with LIMIT may be updated"},
    P{"wait_timeout", dynamic, integer, "1-31536000", "", "Seconds a connection may idle"},
};

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// Compares numbers of any length, written without sign.
bool at_most(std::string_view a, std::string_view b) {
    const auto cut = [](std::string_view text) {
        return text.substr(std::min(text.find_first_not_of('0'), text.size()));
    };
    a = cut(a), b = cut(b);
    return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

bool in_range(std::string_view allowed, std::string_view value) {
    const auto dash = allowed.find('-');
    const auto whole = value.substr(0, value.find('.'));
    return is_digits(whole) && at_most(allowed.substr(0, dash), whole) &&
           at_most(whole, allowed.substr(dash + 1));
}

bool is_allowed(const CatalogueParameter& parameter, const std::string& value) {
    const std::string_view allowed = parameter.allowed;
    if (allowed.empty()) return true;
    const bool numeric = parameter.data_type == integer || parameter.data_type == number;
    // A formula: judged by the substrate, which knows the instance's memory.
    if (numeric && value.starts_with("{DBInstanceClassMemory")) return true;
    if (numeric && allowed.find('-') != allowed.npos) {
        const bool decimal =
            parameter.data_type == number && is_digits(value.substr(value.find('.') + 1));
        return (is_digits(value) || decimal) && in_range(allowed, value);
    }
    const auto choices = base::split(allowed, ',');
    return std::any_of(choices.begin(), choices.end(), [&](const std::string& choice) {
        return base::equals_ignore_case(choice, value);
    });
}

}  // namespace

std::span<const CatalogueParameter> parameter_catalogue() { return all; }

const CatalogueParameter* find_parameter(std::string_view name) {
    for (const auto& parameter : all) {
        if (parameter.name == name) return &parameter;
    }
    return nullptr;
}

Result<void> check_value(const CatalogueParameter& parameter, const std::string& value) {
    const bool clean = std::none_of(value.begin(), value.end(), [](unsigned char c) {
        return c < 0x20 || c == 0x7f;
    });
    if (clean && is_allowed(parameter, value)) return {};
    return aws_error("InvalidParameterValue",
                     fmt::format("Value: {} is outside of range: {} for parameter: {}", value,
                                 parameter.allowed, parameter.name));
}

}  // namespace stormglass::rds
