#include "services/logs/records.h"

#include "api/logs.h"
#include "base/strings.h"

namespace stormglass::logs {

std::string group_arn(const Group& group) {
    return fmt::format("arn:aws:logs:{}:{}:log-group:{}", group.region, group.account, group.name);
}

std::string stream_arn(const Group& group, const std::string& stream) {
    return group_arn(group) + ":log-stream:" + stream;
}

std::int64_t millis(base::Time time) { return time.time_since_epoch().count(); }

std::string group_name_of(const std::string& identifier) {
    constexpr std::size_t name_part = 6;
    if (!identifier.starts_with("arn:")) return identifier;
    const auto parts = base::split(identifier, ':');
    return parts.size() > name_part ? parts[name_part] : identifier;
}

Result<Group> find_group(wire::Request& request, const std::string& name) {
    auto group = TRY(groups.get(request.tx(), {request.account, request.region, name}));
    if (!group) return api::resource_not_found("The specified log group does not exist.");
    return std::move(*group);
}

Result<Group> find_group(wire::Request& request, const std::optional<std::string>& name,
                         const std::optional<std::string>& identifier) {
    if (name && identifier) {
        return api::validation("LogGroup name and LogGroup ARN are mutually exclusive parameters.");
    }
    if (!name && !identifier) {
        return api::invalid_parameter("Either LogGroup name or LogGroup ARN must be specified.");
    }
    return find_group(request, name ? *name : group_name_of(*identifier));
}

Result<Stream> find_stream(wire::Request& request, const Group& group, const std::string& name) {
    auto stream = TRY(streams.get(request.tx(), {group.account, group.region, group.name, name}));
    if (!stream) return api::resource_not_found("The specified log stream does not exist.");
    return std::move(*stream);
}

void put_group(store::Tx& tx, const Group& group) {
    groups.put(tx, {group.account, group.region, group.name}, group);
}

void put_stream(store::Tx& tx, const Group& group, const Stream& stream) {
    streams.put(tx, {group.account, group.region, group.name, stream.name}, stream);
}

}  // namespace stormglass::logs
