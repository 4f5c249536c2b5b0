// Instance has more members than the library's macro takes: it is written as three groups.
#include "services/rds/records.h"

#define WANTED_MEMBERS(f)                                                                        \
    f(identifier) f(resource_id) f(status) f(generation) f(created) f(instance_class) f(engine)  \
        f(engine_version) f(db_name) f(subnet_group) f(parameter_group) f(master_username)       \
            f(master_password) f(replication_password) f(credentials_version) f(port)            \
                f(allocated_storage) f(max_allocated_storage) f(iops) f(storage_throughput)      \
                    f(storage_type) f(multi_az) f(publicly_accessible) f(storage_encrypted)      \
                        f(group_ids) f(vpc_id) f(reboot_wanted) f(stop_wanted) f(promote_wanted) f(replica_source) f(source_resource_id)           \
                        f(pending)
#define RECORDED_MEMBERS(f)                                                                      \
    f(backup_retention_period) f(monitoring_interval) f(backup_window) f(maintenance_window)     \
        f(monitoring_role_arn) f(ca_certificate) f(license_model) f(option_group)                \
            f(engine_lifecycle_support) f(database_insights_mode) f(auto_minor_version_upgrade)  \
                f(copy_tags_to_snapshot) f(deletion_protection) f(performance_insights)          \
                    f(performance_insights_kms_key_id) f(kms_key_id)                             \
                        f(performance_insights_retention) f(log_exports) f(tags)
#define REAL_MEMBERS(f)                                                                          \
    f(wrapped_key) f(wrapped_by_kms) f(key_owner) f(from_snapshot) f(replay) f(log_archive) f(log_cursors) f(servers) f(primary) f(ready) f(in_force) f(failover)      \
        f(failover_asked)

namespace stormglass::rds {

void to_json(base::Json& to, const Instance& from) {
    to = base::Json::object();
#define WRITE_MEMBER(name) to[#name] = from.name;
    WANTED_MEMBERS(WRITE_MEMBER)
    RECORDED_MEMBERS(WRITE_MEMBER)
    REAL_MEMBERS(WRITE_MEMBER)
#undef WRITE_MEMBER
}

void from_json(const base::Json& from, Instance& to) {
#define READ_MEMBER(name) \
    if (from.contains(#name)) from.at(#name).get_to(to.name);
    WANTED_MEMBERS(READ_MEMBER)
    RECORDED_MEMBERS(READ_MEMBER)
    REAL_MEMBERS(READ_MEMBER)
#undef READ_MEMBER
}

Server* Instance::server(const std::string& id) {
    for (auto& each : servers) {
        if (each.id == id) return &each;
    }
    return nullptr;
}

const Server* Instance::server(const std::string& id) const {
    return const_cast<Instance*>(this)->server(id);
}

const Server* Instance::standby_server() const {
    for (const auto& each : servers) {
        if (each.id != primary && !each.retired) return &each;
    }
    return nullptr;
}

}  // namespace stormglass::rds
