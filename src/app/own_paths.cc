#include "app/own_paths.h"

#include <unistd.h>

#include <cstring>

#include "app/cost/inventory.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"

namespace stormglass::app {
namespace {

using base::Json;

constexpr base::Millis follow_wait{1000};
constexpr std::size_t order_bytes_max = 4096;

net::Response text_answer(int status, std::string type, std::string text) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", std::move(type));
    response.body = std::move(text);
    return response;
}

net::Response json_answer(const Json& value, int status = 200) {
    return text_answer(status, "application/json",
                       value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::size_t resident_bytes() {
    const auto text = base::read_file("/proc/self/statm");
    if (!text) return 0;
    const auto parts = base::split(*text, ' ');
    const auto pages = parts.size() > 1 ? base::parse_integer(parts[1]) : Result<long long>(0);
    return static_cast<std::size_t>(pages.value_or(0)) *
           static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

net::Response OwnPaths::handle(net::Request& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (path == "/_stormglass/reset") {
        if (request.method != "POST") return json_answer({{"error", "use POST"}}, 405);
        return reset(request);
    }
    if (path == "/_stormglass/zones") return zones(request);
    if (request.method != "GET" && request.method != "HEAD") {
        return json_answer({{"error", "use GET"}}, 405);
    }
    if (path == "/_stormglass/health") return health();
    if (path == "/_stormglass/status") return status();
    if (path == "/_stormglass/metrics") return metrics();
    if (path == "/_stormglass/events") return events(request);
    if (path == "/_stormglass/coverage") return coverage();
    if (path == "/_stormglass/cost") return cost();
    return json_answer({{"error", "no such path: " + path}}, 404);
}

net::Response OwnPaths::health() {
    if (!health_) return json_answer({{"error", "health is not known yet"}}, 503);
    const Json json = health_();
    return json_answer(json, json["status"] == "failed" ? 503 : 200);
}

net::Response OwnPaths::status() {
    Json all = facts_;
    for (const char* key : {"zones", "load_balancers", "groups", "instances", "databases", "alarms"}) {
        all[key] = Json::array();
    }
    auto tx = store_.read();
    for (auto* source : sources_) {
        auto part = source->status(*tx);
        if (part) {
            all[std::string(source->status_key())] = std::move(*part);
        } else {  // What cannot be observed is said, not left out.
            all["errors"][std::string(source->status_key())] = part.error().message;
        }
    }
    // A reconciler that is stuck or fails has not looked lately.
    const Json seen = health_ ? health_() : Json::object();
    const Json services = seen.contains("services") ? seen["services"] : Json::object();
    for (const auto& [name, service] : services.items()) {
        if (service["state"] != "running") all["health"][name] = service["why"];
    }
    return json_answer(all);
}

net::Response OwnPaths::metrics() {
    const auto stats = stats_ ? stats_() : net::HttpServerStats{};
    std::string text;
    const auto add = [&](const char* name, const char* type, const char* help, double value) {
        text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
    };
    add("stormglass_resident_bytes", "gauge", "Resident memory of the daemon.",
        static_cast<double>(resident_bytes()));
    add("stormglass_connections", "gauge", "Open API connections.",
        static_cast<double>(stats.connections_open));
    add("stormglass_requests_total", "counter", "API requests served.",
        static_cast<double>(stats.requests_total));
    add("stormglass_refusals_total", "counter", "Requests refused before they reached a service.",
        static_cast<double>(stats.refusals_total));
    return text_answer(200, "text/plain; version=0.0.4", std::move(text));
}

net::Response OwnPaths::events(const net::Request& request) {
    const bool follow = request.target.find("follow=1") != std::string::npos;
    net::Response response;
    response.headers.emplace_back("Content-Type", "application/x-ndjson");
    auto buffer = std::make_shared<std::string>();
    auto seen = std::make_shared<std::uint64_t>(0);
    const auto fill = [this, buffer, seen](base::Millis wait) {
        for (const auto& one : events_.after(*seen, wait)) {
            *seen = one.number;
            *buffer += base::to_json_text(one.event) + "\n";
        }
    };
    fill(base::Millis{0});
    if (!follow) {
        response.body = std::move(*buffer);
        return response;
    }
    response.producer_ending = net::Ending::with_server;  // A follower must not delay `down`.
    response.producer = [buffer, fill](char* to, std::size_t size) -> Result<std::size_t> {
        // A blank line a second lets a client that went away be noticed.
        if (buffer->empty()) fill(follow_wait);
        if (buffer->empty()) *buffer = "\n";
        const std::size_t part = std::min(size, buffer->size());
        std::memcpy(to, buffer->data(), part);
        buffer->erase(0, part);
        return part;
    };
    return response;
}

net::Response OwnPaths::cost() {
    const auto inventory = cost::take_inventory(*store_.read(), clock_.now());
    if (!inventory) return json_answer({{"error", inventory.error().message}}, 500);
    return json_answer(cost::report_json(*inventory));
}

net::Response OwnPaths::coverage() {
    Json services = Json::object();
    for (const auto* model : gateway_.models()) {
        Json implemented = Json::array();
        for (const auto& operation : model->operations) implemented.push_back(operation.name);
        services[model->name] = {{"implemented", implemented},
                                 {"published", std::vector<std::string>(model->published.begin(),
                                                                        model->published.end())}};
    }
    return json_answer(services);
}

std::optional<net::Response> OwnPaths::refuse_strangers(net::Request& request) {
    const auto principal = gateway_.authenticate_own(request);
    if (principal && principal->kind == wire::PrincipalKind::root) return std::nullopt;
    return json_answer({{"error", "this takes a request signed (service s3) with root's key"}}, 403);
}

net::Response OwnPaths::zones(net::Request& request) {
    if (zones_ == nullptr) return json_answer({{"error", "zones are not known yet"}}, 503);
    if (request.method == "GET" || request.method == "HEAD") {
        const auto list = zones_->list();
        if (!list) return json_answer({{"error", list.error().message}}, 500);
        return json_answer({{"zones", *list}});
    }
    if (request.method != "POST") return json_answer({{"error", "use GET or POST"}}, 405);
    if (auto refusal = refuse_strangers(request)) return std::move(*refusal);
    const auto body = request.body.read_all(order_bytes_max);
    if (!body) return json_answer({{"error", body.error().message}}, 400);
    if (request.header("x-amz-content-sha256") != base::hex_encode(base::sha256(*body))) {
        return json_answer({{"error", "the signature does not cover this body"}}, 403);
    }
    const auto order = base::from_json_text<ZoneOrder>(*body);
    if (!order) return json_answer({{"error", order.error().message}}, 400);
    const auto outcome = zones_->carry_out(*order);
    if (outcome) return json_answer({{"status", "done"}});
    return json_answer({{"error", outcome.error().message}},
                       outcome.error().domain == Domain::config ? 400 : 500);
}

net::Response OwnPaths::reset(net::Request& request) {
    if (auto refusal = refuse_strangers(request)) return std::move(*refusal);
    if (!reset_) return json_answer({{"error", "reset is not available"}}, 404);
    const auto outcome = reset_();
    if (!outcome) return json_answer({{"error", outcome.error().message}}, 500);
    return json_answer({{"status", "reset"}});
}

}  // namespace stormglass::app
