// What AWS asks in us-east-1, on demand, as far as `stormglass cost` needs it. A table in the source with its date,
// since prices change a few times a decade and a region under glass may have no way to ask.
#pragma once

#include <optional>
#include <string_view>

namespace stormglass::app::cost {

inline constexpr const char* prices_region = "us-east-1";
/// When the table was last gone through. Sources: AWS's public price pages, by way of 2026's published overviews.
inline constexpr const char* prices_date = "2026-06";
inline constexpr double hours_a_month = 730;  // As AWS's calculator has it.

/// USD an hour, Linux; nullopt: a type that is not in the table.
std::optional<double> instance_price(std::string_view type);
/// USD an hour, MySQL, one zone; two zones cost twice as much.
std::optional<double> database_price(std::string_view instance_class);
/// USD a GiB and month of an EBS volume type.
std::optional<double> volume_price(std::string_view type);

inline constexpr double balancer_hour = 0.0225, balancer_unit_hour = 0.008;
inline constexpr double nat_gateway_hour = 0.045;
inline constexpr double public_address_hour = 0.005;
inline constexpr double database_storage_month = 0.115;  // gp2 and gp3, a GiB, one zone.
inline constexpr double key_month = 1.0;
inline constexpr double alarm_month = 0.10, dashboard_month = 3.0;
inline constexpr int free_alarms = 10, free_dashboards = 3;
inline constexpr double object_storage_month = 0.023, table_storage_month = 0.25;  // A GB.

/// Shares of the on-demand price. Reserved: one year, nothing upfront, standard. Spot: what small general types
/// mostly went for; it changes by the hour.
inline constexpr double reserved_instance_share = 0.63, reserved_database_share = 0.71, spot_share = 0.35;

}  // namespace stormglass::app::cost
