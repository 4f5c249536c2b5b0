// Finding records, and the errors when they are not there.
#pragma once

#include <algorithm>
#include <set>

#include "services/autoscaling/records.h"
#include "services/autoscaling/service.h"
#include "services/common/ids.h"

namespace stormglass::autoscaling {

Unexpected validation_error(std::string message);
/// "Stormglass does not support X", as a ValidationError.
Unexpected unsupported(std::string_view what);

Result<Group> need_group(wire::Request& request, const std::string& name);
void save(wire::Request& request, const Group& group);
void save(wire::Request& request, const Member& member);
/// It is no more in the group.
void forget(wire::Request& request, const Member& member);
/// Where it is on its way to, as its metadata service says.
std::string target_lifecycle(const Member& member);
void save(wire::Request& request, const Refresh& refresh);
void save(wire::Request& request, const Hook& hook);
void save(wire::Request& request, const Schedule& schedule);

Result<std::vector<Hook>> hooks_of(wire::Request& request, const std::string& group);
Result<std::vector<Member>> members_of(wire::Request& request, const std::string& group);
/// Whichever group it is in.
Result<Member> need_member(wire::Request& request, const std::string& instance_id);
/// Oldest first.
Result<std::vector<Refresh>> refreshes_of(wire::Request& request, const std::string& group);
/// The refresh in progress; nullopt: none.
Result<std::optional<Refresh>> active_refresh(wire::Request& request, const std::string& group);
bool is_active(const Refresh& refresh);
/// Which template launches use now: the refresh's own choice comes first.
TemplateRef effective_template(const Group& group, const std::optional<Refresh>& refresh);

bool is_suspended(const Group& group, std::string_view process);
bool contains(const std::vector<std::string>& list, std::string_view value);
/// Zones of the region in which nothing can be launched now.
Result<std::set<std::string>> lost_zones(wire::Request& request);
/// Launches go elsewhere, and balance is judged without it.
bool is_avoided(const Group& group, const std::set<std::string>& lost_zones,
                const std::string& zone, base::Time now);
bool is_pending(const Member& member);      // Pending, Pending:Wait, Pending:Proceed.
bool is_terminating(const Member& member);  // Terminating, Terminating:Wait, Terminating:Proceed.
/// Does it count as capacity: pending or in service.
bool is_alive(const Member& member);
std::int64_t alive_count(const std::vector<Member>& all);

/// A page of a Describe call; a bad token is AWS's InvalidNextToken.
inline constexpr std::int64_t page_default = 50, page_max = 100;
template <class T>
Result<services::Page<T>> page(std::vector<T> items, const std::optional<std::string>& token,
                               const std::optional<std::int64_t>& size) {
    auto one = services::page_of(std::move(items), token.value_or(""),
                                 static_cast<std::size_t>(std::clamp<std::int64_t>(
                                     size.value_or(page_default), 1, page_max)));
    if (!one) return api::invalid_next_token("The token '" + token.value_or("") + "' is invalid.");
    return one;
}

}  // namespace stormglass::autoscaling
