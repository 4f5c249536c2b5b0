#include "planes/lb/stickiness.h"

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::lb {
namespace {

constexpr std::int64_t cookie_age_seconds = 7 * 86400;  // Of the cookie itself, whatever it holds.
constexpr int application_cookie_shards = 4;

std::string_view target_cookie_name(const TargetGroup& group) {
    return group.config.stickiness.type == "app_cookie" ? "AWSALBAPP-0" : "AWSALB";
}

std::string expires(std::int64_t unix_seconds) {
    return base::http_date(base::Time{base::Seconds{unix_seconds}});
}

}  // namespace

std::optional<std::string_view> find_cookie(const std::vector<http1::Field>& fields,
                                            std::string_view name) {
    for (const http1::Field& field : fields) {
        if (field.id != http1::FieldId::cookie) continue;
        for (auto rest = field.value; !rest.empty();) {
            const auto pair = http1::trim_blanks(rest.substr(0, rest.find(';')));
            rest.remove_prefix(std::min(
                rest.size(), rest.find(';') == rest.npos ? rest.size() : rest.find(';') + 1));
            const auto equals = pair.find('=');
            if (equals != pair.npos && pair.substr(0, equals) == name) {
                return pair.substr(equals + 1);
            }
        }
    }
    return std::nullopt;
}

std::string Stickiness::seal(std::string_view kind, std::string_view text,
                             std::int64_t seconds) const {
    const auto plain = fmt::format("{}\n{}", now_ + seconds, text);
    return base::base64_encode(base::seal(snapshot_.cookie_key, plain, kind, random_));
}

std::optional<std::string> Stickiness::open(std::string_view kind, std::string_view value) const {
    const auto sealed = base::base64_decode(value);
    if (!sealed) return std::nullopt;
    const auto plain = base::open_sealed(snapshot_.cookie_key, *sealed, kind);
    if (!plain) return std::nullopt;
    const auto newline = plain->find('\n');
    const auto until = base::parse_integer(std::string_view(*plain).substr(0, newline));
    if (newline == std::string::npos || !until || *until < now_) return std::nullopt;
    return plain->substr(newline + 1);
}

std::optional<StickyTarget> Stickiness::target_of(const TargetGroup& group,
                                                  const std::vector<http1::Field>& fields) const {
    const StickinessConfig& config = group.config.stickiness;
    if (!config.enabled || group.config.cross_zone == "false") return std::nullopt;
    if (config.type == "app_cookie" && !find_cookie(fields, config.cookie_name)) {
        return std::nullopt;
    }
    const auto value = find_cookie(fields, target_cookie_name(group));
    if (!value) return std::nullopt;
    const auto text = open("target", *value);
    if (!text) return std::nullopt;
    const auto parts = base::split(*text, '\n');
    if (parts.size() != 3 || parts[0] != group.config.arn) return std::nullopt;
    return StickyTarget{parts[1], static_cast<int>(base::parse_integer(parts[2]).value_or(0))};
}

const TargetGroup* Stickiness::group_of(const Rule& rule, const ForwardPlan& plan,
                                        const std::vector<http1::Field>& fields) const {
    if (!rule.action.forward.stickiness.enabled) return nullptr;
    const auto value = find_cookie(fields, "AWSALBTG");
    if (!value) return nullptr;
    const auto arn = open("group", *value);
    if (!arn) return nullptr;
    for (const WeightedGroup& one : plan.groups) {
        if (one.group->config.arn == *arn) return one.group;
    }
    return nullptr;
}

void Stickiness::add_pair(std::string_view name, const std::string& value, Scheme scheme,
                          std::vector<std::string>& to) const {
    const auto until = expires(now_ + cookie_age_seconds);
    to.push_back(fmt::format("{}={}; Expires={}; Path=/", name, value, until));
    // The second copy is for cross-origin requests.
    to.push_back(fmt::format("{}CORS={}; Expires={}; Path=/; SameSite=None{}", name, value, until,
                             scheme == Scheme::https ? "; Secure" : ""));
}

void Stickiness::add_group_cookies(const Rule& rule, const TargetGroup& group, Scheme scheme,
                                   std::vector<std::string>& to) const {
    const GroupStickiness& config = rule.action.forward.stickiness;
    if (!config.enabled) return;
    add_pair("AWSALBTG", seal("group", group.config.arn, config.duration_seconds), scheme, to);
}

void Stickiness::add_target_cookies(const TargetGroup& group, const Target& target, Scheme scheme,
                                    std::vector<std::string>& to) const {
    const StickinessConfig& config = group.config.stickiness;
    if (!config.enabled || group.config.cross_zone == "false") return;
    const auto text =
        fmt::format("{}\n{}\n{}", group.config.arn, target.config.id, target.config.port);
    const auto value = seal("target", text, config.duration_seconds);
    if (config.type != "app_cookie") return add_pair("AWSALB", value, scheme, to);
    const auto until = expires(now_ + cookie_age_seconds);
    to.push_back(fmt::format("AWSALBAPP-0={}; Expires={}; Path=/", value, until));
    for (int shard = 1; shard < application_cookie_shards; ++shard) {
        to.push_back(fmt::format("AWSALBAPP-{}=_remove_; Expires={}; Path=/", shard, until));
    }
}

bool Stickiness::sets_application_cookie(const TargetGroup& group,
                                         const std::vector<http1::Field>& response_fields) {
    const auto prefix = group.config.stickiness.cookie_name + "=";
    for (const http1::Field& field : response_fields) {
        if (field.id == http1::FieldId::set_cookie && field.value.starts_with(prefix)) return true;
    }
    return false;
}

}  // namespace stormglass::lb
