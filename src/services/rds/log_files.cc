// The logs of an instance's primary, as the server wrote them (at most the newest MiB of each).
#include <array>

#include "base/strings.h"
#include "services/rds/common.h"
#include "services/rds/service.h"

namespace stormglass::rds {
namespace {

struct LogFile {
    const char* file;
    const char* log;
};
constexpr std::array log_files = {LogFile{"error/mysql-error.log", "error"},
                                  LogFile{"general/mysql-general.log", "general"},
                                  LogFile{"slowquery/mysql-slowquery.log", "slowquery"}};
constexpr std::size_t lines_default = 10'000;

Result<const LogFile*> need_file(const std::string& name) {
    for (const auto& each : log_files) {
        if (name == each.file) return &each;
    }
    return api::db_log_file_not_found("DBLog File: " + name + ", is not found on the DB instance");
}

Result<std::string> primary_of(wire::Request& request, const std::string& identifier) {
    const auto instance = TRY(need_instance(request, identifier));
    if (instance.ready && !instance.primary.empty()) return instance.primary;
    return api::db_instance_not_ready("DB instance " + identifier + " has no logs yet.");
}

}  // namespace

Result<api::DescribeDBLogFilesOutput> Service::describe_db_log_files(
    wire::Request& request, const api::DescribeDBLogFilesInput& input) {
    const auto server = TRY(primary_of(request, input.db_instance_identifier));
    api::DescribeDBLogFilesOutput output;
    for (const auto& each : log_files) {
        const std::string name = each.file;
        if (input.filename_contains && name.find(*input.filename_contains) == name.npos) continue;
        const auto text = TRY(parts_.read_log(server, each.log));
        const auto size = static_cast<std::int64_t>(text.size());
        if (text.empty() || size < input.file_size.value_or(0)) continue;
        output.describe_db_log_files.push_back(
            {.log_file_name = name,
             .last_written = request.now.time_since_epoch().count(),
             .size = size});
    }
    return output;
}

Result<api::DownloadDBLogFilePortionOutput> Service::download_db_log_file_portion(
    wire::Request& request, const api::DownloadDBLogFilePortionInput& input) {
    const auto server = TRY(primary_of(request, input.db_instance_identifier));
    const auto& file = *TRY(need_file(input.log_file_name));
    const auto text = TRY(parts_.read_log(server, file.log));
    // The marker is a place in the log; "0" is its beginning, and without one its end is shown.
    const auto lines = static_cast<std::size_t>(
        std::max<std::int64_t>(1, input.number_of_lines.value_or(lines_default)));
    std::size_t from = 0;
    if (input.marker) {
        const auto place = base::parse_integer(*input.marker);
        if (!place || *place < 0) return invalid_value("Invalid marker: " + *input.marker);
        from = std::min(text.size(), static_cast<std::size_t>(*place));
    } else {
        from = text.size();
        for (std::size_t n = 0; from > 0 && n < lines; ++n) {
            const auto before = from >= 2 ? text.rfind('\n', from - 2) : text.npos;
            from = before == text.npos ? 0 : before + 1;
        }
    }
    std::size_t to = from;
    for (std::size_t n = 0; to < text.size() && n < lines; ++n) {
        const auto end = text.find('\n', to);
        to = end == text.npos ? text.size() : end + 1;
    }
    return api::DownloadDBLogFilePortionOutput{.log_file_data = text.substr(from, to - from),
                                               .marker = std::to_string(to),
                                               .additional_data_pending = to < text.size()};
}

}  // namespace stormglass::rds
