#include "app/zone_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/log.h"

namespace stormglass::app {
namespace {

using services::ZoneFault;

Unexpected wrong(std::string text) { return fail(Domain::config, "BadOrder", std::move(text)); }

Result<void> check_zone(const std::string& zone) {
    const auto region = services::region_of_zone(zone);
    const auto zones = services::is_region(region) ? services::zones_of(region)
                                                   : std::vector<services::Zone>{};
    const bool known = std::any_of(zones.begin(), zones.end(),
                                   [&](const auto& one) { return one.name == zone; });
    return known ? Result<void>{} : wrong("no such zone: " + zone);
}

Result<void> check_mode(const ZoneOrder& order) {
    const bool is_slow = order.mode == "slow";
    if (!is_slow && order.mode != "power" && order.mode != "partition") {
        return wrong("mode is power, partition or slow, not " + order.mode);
    }
    if (!is_slow && (order.latency_ms != 0 || order.loss_percent != 0)) {
        return wrong("latency and loss belong to mode slow");
    }
    if (!is_slow) return {};
    if (order.latency_ms < 0 || order.latency_ms > latency_ms_max) {
        return wrong(fmt::format("latency is 0 to {} ms", latency_ms_max));
    }
    if (order.loss_percent < 0 || order.loss_percent > 100) return wrong("loss is 0 to 100 percent");
    if (order.latency_ms > 0) {
        return wrong("Stormglass does not support latency on a zone's links yet (it takes the "
                     "kernel's sch_netem, which not every kernel has); loss it does: --loss PERCENT");
    }
    if (order.loss_percent == 0) return wrong("mode slow needs --loss");
    return {};
}

std::string describe(const ZoneFault& fault) {
    if (fault.mode == "power") return "power lost";
    if (fault.mode == "partition") return "cut off: its links are down, its processes live";
    return fmt::format("slow: {} ms latency, {} % loss", fault.latency_ms, fault.loss_percent);
}

base::Json to_json(const std::string& name, const std::string& id,
                   const std::optional<ZoneFault>& fault) {
    base::Json item{{"name", name}, {"id", id}, {"state", "available"}};
    if (!fault) return item;
    item["state"] = fault->mode == "slow" ? "impaired" : "failed";
    item["mode"] = fault->mode;
    item["since"] = base::iso8601_millis(fault->since);
    if (fault->mode == "slow") {
        item["latency_ms"] = fault->latency_ms;
        item["loss_percent"] = fault->loss_percent;
    }
    return item;
}

}  // namespace

void ZoneControl::tell(const std::string& zone, std::string text) {
    spdlog::warn("zone {}: {}", zone, text);
    parts_.timeline.add({.time = parts_.clock.now(),
                         .kind = "fault",
                         .subject = zone,
                         .text = zone + " " + std::move(text),
                         .region = services::region_of_zone(zone)});
}

Result<base::Json> ZoneControl::list() {
    const auto tx = parts_.store.read();
    auto items = base::Json::array();
    for (const auto& zone : services::zones_of(parts_.region)) {
        items.push_back(to_json(zone.name, zone.id, TRY(services::zone_fault(*tx, zone.name))));
    }
    for (const auto& fault : TRY(services::zone_faults.all(*tx))) {
        const auto region = services::region_of_zone(fault.zone);
        if (region == parts_.region) continue;
        for (const auto& zone : services::zones_of(region)) {
            if (zone.name == fault.zone) items.push_back(to_json(zone.name, zone.id, fault));
        }
    }
    return items;
}

/// Side by side, since a dead zone is dead at one instant.
Result<void> ZoneControl::cut_power(const std::string& zone) {
    std::vector<Result<void>> outcomes(parts_.occupants.size());
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            threads.emplace_back(
                [&, i] { outcomes[i] = parts_.occupants[i]->cut_power(zone); });
        }
    }
    for (auto& outcome : outcomes) TRY(std::move(outcome));
    return {};
}

Result<void> ZoneControl::fail_zone(const ZoneOrder& order) {
    TRY(check_mode(order));
    const ZoneFault fault{.zone = order.zone,
                          .mode = order.mode,
                          .latency_ms = order.latency_ms,
                          .loss_percent = order.loss_percent,
                          .since = parts_.clock.now()};
    const bool is_power = order.mode == "power";
    auto tx = TRY(parts_.store.write());
    services::zone_faults.put(*tx, {services::region_of_zone(order.zone), order.zone}, fault);
    for (auto* occupant : parts_.occupants) {
        if (is_power) TRY(occupant->note_power_loss(*tx, order.zone));
    }
    TRY(parts_.store.wait_durable(TRY(parts_.store.commit(std::move(tx)))));
    tell(order.zone, describe(fault));
    parts_.wake();
    if (!is_power) return {};
    // Once more if something was just starting: the reconcilers do the rest.
    if (const auto cut = cut_power(order.zone); !cut) {
        spdlog::warn("zone {}: {}", order.zone, cut.error().message);
    }
    parts_.wake();
    return {};
}

Result<void> ZoneControl::restore_zone(const ZoneOrder& order) {
    auto tx = TRY(parts_.store.write());
    const auto fault = TRY(services::zone_fault(*tx, order.zone));
    if (!fault) return wrong(order.zone + " is not at fault");
    services::zone_faults.erase(*tx, {services::region_of_zone(order.zone), order.zone});
    TRY(parts_.store.wait_durable(TRY(parts_.store.commit(std::move(tx)))));
    tell(order.zone, fault->mode == "power" ? "has power again" : "is reachable again");
    parts_.wake();
    return {};
}

Result<void> ZoneControl::carry_out(const ZoneOrder& order) {
    TRY(check_zone(order.zone));
    if (order.action == "fail") return fail_zone(order);
    if (order.action == "restore") return restore_zone(order);
    return wrong("action is fail or restore, not " + order.action);
}

}  // namespace stormglass::app
