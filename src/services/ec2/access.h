// What every handler does with records: look up, insist, save, delete, tag. Free functions over a
// Request, whose account and region choose the keys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/ec2.h"
#include "base/random.h"
#include "services/common/ids.h"
#include "services/ec2/records.h"

namespace stormglass::ec2 {

using Tags = std::map<std::string, std::string>;
inline constexpr std::size_t tags_max = 50;  // Of one resource, as on AWS.

/// "The vpc ID 'vpc-1' does not exist", or Malformed for what is no such id at all.
Error not_found(std::string_view code, std::string_view noun, std::string_view prefix,
                const std::string& id);

template <class Record>
Result<std::optional<Record>> find(wire::Request& request, const Resource<Record>& resource,
                                   const std::string& id) {
    return resource.table.get(request.tx(), {request.account, request.region, id});
}

template <class Record>
Result<Record> need(wire::Request& request, const Resource<Record>& resource,
                    const std::string& id) {
    auto found = TRY(find(request, resource, id));
    if (!found) {
        return std::unexpected(not_found(resource.not_found, resource.noun, resource.prefix, id));
    }
    return std::move(*found);
}

template <class Record>
Result<std::vector<Record>> all(wire::Request& request, const Resource<Record>& resource) {
    return resource.table.all(request.tx(), {request.account, request.region});
}

/// Those named, every one of which must exist; all, when none is named.
template <class Record>
Result<std::vector<Record>> select(wire::Request& request, const Resource<Record>& resource,
                                   const std::vector<std::string>& ids) {
    if (ids.empty()) return all(request, resource);
    std::vector<Record> found;
    for (const auto& id : ids) found.push_back(TRY(need(request, resource, id)));
    return found;
}

/// Those for which `predicate` holds.
template <class Record, class Predicate>
Result<std::vector<Record>> where(wire::Request& request, const Resource<Record>& resource,
                                  Predicate predicate) {
    auto found = TRY(all(request, resource));
    std::erase_if(found, [&](const Record& record) { return !predicate(record); });
    return found;
}

template <class Record>
Result<std::vector<Record>> in_vpc(wire::Request& request, const Resource<Record>& resource,
                                   const std::string& vpc_id) {
    return where(request, resource, [&](const Record& record) { return record.vpc_id == vpc_id; });
}

template <class Record>
void save(wire::Request& request, const Resource<Record>& resource, const Record& record) {
    resource.table.put(request.tx(), {request.account, request.region, record.id}, record);
}

void save_tags(wire::Request& request, const std::string& id, std::string_view type,
               const Tags& tags);
Result<Tags> tags_of(wire::Request& request, const std::string& id);
Result<wire::List<api::Tag>> tag_list(wire::Request& request, const std::string& id);
wire::List<api::Tag> to_list(const Tags& tags);
void erase_tags(wire::Request& request, const std::string& id);

/// The tags that `specifications` give to resources of `type`; a specification of a type that the
/// operation does not create is an error, as on AWS.
Result<Tags> tags_for(const wire::Request& request, std::string_view type,
                      const wire::List<api::TagSpecification>& specifications,
                      const std::vector<std::string_view>& allowed_types = {});
Result<void> check_tags(const wire::Request& request, const Tags& tags);

/// Saves a new record with its tags.
template <class Record>
void create(wire::Request& request, const Resource<Record>& resource, const Record& record,
            const Tags& tags) {
    save(request, resource, record);
    save_tags(request, record.id, resource.type, tags);
}

template <class Record>
void erase(wire::Request& request, const Resource<Record>& resource, const std::string& id) {
    resource.table.erase(request.tx(), {request.account, request.region, id});
    erase_tags(request, id);
}

Error dependency_violation(std::string_view noun, const std::string& id);
Unexpected unsupported(std::string what);

}  // namespace stormglass::ec2
