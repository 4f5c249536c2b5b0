// What an instance may look like: checks shared by creating and modifying one.
#pragma once

#include "services/rds/records.h"
#include "wire/request.h"

namespace stormglass::rds {

Result<void> check_class(const std::string& name);
Result<void> check_password(const std::string& password);
Result<void> check_port(std::int64_t port);
/// Sizes of storage and, for gp3, its default performance.
Result<void> settle_storage(Instance& instance);
/// Interval, role, retention, windows, exported logs, certificate.
Result<void> check_recorded(const Instance& instance);
/// `now` within "ddd:hh24:mi-ddd:hh24:mi" (UTC)?
/// Of a day, "07:00-07:30" UTC.
bool in_backup_window(const std::string& window, base::Time now);
bool in_maintenance_window(const std::string& window, base::Time now);

}  // namespace stormglass::rds
