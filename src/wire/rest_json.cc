#include "wire/rest_json.h"

#include "base/strings.h"
#include "wire/body/json.h"
#include "wire/rest_binding.h"

namespace stormglass::wire {
namespace {

/// "{id}" of a path's template names a member; anything else stands for itself.
bool is_label(std::string_view part) { return part.starts_with('{') && part.ends_with('}'); }

bool fits(std::string_view path_template, const std::vector<std::string>& path) {
    const auto parts = base::split(path_template, '/');
    if (parts.size() != path.size()) return false;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (is_label(parts[i]) ? path[i].empty() : parts[i] != path[i]) return false;
    }
    return true;
}

}  // namespace

Result<void> route_rest_json(Routed& routed, const net::Request& http) {
    const auto path = base::split(routed.path, '/');
    for (const Operation& operation : routed.service->operations) {
        if (http.method != operation.http_method || !fits(operation.http_path, path)) continue;
        routed.operation = &operation;
        routed.operation_name = operation.name;
        return {};
    }
    return aws_error(
        "UnknownOperationException",
        fmt::format("Stormglass implements no operation {} {} of {} (see `stormglass "
                    "coverage --service {}`)",
                    http.method, routed.path, routed.service->name, routed.service->name),
        404);
}

Result<void> read_rest_json_input(const Routed& routed, void* input, Problems& problems) {
    const Shape& shape = *routed.operation->input;
    const auto parts = base::split(routed.operation->http_path, '/');
    const auto path = base::split(routed.path, '/');
    const auto query = parse_query(routed.query);
    for (const Member& member : shape.members) {
        if (member.location == Location::uri) {
            const std::string label = fmt::format("{{{}}}", member.wire_name);
            for (std::size_t i = 0; i < parts.size(); ++i) {
                if (parts[i] != label) continue;
                TRY(set_scalar(member, base::uri_decode(path[i]), input, problems));
            }
        } else if (member.location == Location::query_string) {
            for (const auto& [name, value] : query) {
                if (name != member.wire_name) continue;
                if (member.shape->kind == Kind::list) {  // One pair an element.
                    void* list = engage(member, input);
                    *static_cast<std::string*>(member.shape->access->append(list)) = value;
                } else {
                    TRY(set_scalar(member, value, input, problems));
                }
            }
        }
    }
    return body::read_json(routed.body, shape, input, problems);
}

}  // namespace stormglass::wire
