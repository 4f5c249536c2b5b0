#include "services/elbv2/conditions.h"

#include <arpa/inet.h>

#include "base/strings.h"
#include "services/elbv2/access.h"

namespace stormglass::elbv2 {
namespace {

constexpr std::size_t values_per_rule_max = 5;
constexpr std::size_t value_max = 128, header_name_max = 40, method_max = 40;

/// Where a field's values are, in either of the two forms that the API takes.
struct Source {
    std::string_view config_name;
    bool given = false;
    wire::List<std::string> values;
    bool regex = false;
};

Source source_of(const api::RuleCondition& from, const std::string& field) {
    const auto with_regex = [](std::string_view name, const auto& config) {
        if (!config) return Source{name};
        return Source{name, true, config->values, !config->regex_values.empty()};
    };
    if (field == "host-header") return with_regex("HostHeaderConfig", from.host_header_config);
    if (field == "path-pattern") return with_regex("PathPatternConfig", from.path_pattern_config);
    if (field == "http-header") return with_regex("HttpHeaderConfig", from.http_header_config);
    const auto plain = [](std::string_view name, const auto& config) {
        return config ? Source{name, true, config->values, false} : Source{name};
    };
    if (field == "source-ip") return plain("SourceIpConfig", from.source_ip_config);
    return plain("HttpRequestMethodConfig", from.http_request_method_config);
}

bool is_cidr(const std::string& text) {
    const auto slash = text.find('/');
    if (slash == text.npos) return false;
    const std::string address = text.substr(0, slash);
    const auto bits = base::parse_integer(text.substr(slash + 1));
    unsigned char parsed[16];
    if (!bits || *bits < 0) return false;
    if (::inet_pton(AF_INET, address.c_str(), parsed) == 1) return *bits <= 32;
    return ::inet_pton(AF_INET6, address.c_str(), parsed) == 1 && *bits <= 128;
}

bool is_method(const std::string& text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; });
}

Result<void> check_value(const std::string& field, const std::string& value) {
    const std::size_t limit = field == "http-request-method" ? method_max : value_max;
    if (value.size() > limit) {
        return validation_error(
            fmt::format("The '{}' value is too long; the limit is '{}'", field, limit));
    }
    if (field == "http-request-method" && !is_method(value)) {
        return validation_error("The 'http-request-method' value is invalid; the allowed "
                                "characters are A-Z, hyphen and underscore");
    }
    if (field == "source-ip" && !is_cidr(value)) {
        return validation_error("The 'source-ip' value '" + value + "' is not a valid CIDR block");
    }
    return {};
}

Result<void> take_values(const api::RuleCondition& from, lb::RuleCondition& to) {
    const Source source = source_of(from, to.field);
    const bool old_form = to.field == "host-header" || to.field == "path-pattern";
    if (source.regex || !from.regex_values.empty()) {
        return unsupported("regular expressions in rule conditions");
    }
    if (!source.given && !(old_form && !from.values.empty())) {
        if (old_form) return validation_error("A condition value must be specified");
        return validation_error(
            fmt::format("A '{}' must be specified with '{}'", source.config_name, to.field));
    }
    const auto& values = source.given ? source.values : from.values;
    to.values.assign(values.begin(), values.end());
    if (to.values.empty()) return validation_error("A condition value must be specified");
    for (const auto& value : to.values) TRY(check_value(to.field, value));
    return {};
}

Result<void> take_query(const api::RuleCondition& from, lb::RuleCondition& to) {
    if (!from.query_string_config || from.query_string_config->values.empty()) {
        return validation_error("A 'QueryStringConfig' must be specified with 'query-string'");
    }
    for (const auto& pair : from.query_string_config->values) {
        if (!pair.value) {
            return validation_error("A 'Value' must be specified in 'QueryStringKeyValuePair'");
        }
        if (pair.key.value_or("").size() > value_max || pair.value->size() > value_max) {
            return validation_error("The 'Key' or 'Value' is too long; the limit is '128'");
        }
        to.query_strings.push_back({pair.key.value_or(""), *pair.value});
    }
    return {};
}

Result<lb::RuleCondition> check_condition(const api::RuleCondition& from) {
    lb::RuleCondition to;
    to.field = from.field.value_or("");
    constexpr std::string_view known[] = {"path-pattern",        "host-header",  "http-header",
                                          "http-request-method", "query-string", "source-ip"};
    if (std::find(std::begin(known), std::end(known), to.field) == std::end(known)) {
        return validation_error(
            fmt::format("Condition field '{}' must be one of '[path-pattern,host-header,http-header,"
                        "http-request-method,query-string,source-ip]'", to.field));
    }
    if (to.field == "query-string") {
        TRY(take_query(from, to));
        return to;
    }
    TRY(take_values(from, to));
    if (to.field == "http-header") {
        to.http_header_name = from.http_header_config->http_header_name.value_or("");
        if (to.http_header_name.empty() || to.http_header_name.size() > header_name_max) {
            return validation_error(
                "The 'HttpHeaderName' value is too long or missing; the limit is '40'");
        }
    }
    return to;
}

}  // namespace

Result<std::vector<lb::RuleCondition>> check_conditions(
    const wire::List<api::RuleCondition>& conditions) {
    if (conditions.empty()) return validation_error("A condition must be specified");
    std::vector<lb::RuleCondition> checked;
    std::map<std::string, int> count;
    std::size_t values = 0;
    for (const auto& from : conditions) {
        checked.push_back(TRY(check_condition(from)));
        const lb::RuleCondition& one = checked.back();
        values += one.values.size() + one.query_strings.size();
        const bool many = one.field == "http-header" || one.field == "query-string";
        if (++count[one.field] > 1 && !many) {
            return validation_error(
                fmt::format("A rule can only have one '{}' condition", one.field));
        }
    }
    if (values > values_per_rule_max) {
        return validation_error("A rule can only have '5' condition values");
    }
    return checked;
}

wire::List<api::RuleCondition> view_conditions(const std::vector<lb::RuleCondition>& conditions) {
    wire::List<api::RuleCondition> list;
    list.present = true;
    for (const auto& from : conditions) {
        api::RuleCondition item;
        item.field = from.field;
        const wire::List<std::string> values(from.values);
        if (from.field == "path-pattern") {
            item.values = values;
            item.path_pattern_config.emplace().values = values;
        } else if (from.field == "host-header") {
            item.values = values;
            item.host_header_config.emplace().values = values;
        } else if (from.field == "http-header") {
            item.http_header_config.emplace().values = values;
            item.http_header_config->http_header_name = from.http_header_name;
        } else if (from.field == "http-request-method") {
            item.http_request_method_config.emplace().values = values;
        } else if (from.field == "source-ip") {
            item.source_ip_config.emplace().values = values;
        } else {
            auto& pairs = item.query_string_config.emplace().values;
            for (const auto& pair : from.query_strings) {
                api::QueryStringKeyValuePair shown;
                if (!pair.key.empty()) shown.key = pair.key;
                shown.value = pair.value;
                pairs.push_back(std::move(shown));
            }
        }
        list.push_back(std::move(item));
    }
    return list;
}

}  // namespace stormglass::elbv2
