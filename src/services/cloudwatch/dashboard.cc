// Dashboards: kept and given back; their bodies are checked for form.
#include "services/cloudwatch/records.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/tags.h"
#include "services/common/ids.h"

namespace stormglass::cloudwatch {
namespace {

constexpr std::size_t list_max = 1000;
constexpr std::string_view widget_types[] = {"metric", "text",     "log",
                                             "alarm",  "explorer", "custom"};

bool is_name(const std::string& name) {
    return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '_';
    });
}

struct Problem {
    std::string path, message;
};

void check_widget(const base::Json& widget, const std::string& path, std::vector<Problem>& to) {
    if (!widget.is_object()) {
        to.push_back({path, "Should be an object"});
        return;
    }
    const auto type = widget.find("type");
    if (type == widget.end() || !type->is_string()) {
        to.push_back({path + "/type", "Should have required property 'type'"});
    } else if (std::ranges::find(widget_types, type->get<std::string>()) ==
               std::end(widget_types)) {
        to.push_back({path + "/type", "Should be equal to one of the allowed values"});
    }
    if (!widget.contains("properties") || !widget["properties"].is_object()) {
        to.push_back({path + "/properties", "Should have required property 'properties'"});
    }
}

std::vector<Problem> problems_of(const std::string& body) {
    const auto json = base::parse_json(body);
    if (!json || !json->is_object()) {
        return {{"", "The field DashboardBody must be a valid JSON object"}};
    }
    const auto widgets = json->find("widgets");
    if (widgets == json->end()) return {};
    if (!widgets->is_array()) return {{"/widgets", "Should be an array"}};
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < widgets->size(); ++i) {
        check_widget((*widgets)[i], fmt::format("/widgets/{}", i), problems);
    }
    return problems;
}

Result<void> check_body(const std::string& body) {
    const auto problems = problems_of(body);
    if (problems.empty()) return {};
    base::Json listed = base::Json::array();
    for (const auto& problem : problems) {
        listed.push_back({{"dataPath", problem.path}, {"message", problem.message}});
    }
    Unexpected error = api::dashboard_invalid_input_error(fmt::format(
        "The dashboard body is invalid, there are {} validation errors: {}", problems.size(),
        listed.dump(-1, ' ', false, base::Json::error_handler_t::replace)));
    return error;
}

Unexpected not_found(const std::string& name) {
    return api::dashboard_not_found_error(fmt::format("Dashboard {} does not exist", name));
}

}  // namespace

Result<api::PutDashboardOutput> Service::put_dashboard(wire::Request& request,
                                                       const api::PutDashboardInput& input) {
    if (!is_name(input.dashboard_name)) {
        return api::invalid_parameter_value(
            "The value for field DashboardName contains invalid characters. It can only contain "
            "alphanumerics, dash (-) and underscore (_).\n");
    }
    TRY(check_body(input.dashboard_body));
    auto existing = TRY(dashboards.get(request.tx(), {request.account, input.dashboard_name}));
    Dashboard dashboard = existing.value_or(Dashboard{});
    dashboard.name = input.dashboard_name;
    dashboard.arn =
        fmt::format("arn:aws:cloudwatch::{}:dashboard/{}", request.account, dashboard.name);
    dashboard.body = input.dashboard_body;
    dashboard.modified = request.now;
    if (!existing) TRY(add_tags(dashboard.tags, input.tags));
    dashboards.put(request.tx(), {request.account, dashboard.name}, dashboard);
    api::PutDashboardOutput output;
    output.dashboard_validation_messages.present = true;
    return output;
}

Result<api::GetDashboardOutput> Service::get_dashboard(wire::Request& request,
                                                       const api::GetDashboardInput& input) {
    const auto found = TRY(dashboards.get(request.tx(), {request.account, input.dashboard_name}));
    if (!found) return not_found(input.dashboard_name);
    return api::GetDashboardOutput{found->arn, found->body, found->name};
}

Result<api::DeleteDashboardsOutput> Service::delete_dashboards(
    wire::Request& request, const api::DeleteDashboardsInput& input) {
    for (const auto& name : input.dashboard_names) {
        if (!TRY(dashboards.contains(request.tx(), {request.account, name}))) {
            return not_found(name);
        }
    }
    for (const auto& name : input.dashboard_names) {
        dashboards.erase(request.tx(), {request.account, name});
    }
    return api::DeleteDashboardsOutput{};
}

Result<api::ListDashboardsOutput> Service::list_dashboards(wire::Request& request,
                                                           const api::ListDashboardsInput& input) {
    auto all = TRY(dashboards.all(request.tx(), {request.account}));
    std::erase_if(all, [&](const Dashboard& one) {
        return !one.name.starts_with(input.dashboard_name_prefix.value_or(""));
    });
    const auto page = services::page_of(std::move(all), input.next_token.value_or(""), list_max);
    if (!page) return api::invalid_parameter_value("The value for NextToken is invalid.");
    api::ListDashboardsOutput output;
    output.dashboard_entries.present = true;
    for (const auto& one : page->items) {
        output.dashboard_entries.push_back(
            {one.name, one.arn, one.modified, static_cast<std::int64_t>(one.body.size())});
    }
    if (!page->next.empty()) output.next_token = page->next;
    return output;
}

}  // namespace stormglass::cloudwatch
