// DB snapshots: asking for one, describing and deleting them.
#include "base/strings.h"
#include "services/common/ids.h"
#include "services/rds/common.h"
#include "services/rds/service.h"
#include "services/rds/snapshots.h"

namespace stormglass::rds {
namespace {

constexpr std::size_t identifier_max = 255;
constexpr std::size_t folder_digits = 17;

store::Parts key_of(const wire::Request& request, const std::string& identifier) {
    return {request.account, request.region, identifier};
}

std::optional<std::string> unless_empty(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return text;
}

api::DBSnapshot view_snapshot(const wire::Request& request, const Snapshot& snapshot) {
    const auto& source = snapshot.instance;
    const bool there = snapshot.status == "available";
    api::DBSnapshot item;
    item.db_snapshot_identifier = snapshot.identifier;
    item.db_instance_identifier = source.identifier;
    item.snapshot_create_time = snapshot.created;
    item.original_snapshot_create_time = snapshot.created;
    item.snapshot_database_time = snapshot.created;
    item.engine = source.engine;
    item.engine_version = source.engine_version;
    item.allocated_storage = source.allocated_storage;
    item.status = snapshot.status;
    item.port = source.port;
    item.availability_zone = unless_empty(snapshot.zone);
    item.vpc_id = source.vpc_id;
    item.instance_create_time = source.created;
    item.master_username = source.master_username;
    item.license_model = source.license_model;
    item.snapshot_type = snapshot.type;
    item.iops = source.iops;
    item.storage_throughput = source.storage_throughput;
    item.option_group_name = source.option_group;
    item.percent_progress = there ? 100 : 0;
    item.storage_type = source.storage_type;
    item.encrypted = source.storage_encrypted;
    item.kms_key_id = unless_empty(source.kms_key_id);
    item.db_snapshot_arn = snapshot_arn(request, snapshot.identifier);
    item.iam_database_authentication_enabled = false;
    item.dbi_resource_id = source.resource_id;
    item.snapshot_target = "region";
    item.tag_list = tags_to(snapshot.tags);
    return item;
}

/// Its own name, or its ARN's end.
std::string name_of(const wire::Request& request, const std::string& given) {
    const auto prefix = snapshot_arn(request, "");
    return key_name(given.starts_with(prefix) ? given.substr(prefix.size()) : given);
}

Result<bool> is_asked_for(const wire::Request& request, const api::DescribeDBSnapshotsInput& input,
                          const Snapshot& snapshot) {
    const auto differs = [](const std::optional<std::string>& wanted, const std::string& is) {
        return wanted && !wanted->empty() && !base::equals_ignore_case(*wanted, is);
    };
    const auto& source = snapshot.instance;
    if (differs(input.db_instance_identifier, source.identifier) ||
        differs(input.dbi_resource_id, source.resource_id) ||
        differs(input.snapshot_type, snapshot.type)) {
        return false;
    }
    const auto& named = input.db_snapshot_identifier;
    if (named && name_of(request, *named) != snapshot.identifier) return false;
    return fits(input.filters, [&](std::string_view name) -> std::optional<std::string> {
        if (name == "db-instance-id") return source.identifier;
        if (name == "db-snapshot-id") return snapshot.identifier;
        if (name == "dbi-resource-id") return source.resource_id;
        if (name == "snapshot-type") return snapshot.type;
        if (name == "engine") return source.engine;
        return std::nullopt;
    });
}

}  // namespace

std::string snapshot_arn(const wire::Request& request, const std::string& identifier) {
    return request.arn("rds", "snapshot:" + identifier);
}

void save(wire::Request& request, const Snapshot& snapshot) {
    snapshots.put(request.tx(), key_of(request, snapshot.identifier), snapshot);
}

Result<Snapshot> need_snapshot(wire::Request& request, const std::string& name) {
    auto found = TRY(snapshots.get(request.tx(), key_of(request, name_of(request, name))));
    if (found) return std::move(*found);
    return api::db_snapshot_not_found(fmt::format("DBSnapshot not found: {}", name));
}

Result<std::vector<Snapshot>> snapshots_of(wire::Request& request, const Instance& instance) {
    auto all = TRY(snapshots.all(request.tx(), {request.account, request.region}));
    std::erase_if(all, [&](const Snapshot& each) {
        return each.instance.resource_id != instance.resource_id;
    });
    return all;
}

Result<Snapshot> ask_for_snapshot(wire::Request& request, base::Random& random,
                                  const Instance& instance, const std::string& identifier,
                                  const std::string& type) {
    const auto name = key_name(identifier);
    if (TRY(snapshots.contains(request.tx(), key_of(request, name)))) {
        return api::db_snapshot_already_exists(
            fmt::format("Cannot create the snapshot because a snapshot with the identifier {} "
                        "already exists.",
                        name));
    }
    Snapshot made{.identifier = name,
                  .folder = "snap-" + random.hex(folder_digits),
                  .status = "creating",
                  .type = type,
                  .created = request.now,
                  .position = "",
                  .instance = instance,
                  .zone = "",
                  .tags = {}};
    if (const auto* primary = instance.primary_server()) made.zone = primary->zone;
    if (instance.copy_tags_to_snapshot) made.tags = instance.tags;
    save(request, made);
    return made;
}

Result<api::CreateDBSnapshotOutput> Service::create_db_snapshot(
    wire::Request& request, const api::CreateDBSnapshotInput& input) {
    TRY(check_identifier("DBSnapshotIdentifier", input.db_snapshot_identifier, identifier_max));
    const auto instance = TRY(need_instance(request, input.db_instance_identifier));
    if (instance.status != "available") {
        return api::invalid_db_instance_state(fmt::format(
            "Cannot create a snapshot because the database instance {} is not currently in the "
            "available state.",
            instance.identifier));
    }
    auto made = TRY(ask_for_snapshot(request, parts_.random, instance,
                                     input.db_snapshot_identifier, manual_snapshot));
    for (const auto& [key, value] : tags_from(input.tags)) made.tags[key] = value;
    save(request, made);
    return api::CreateDBSnapshotOutput{view_snapshot(request, made)};
}

Result<api::DescribeDBSnapshotsOutput> Service::describe_db_snapshots(
    wire::Request& request, const api::DescribeDBSnapshotsInput& input) {
    if (input.db_snapshot_identifier) {
        TRY(need_snapshot(request, *input.db_snapshot_identifier));
    }
    std::vector<Snapshot> found;
    for (auto& each : TRY(snapshots.all(request.tx(), {request.account, request.region}))) {
        if (TRY(is_asked_for(request, input, each))) found.push_back(std::move(each));
    }
    auto page = TRY(services::page_of(std::move(found), input.marker.value_or(""),
                                      TRY(page_size(input.max_records))));
    api::DescribeDBSnapshotsOutput output;
    for (const auto& each : page.items) output.db_snapshots.push_back(view_snapshot(request, each));
    if (!page.next.empty()) output.marker = page.next;
    return output;
}

/// The record goes; the reconciler removes files that no record names.
Result<api::DeleteDBSnapshotOutput> Service::delete_db_snapshot(
    wire::Request& request, const api::DeleteDBSnapshotInput& input) {
    auto snapshot = TRY(need_snapshot(request, input.db_snapshot_identifier));
    if (snapshot.type != manual_snapshot) {
        return api::invalid_db_snapshot_state("Only manual snapshots may be deleted.");
    }
    if (snapshot.status != "available") {
        return api::invalid_db_snapshot_state(fmt::format(
            "Cannot delete the snapshot because it is not currently in the available or failed "
            "state: {} is {}.",
            snapshot.identifier, snapshot.status));
    }
    snapshots.erase(request.tx(), key_of(request, snapshot.identifier));
    snapshot.status = "deleted";
    return api::DeleteDBSnapshotOutput{view_snapshot(request, snapshot)};
}

}  // namespace stormglass::rds
