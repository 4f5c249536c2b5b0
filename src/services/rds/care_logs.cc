// What an instance sends to CloudWatch Logs: the logs that EnabledCloudwatchLogsExports names, as
// /aws/rds/instance/NAME/LOG, and enhanced monitoring, as RDSOSMetrics. The place in a log up to which it
// was sent stands in the record, written in the transaction that wrote the events: each line is sent
// once, whenever a daemon ends.
#include <sys/sysinfo.h>

#include <cmath>

#include "base/log.h"
#include "base/strings.h"
#include "services/rds/engine.h"
#include "services/rds/server_care.h"

namespace stormglass::rds {
namespace {

constexpr base::Seconds export_interval{2};
constexpr char monitoring_group[] = "RDSOSMetrics";
constexpr std::int64_t monitoring_kept_days = 30;
constexpr std::int64_t kib = 1024;
constexpr char already_there[] = "ResourceAlreadyExistsException";

Result<void> unless_there(Result<void> made) {
    if (made || made.error().code == already_there) return {};
    return made;
}

template <class Output>
Result<void> outcome_of(Result<Output> made) {
    if (made) return {};
    return std::unexpected(std::move(made).error());
}

/// A line an event; in the slow log all lines of one statement.
std::vector<std::string> entries_of(const std::string& text, const std::string& log) {
    std::vector<std::string> entries;
    bool after_head = false;
    for (const auto& line : base::split(text, '\n')) {
        if (line.empty()) continue;
        const bool time = line.starts_with("# Time:");
        const bool begins = time || (line.starts_with("# User@Host:") && !after_head);
        after_head = time;
        if (log == "slowquery" && !begins && !entries.empty()) {
            entries.back() += "\n" + line;
        } else {
            entries.push_back(line);
        }
        if (log == "slowquery" && line.starts_with("# User@Host:")) after_head = false;
    }
    return entries;
}

struct Destination {
    std::string group, stream;
    std::int64_t kept_days = 0;  // Of a group that is made for it; 0: for ever.
};

Result<void> put(logs::api::Api& logs, wire::Request& request, const Destination& to,
                 const std::vector<std::string>& entries) {
    logs::api::CreateLogGroupInput group;
    group.log_group_name = to.group;
    auto made = outcome_of(logs.create_log_group(request, group));
    if (made && to.kept_days > 0) {
        TRY(outcome_of(logs.put_retention_policy(
            request, {.log_group_name = to.group, .retention_in_days = to.kept_days})));
    }
    TRY(unless_there(std::move(made)));
    TRY(unless_there(outcome_of(logs.create_log_stream(
        request, {.log_group_name = to.group, .log_stream_name = to.stream}))));
    logs::api::PutLogEventsInput input;
    input.log_group_name = to.group;
    input.log_stream_name = to.stream;
    const auto now_ms = request.now.time_since_epoch().count();
    for (const auto& entry : entries) input.log_events.push_back({now_ms, entry});
    return outcome_of(logs.put_log_events(request, input));
}

double percent(double part, double whole) {
    constexpr double hundred = 100;
    return whole > 0 ? std::round(part / whole * hundred * hundred) / hundred : 0;
}

/// AWS's document, with what is known here: the server's own share of the machine.
base::Json monitoring_of(const Instance& instance, const substrate::DatabaseUsage& usage,
                         double cpu_percent, base::Time now) {
    const auto known = find_class(instance.instance_class);
    const auto memory = known ? known->memory_bytes : std::int64_t{0};
    const auto used = usage.memory_bytes.value_or(usage.resident_bytes.value_or(0));
    const int cpus = known ? std::max(1, known->cpu_millicores / 1000) : 1;
    struct sysinfo machine {};
    (void)::sysinfo(&machine);
    const auto load = [&](int which) {
        return static_cast<double>(machine.loads[which]) / (1 << SI_LOAD_SHIFT);
    };
    return {{"engine", "MYSQL"},
            {"instanceID", instance.identifier},
            {"instanceResourceID", instance.resource_id},
            {"timestamp", base::iso8601_seconds(now)},
            {"version", 1.0},
            {"numVCPUs", cpus},
            {"cpuUtilization", {{"total", cpu_percent}, {"idle", 100 - cpu_percent}}},
            {"loadAverageMinute", {{"one", load(0)}, {"five", load(1)}, {"fifteen", load(2)}}},
            {"memory", {{"total", memory / kib}, {"free", std::max<std::int64_t>(0, memory - used) / kib}}},
            {"tasks", {{"total", usage.threads}, {"running", usage.running_threads}}},
            {"fileSys",
             base::Json::array({{{"name", "rdsfilesys"},
                                 {"mountPoint", "/rdsdbdata"},
                                 {"total", usage.storage_bytes / kib},
                                 {"used", usage.storage_used_bytes / kib},
                                 {"usedPercent", percent(static_cast<double>(usage.storage_used_bytes),
                                                         static_cast<double>(usage.storage_bytes))}}})},
            {"processList",
             base::Json::array({{{"name", "mysqld"},
                                 {"rss", usage.resident_bytes.value_or(0) / kib},
                                 {"cpuUsedPc", cpu_percent}}})}};
}

}  // namespace

Result<void> InstanceCare::export_log(const Server& server, const std::string& log) {
    using substrate::DatabaseLog;
    const auto which = log == "general"     ? DatabaseLog::general
                       : log == "slowquery" ? DatabaseLog::slowquery
                                            : DatabaseLog::error;
    const auto key = server.id + "/" + log;
    const auto cursor = instance_.log_cursors.find(key);
    const auto from = cursor == instance_.log_cursors.end() ? 0 : cursor->second;
    const auto part = TRY(parts_.databases.read_log_from(server.id, which, from));
    if (part.next == from) return {};
    const auto entries = entries_of(part.text, log);
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        record.log_cursors[key] = part.next;
        std::erase_if(record.log_cursors, [&](const auto& entry) {
            return record.server(entry.first.substr(0, entry.first.find('/'))) == nullptr;
        });
        if (entries.empty()) return {};
        return put(*parts_.logs, request,
                   {.group = fmt::format("/aws/rds/instance/{}/{}", record.identifier, log),
                    .stream = record.identifier},
                   entries);
    });
}

/// The primary's, as on AWS. `audit` has no file: that takes an option group, on AWS too.
Result<void> InstanceCare::export_logs() {
    const auto now = parts_.clock.now();
    if (parts_.logs == nullptr || instance_.log_exports.empty() ||
        now - memory_.exported < export_interval) {
        return {};
    }
    memory_.exported = now;
    const auto server = *instance_.primary_server();
    const auto exports = instance_.log_exports;
    for (const auto& log : exports) {
        if (log != "audit") TRY(export_log(server, log));
    }
    return {};
}

Result<void> InstanceCare::monitor() {
    const auto now = parts_.clock.now();
    const base::Seconds interval{instance_.monitoring_interval};
    const auto before = memory_.monitored;
    if (parts_.logs == nullptr || interval.count() == 0 || now - before < interval) return {};
    const auto usage = TRY(parts_.databases.usage(spec_of(*instance_.primary_server())));
    const auto used = usage.cpu_seconds.value_or(0);
    const auto used_before = std::exchange(memory_.cpu_seconds_before, used);
    memory_.monitored = now;
    if (!used_before || used < *used_before) return {};  // A share takes two looks.
    const auto known = find_class(instance_.instance_class);
    const double cpus = known ? known->cpu_millicores / 1000.0 : 1;
    const auto seconds = std::chrono::duration<double>(now - before).count();
    const auto text =
        monitoring_of(instance_, usage, percent(used - *used_before, seconds * cpus), now).dump();
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        return put(*parts_.logs, request,
                   {.group = monitoring_group,
                    .stream = record.resource_id,
                    .kept_days = monitoring_kept_days},
                   {text});
    });
}

}  // namespace stormglass::rds
