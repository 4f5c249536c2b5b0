#include "wire/rest_binding.h"

#include "base/strings.h"
#include "wire/body/json.h"

namespace stormglass::wire {

QueryPairs parse_query(std::string_view query) {
    QueryPairs pairs;
    for (const auto& part : base::split(query, '&')) {
        if (part.empty()) continue;
        const auto equals = part.find('=');
        pairs.emplace_back(base::uri_decode(part.substr(0, equals), base::Plus::space),
                           equals == std::string::npos
                               ? std::string{}
                               : base::uri_decode(part.substr(equals + 1), base::Plus::space));
    }
    return pairs;
}

Result<void> set_scalar(const Member& member, std::string_view text, void* object,
                        Problems& problems) {
    const Shape& shape = *member.shape;
    const Path root{};
    const Path path{&root, member.name};
    void* to = engage(member, object);
    const auto bad = [&](const char* what) {
        add_problem(problems, {ProblemKind::type, path.text(), std::string(text), what});
        return Result<void>{};
    };
    switch (shape.kind) {
        case Kind::boolean:
            *static_cast<bool*>(to) = base::equals_ignore_case(text, "true");
            return {};
        case Kind::integer: {
            const auto number = base::parse_integer(base::trim(text));
            if (!number) return bad("integer");
            *static_cast<std::int64_t*>(to) = *number;
            break;
        }
        case Kind::timestamp: {
            const auto time = base::parse_time(text);
            if (!time) return bad("timestamp");
            *static_cast<base::Time*>(to) = *time;
            break;
        }
        case Kind::list:
            for (const auto& part : base::split(text, ',')) {
                *static_cast<std::string*>(shape.access->append(to)) = base::trim(part);
            }
            break;
        default:
            if (!body::is_utf8(text)) return bad("UTF-8 text");
            *static_cast<std::string*>(to) = std::string(text);
    }
    check_value(shape, to, path, problems);
    return {};
}

}  // namespace stormglass::wire
