#include "planes/lb/node.h"

#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "base/log.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::chrono::milliseconds status_every{500};  // At least once a second, as promised.
constexpr int threads_max = 64;

}  // namespace

Result<std::unique_ptr<Node>> Node::create(const Options& options) {
    std::unique_ptr<Node> node(new Node(options));
    node->started_at_ms_ = wall_us() / 1000;
    node->loop_ = TRY(EventLoop::create());
    node->health_ =
        std::make_unique<HealthChecker>(*node->loop_, [raw = node.get()] { raw->write_status(); });
    node->tick_timer_ = std::make_unique<Timer>([raw = node.get()] { raw->tick(); });
    TRY(node->load());
    for (auto& worker : node->workers_) worker->start();
    return node;
}

Node::~Node() {
    for (auto& worker : workers_) worker->stop(Duration::zero());
    workers_.clear();
    if (tick_timer_) loop_->cancel(*tick_timer_);
}

void Node::run() {
    tick();
    loop_->run();
    for (auto& worker : workers_) worker->stop(limits::shutdown_grace);
    for (auto& worker : workers_) worker->join();
    write_status();
}

void Node::stop() { loop_->stop(); }

void Node::reload() {
    loop_->post([this] { on_reload(); });
}

void Node::on_reload() {
    const auto loaded = load();
    config_error_ = loaded ? "" : loaded.error().message;
    if (loaded) {
        spdlog::info("configuration {} applied", snapshot_->config.config_version);
    } else {
        spdlog::error("configuration not applied: {}", config_error_);
    }
    write_status();
}

/// Reads, checks and applies; a configuration that cannot be used changes nothing.
Result<void> Node::load() {
    auto config = TRY(read_config(options_.config_path));
    const auto threads = static_cast<std::size_t>(std::clamp(config.threads, 1, threads_max));
    auto snapshot = TRY(builder_.build(std::move(config)));
    TRY(health_->apply(snapshot));
    while (workers_.size() < threads && snapshot_ == nullptr) {
        workers_.push_back(TRY(Worker::create(state_)));
    }
    snapshot_ = std::move(snapshot);
    publish(close_listeners());
    return {};
}

/// Forgets the sockets of listeners that are gone or whose address changed.
std::vector<int> Node::close_listeners() {
    std::set<int> wanted;
    for (const auto& listener : snapshot_->listeners) wanted.insert(listener->config.port);
    const bool moved = bind_address_ != snapshot_->config.bind_address;
    bind_address_ = snapshot_->config.bind_address;
    std::vector<int> closed;
    std::erase_if(bindings_, [&](const auto& entry) {
        if (wanted.contains(entry.first) && !moved) return false;
        closed.push_back(entry.first);
        return true;
    });
    return closed;
}

bool Node::open_listeners(std::vector<std::vector<Worker::Socket>>& opened) {
    bool any = false;
    opened.resize(workers_.size());
    for (const auto& listener : snapshot_->listeners) {
        Binding& binding = bindings_[listener->config.port];
        binding.arn = listener->config.arn;
        if (binding.bound != 0) continue;
        int port = listener->config.port;
        std::vector<base::UniqueFd> sockets;
        std::string error;
        for (std::size_t i = 0; i < workers_.size() && error.empty(); ++i) {
            auto fd = open_listener(bind_address_, port);
            if (!fd) {
                error = fd.error().message;
                continue;
            }
            port = bound_port(fd->get());
            sockets.push_back(std::move(*fd));
        }
        binding.error = error;
        if (!error.empty()) continue;
        binding.bound = port;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            opened[i].push_back({listener->config.port, std::move(sockets[i])});
        }
        any = true;
    }
    return any;
}

void Node::publish(std::vector<int> closed_ports) {
    std::vector<std::vector<Worker::Socket>> opened;
    open_listeners(opened);
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        workers_[i]->apply(snapshot_, std::move(opened[i]), closed_ports);
    }
}

void Node::tick() {
    loop_->schedule(*tick_timer_, loop_->now() + status_every);
    const bool some_closed = std::any_of(bindings_.begin(), bindings_.end(),
                                         [](const auto& entry) { return entry.second.bound == 0; });
    if (some_closed) publish({});  // A port that was taken may be free by now.
    write_status();
}

NodeCounters Node::counters() const {
    const NodeState& s = state_;
    NodeCounters c;
    c.active_client_connections = read(s.client_connections);
    c.active_connections = c.active_client_connections + read(s.target_connections);
    c.active_requests = read(s.active_requests);
    c.new_connections = read(s.new_connections);
    c.rejected_connections = read(s.rejected_connections);
    c.client_tls_negotiation_errors = read(s.client_tls_errors);
    c.received_bytes = read(s.received_bytes);
    c.sent_bytes = read(s.sent_bytes);
    c.processed_bytes = c.received_bytes + c.sent_bytes;
    c.request_count = read(s.requests);
    c.rule_evaluations = read(s.rule_evaluations);
    c.http_fixed_response = read(s.fixed_responses);
    c.http_redirect = read(s.redirects);
    c.http_code_elb_3xx = read(s.codes[3]);
    c.http_code_elb_4xx = read(s.codes[4]);
    c.http_code_elb_5xx = read(s.codes[5]);
    c.http_code_elb_500 = read(s.code_500);
    c.http_code_elb_502 = read(s.code_502);
    c.http_code_elb_503 = read(s.code_503);
    c.http_code_elb_504 = read(s.code_504);
    c.non_sticky_requests = read(s.non_sticky_requests);
    c.desync_non_compliant_requests = read(s.desync_non_compliant);
    c.dropped_invalid_header_requests = read(s.dropped_invalid_header_requests);
    c.access_log_lines_dropped = read(s.log_lines_dropped);
    return c;
}

TargetGroupCounters Node::counters_of(TargetGroupState& s) {
    TargetGroupCounters c;
    c.request_count = read(s.requests);
    c.http_code_target_2xx = read(s.codes[2]);
    c.http_code_target_3xx = read(s.codes[3]);
    c.http_code_target_4xx = read(s.codes[4]);
    c.http_code_target_5xx = read(s.codes[5]);
    c.target_connection_errors = read(s.connection_errors);
    c.target_tls_negotiation_errors = read(s.tls_errors);
    c.unhealthy_routing_requests = read(s.unhealthy_routing_requests);
    c.target_response_time_us_sum = read(s.response_time_us_sum);
    c.target_response_time_count = read(s.response_time_count);
    c.target_response_time_us_max = read(s.response_time_us_max);
    for (int i = 0; i < TimeHistogram::size; ++i) {
        if (const auto count = s.response_times.at(i); count > 0) {
            c.target_response_times.emplace_back(TimeHistogram::value_of(i), count);
        }
    }
    return c;
}

LoadBalancerStatus Node::status() {
    LoadBalancerStatus status{.pid = getpid(), .started_at_ms = started_at_ms_};
    status.written_at_ms = wall_us() / 1000;
    status.config_version = snapshot_->config.config_version;
    status.config_error = config_error_;
    status.zone = snapshot_->config.zone;
    for (const auto& [port, binding] : bindings_) {
        status.listeners.push_back({binding.arn, binding.bound != 0 ? binding.bound : port,
                                    binding.bound != 0, binding.error});
    }
    for (const auto& group : snapshot_->groups) {
        TargetGroupStatus of_group{.arn = group->config.arn};
        of_group.counters = counters_of(*group->state);
        for (const Target& target : group->targets) {
            auto of_target = health_->status_of(*group, target);
            of_target.active_requests = read(target.state->active_requests);
            of_target.active_connections = read(target.state->active_connections);
            of_group.targets.push_back(std::move(of_target));
        }
        status.target_groups.push_back(std::move(of_group));
    }
    status.counters = counters();
    return status;
}

void Node::write_status() {
    if (options_.status_path.empty() || snapshot_ == nullptr) return;
    const auto text = base::to_json_text(status());
    if (auto written = base::write_file(options_.status_path, text); !written) {
        spdlog::error("status: {}", written.error().message);
    }
}

}  // namespace stormglass::lb
