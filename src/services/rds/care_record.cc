// What a pass writes: short transactions that read the record again first.
#include "services/rds/changes.h"
#include "services/rds/common.h"
#include "services/rds/instance_check.h"
#include "services/rds/server_care.h"
#include "services/rds/views.h"

namespace stormglass::rds {
namespace {

constexpr int name_ttl_seconds = 5;

}  // namespace

Result<void> InstanceCare::update(
    const std::function<Result<void>(wire::Request&, Instance&)>& change) {
    const auto request =
        wire::make_internal_request(parts_.store, wire::TxMode::write, "rds", realm_.account,
                                    realm_.region, parts_.clock.now());
    if (!request) return fail(Domain::store, "Busy", "the store's writer lock does not come free");
    auto found = TRY(find_instance(*request, instance_.identifier));
    if (!found || found->resource_id != instance_.resource_id) {
        return fail(Domain::system, "Gone", instance_.identifier + " is gone");
    }
    TRY(change(*request, *found));
    save(*request, *found);
    TRY(request->commit());
    memory_.wrote = true;
    instance_ = std::move(*found);
    return {};
}

Result<void> InstanceCare::set_status(const std::string& status) {
    if (instance_.status == status || instance_.status == "deleting") return {};
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        if (record.status != "deleting") record.status = status;
        return {};
    });
}

Result<void> InstanceCare::add_event(const EventKind& kind) {
    return update([&](wire::Request& request, Instance& record) {
        return record_event(request, {parts_.random, parts_.timeline}, record.identifier, kind);
    });
}

Result<ParameterGroup> InstanceCare::group() {
    const auto request = wire::make_internal_request(
        parts_.store, wire::TxMode::read, "rds", realm_.account, realm_.region, parts_.clock.now());
    if (!request) return fail(Domain::store, "Busy", "the store gave no transaction");
    return need_parameter_group(*request, instance_.parameter_group);
}

services::DnsRecord InstanceCare::name_record(const Server& primary) const {
    services::DnsRecord record{
        .name = endpoint_name(realm_.account, realm_.region, instance_.identifier),
        .addresses = {primary.address},
        .public_addresses = {},
        .vpc_id = instance_.vpc_id,
        .ttl_seconds = name_ttl_seconds,
        .owner = fmt::format("arn:aws:rds:{}:{}:db:{}", realm_.region, realm_.account,
                             instance_.identifier)};
    if (!primary.public_address.empty()) record.public_addresses = {primary.public_address};
    return record;
}

/// The endpoint's name leads to the primary.
Result<void> InstanceCare::publish_name() {
    const auto* primary = instance_.primary_server();
    if (primary == nullptr) return {};
    const auto wanted = name_record(*primary);
    const auto tx = parts_.store.read();
    const auto present = TRY(services::dns_records.get(*tx, {realm_.region, wanted.name}));
    if (present && present->addresses == wanted.addresses &&
        present->public_addresses == wanted.public_addresses) {
        return {};
    }
    return update([&](wire::Request& request, Instance&) -> Result<void> {
        services::dns_records.put(request.tx(), {realm_.region, wanted.name}, wanted);
        return {};
    });
}

/// Back to `available`, once nothing is left to do. Judged by the fresh record: a change that came
/// in meanwhile keeps its status.
Result<void> InstanceCare::finish() {
    const auto* state = state_of(instance_.primary_server());
    if (instance_.status == "available" || state == nullptr || !state->answers) return {};
    const auto done = [this](const Instance& record) {
        // A reboot is over when the primary is back; a lost standby is rebuilt behind it.
        if (record.failover || record.failover_asked) return false;
        if (record.status == "storage-full" && is_storage_full()) return false;
        if (record.status == "rebooting") return !record.reboot_wanted;
        return record.status != "deleting" && !needs_work(record);
    };
    if (!done(instance_)) return {};
    return update([&](wire::Request&, Instance& record) -> Result<void> {
        if (done(record)) record.status = "available";
        return {};
    });
}

/// Pending changes become wanted when the maintenance window opens.
Result<void> InstanceCare::open_window() {
    if (instance_.pending.empty() || instance_.status != "available" ||
        !in_maintenance_window(instance_.maintenance_window, parts_.clock.now())) {
        return {};
    }
    return update([&](wire::Request& request, Instance& record) -> Result<void> {
        if (record.status != "available") return {};
        TRY(apply_pending(request, {parts_.random, parts_.interfaces}, record));
        if (needs_work(record)) record.status = "modifying";
        return {};
    });
}

}  // namespace stormglass::rds
