#include "services/rds/instance_check.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "services/rds/common.h"
#include "services/rds/engine.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t password_min = 8, password_max = 41;
constexpr std::int64_t port_min = 1150, port_max = 65535;
constexpr std::int64_t gp3_iops = 3000, gp3_throughput = 125, gp3_tunable_from = 400;
constexpr std::int64_t retention_max = 35;
constexpr std::array monitoring_intervals = {0, 1, 5, 10, 15, 30, 60};
constexpr std::array days = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int minutes_a_day = 24 * 60, window_min = 30;
constexpr int minutes_a_week = 7 * minutes_a_day;

std::optional<int> minute_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = base::parse_integer(text.substr(0, 2));
    const auto minutes = base::parse_integer(text.substr(3));
    if (!hours || !minutes || *hours < 0 || *hours > 23 || *minutes < 0 || *minutes > 59) {
        return std::nullopt;
    }
    return static_cast<int>(*hours * 60 + *minutes);
}

/// "sun:04:00": minutes since Monday, midnight.
std::optional<int> minute_of_week(std::string_view text) {
    if (text.size() != 9 || text[3] != ':') return std::nullopt;
    const auto day = std::find(days.begin(), days.end(), base::to_lower(text.substr(0, 3)));
    const auto minute = minute_of_day(text.substr(4));
    if (day == days.end() || !minute) return std::nullopt;
    return static_cast<int>(day - days.begin()) * minutes_a_day + *minute;
}

struct Window {
    int from, to;
};

std::optional<Window> week_window(std::string_view text) {
    const auto dash = text.find('-');
    if (dash == text.npos) return std::nullopt;
    const auto from = minute_of_week(text.substr(0, dash));
    const auto to = minute_of_week(text.substr(dash + 1));
    if (!from || !to) return std::nullopt;
    return Window{*from, *to};
}

bool is_backup_window(std::string_view text) {
    const auto dash = text.find('-');
    return dash != text.npos && minute_of_day(text.substr(0, dash)) &&
           minute_of_day(text.substr(dash + 1));
}

int length_of(Window window, int cycle) { return (window.to - window.from + cycle) % cycle; }

Window backup_window_of(std::string_view text) {
    const auto dash = text.find('-');
    return {minute_of_day(text.substr(0, dash)).value_or(0),
            minute_of_day(text.substr(dash + 1)).value_or(0)};
}

/// On any day of the week.
bool do_overlap(Window backup, Window maintenance) {
    const int length = length_of(backup, minutes_a_day);
    for (std::size_t day = 0; day < days.size(); ++day) {
        const int from = backup.from + static_cast<int>(day) * minutes_a_day;
        const int after = (from - maintenance.from + minutes_a_week) % minutes_a_week;
        const int before = (maintenance.from - from + minutes_a_week) % minutes_a_week;
        if (after < length_of(maintenance, minutes_a_week) || before < length) return true;
    }
    return false;
}

/// Its form, its length, and that it leaves the backup window alone. That is well formed already.
Result<void> check_maintenance_window(const Instance& instance) {
    const auto window = week_window(instance.maintenance_window);
    if (!window) return invalid_value("Invalid maintenance window: " + instance.maintenance_window);
    const auto backup = backup_window_of(instance.backup_window);
    if (length_of(*window, minutes_a_week) < window_min ||
        length_of(backup, minutes_a_day) < window_min) {
        return invalid_value("The backup window and the maintenance window must each be at least "
                             "30 minutes.");
    }
    if (do_overlap(backup, *window)) {
        return invalid_combination("The backup window and maintenance window must not overlap.");
    }
    return {};
}

}  // namespace

Result<void> check_class(const std::string& name) {
    if (find_class(name)) return {};
    return invalid_value("Invalid DB Instance class: " + name);
}

Result<void> check_password(const std::string& password) {
    const bool letters = std::all_of(password.begin(), password.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7f && c != '/' && c != '"' && c != '@';
    });
    if (!letters) {
        return invalid_value("The parameter MasterUserPassword is not a valid password. Only "
                             "printable ASCII characters besides '/', '@', '\"', ' ' may be used.");
    }
    if (password.size() >= password_min && password.size() <= password_max) return {};
    return invalid_value("The parameter MasterUserPassword is not a valid password because it is "
                         "shorter than 8 or longer than 41 characters.");
}

Result<void> check_port(std::int64_t port) {
    if (port >= port_min && port <= port_max) return {};
    return invalid_value(fmt::format("Invalid port {}. Must be between {} and {}", port, port_min,
                                     port_max));
}

Result<void> settle_storage(Instance& instance) {
    const auto least = storage_min(instance.storage_type);
    if (!least) return invalid_value("Invalid storage type: " + instance.storage_type);
    if (instance.allocated_storage < *least || instance.allocated_storage > storage_max) {
        return invalid_combination(fmt::format(
            "Invalid storage size for engine name mysql and storage type {}: {}",
            instance.storage_type, instance.allocated_storage));
    }
    if (instance.max_allocated_storage &&
        *instance.max_allocated_storage <= instance.allocated_storage) {
        return invalid_combination("Max storage size must be greater than storage size");
    }
    if (instance.storage_type == "gp3") {
        const bool own = instance.iops.value_or(gp3_iops) != gp3_iops ||
                         instance.storage_throughput.value_or(gp3_throughput) != gp3_throughput;
        if (own && instance.allocated_storage < gp3_tunable_from) {
            return invalid_combination("You can't specify IOPS or storage throughput for engine "
                                       "mysql and a storage size less than 400.");
        }
        instance.iops = instance.iops.value_or(gp3_iops);
        instance.storage_throughput = instance.storage_throughput.value_or(gp3_throughput);
        return {};
    }
    const bool provisioned = instance.storage_type == "io1" || instance.storage_type == "io2";
    if (provisioned && !instance.iops) {
        return invalid_combination("The parameter Iops must be specified for storage type " +
                                   instance.storage_type);
    }
    if (!provisioned) instance.iops.reset();
    instance.storage_throughput.reset();
    return {};
}

Result<void> check_recorded(const Instance& instance) {
    if (std::find(monitoring_intervals.begin(), monitoring_intervals.end(),
                  instance.monitoring_interval) == monitoring_intervals.end()) {
        return invalid_value("Invalid MonitoringInterval: valid values are 0, 1, 5, 10, 15, 30, 60.");
    }
    if (instance.monitoring_interval != 0 && instance.monitoring_role_arn.empty()) {
        return invalid_combination("A MonitoringRoleARN value is required if you specify a "
                                   "MonitoringInterval value other than 0.");
    }
    if (instance.backup_retention_period < 0 || instance.backup_retention_period > retention_max) {
        return invalid_value("Retention Period must be between 0 and 35");
    }
    if (!is_backup_window(instance.backup_window)) {
        return invalid_value("Invalid backup window: " + instance.backup_window);
    }
    TRY(check_maintenance_window(instance));
    if (instance.performance_insights) {
        return invalid_combination("Stormglass does not support Performance Insights.");
    }
    for (const auto& log : instance.log_exports) {
        const auto& known = log_types();
        if (std::find(known.begin(), known.end(), log) == known.end()) {
            return invalid_combination("You cannot use the log type '" + log +
                                       "' with engine mysql.");
        }
    }
    const auto& known = certificates();
    if (std::find(known.begin(), known.end(), instance.ca_certificate) == known.end()) {
        return api::certificate_not_found(instance.ca_certificate + " not found.");
    }
    return {};
}

bool in_backup_window(const std::string& window, base::Time now) {
    const auto dash = window.find('-');
    if (dash == window.npos) return false;
    const auto from = minute_of_day(window.substr(0, dash));
    const auto to = minute_of_day(window.substr(dash + 1));
    if (!from || !to) return false;
    const auto today = std::chrono::floor<base::Days>(now);
    const auto at = static_cast<int>(
        std::chrono::duration_cast<std::chrono::minutes>(now - today).count());
    const int length = (*to - *from + minutes_a_day) % minutes_a_day;
    return (at - *from + minutes_a_day) % minutes_a_day < length;
}

bool in_maintenance_window(const std::string& window, base::Time now) {
    const auto found = week_window(window);
    if (!found) return false;
    const auto today = std::chrono::floor<base::Days>(now);
    const auto weekday = std::chrono::weekday(today).iso_encoding() - 1;  // Monday is 0.
    const auto minute = std::chrono::duration_cast<std::chrono::minutes>(now - today).count();
    const int at = static_cast<int>(weekday) * minutes_a_day + static_cast<int>(minute);
    const int length = (found->to - found->from + minutes_a_week) % minutes_a_week;
    return (at - found->from + minutes_a_week) % minutes_a_week < length;
}

}  // namespace stormglass::rds
