// Finding records, and the errors when they are not there.
#pragma once

#include <algorithm>

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
void save(wire::Request& request, const Refresh& refresh);

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
/// Does it count as capacity: every state but Terminating.
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
