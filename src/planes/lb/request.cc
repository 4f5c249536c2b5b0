// From the bytes of a request's head to what is done about it: AWS's checks in AWS's order, the
// rules, and the actions that need no target.
#include <fmt/format.h>

#include "base/strings.h"
#include "planes/lb/client_connection.h"
#include "planes/lb/limits.h"
#include "planes/lb/redirect.h"
#include "planes/lb/stickiness.h"

namespace stormglass::lb {
namespace {

using http1::FieldId;

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
           method == "DELETE";
}

/// AWS takes chunked and identity only.
bool has_other_transfer_coding(const http1::RequestHead& head) {
    for (const http1::Field& field : head.fields) {
        if (field.id == FieldId::transfer_encoding &&
            !base::equals_ignore_case(field.value, "chunked") &&
            !base::equals_ignore_case(field.value, "identity")) {
            return true;
        }
    }
    return false;
}

int count_hosts(const http1::RequestHead& head) {
    int hosts = 0;
    for (const http1::Field& field : head.fields) hosts += field.id == FieldId::host;
    return hosts;
}

int status_number(std::string_view text) {
    return static_cast<int>(base::parse_integer(text).value_or(500));
}

}  // namespace

bool ClientConnection::take_request() {
    if (in_.empty() || out_.size() >= limits::buffered_max) return false;
    if (head_began_us_ == 0) head_began_us_ = wall_us();
    const auto status = http1::parse_request(in_.view(), scanned_, head_);
    if (status == http1::HeadStatus::need_more) return false;
    scanned_ = 0;
    ++requests_;
    begin_exchange();
    if (x_.listener == nullptr) {  // It was deleted.
        close_now();
        return true;
    }
    if (status != http1::HeadStatus::done) {
        refuse_head(status);
        in_.clear();
        return true;
    }
    x_.log.received_bytes = static_cast<std::int64_t>(head_.size);
    if (admit()) route();
    if (phase_ != Phase::closed) in_.consume(head_.size);  // Views into it end here.
    return true;
}

void ClientConnection::begin_exchange() {
    x_.reset();
    x_.running = true;
    x_.began = worker_.loop().now();
    x_.snapshot = worker_.snapshot();
    x_.listener = worker_.find_listener(port_);
    x_.sent_before = sent_total_ + static_cast<std::int64_t>(out_.size());
    x_.log.received_us = std::exchange(head_began_us_, 0);
    if (x_.log.received_us == 0) x_.log.received_us = wall_us();
}

void ClientConnection::refuse_head(http1::HeadStatus status) {
    answer_error(status == http1::HeadStatus::line_too_long ? 414 : 400);
}

/// Everything that is checked before the rules see a request. False: it has been answered.
bool ClientConnection::admit() {
    using http1::has_token;
    target_parts_ = split_target(head_.target);
    fill_log_request();
    x_.head_method = head_.method == "HEAD";
    x_.client_http11 = head_.at_least_http11();
    const bool asks_close = has_token(head_.fields, FieldId::connection, "close");
    const bool asks_keep = has_token(head_.fields, FieldId::connection, "keep-alive");
    const auto age = worker_.loop().now() - born_;
    const auto age_max =
        std::chrono::seconds(x_.snapshot->config.attributes.client_keep_alive_seconds);
    x_.keep_client =
        !asks_close && (x_.client_http11 || asks_keep) && age < age_max && !worker_.stopping();
    if (!check_desync()) return false;
    if (!head_.version.starts_with("HTTP/1.")) return answer_error(505), false;
    if (has_other_transfer_coding(head_)) return answer_error(501), false;
    if (head_.method == "TRACE") return answer_error(405), false;
    const int hosts = count_hosts(head_);
    if (hosts > 1 || (hosts == 0 && x_.client_http11)) return answer_error(400), false;
    if (count_forwarded(head_) > limits::forwarded_addresses_max) return answer_error(463), false;
    const auto framing = http1::request_framing(head_);
    if (framing.bad) return answer_error(400), false;
    x_.request_body.start(framing.framing, framing.length);
    x_.expects_continue = head_.find(FieldId::expect) != nullptr;
    return true;
}

bool ClientConnection::check_desync() {
    const auto verdict = http1::classify(head_);
    if (verdict.tier == http1::Tier::compliant) return true;
    count(worker_.node().desync_non_compliant);
    x_.log.classification = http1::tier_name(verdict.tier);
    x_.log.classification_reason = verdict.reason;
    switch (http1::desync_action(x_.snapshot->desync_mode, verdict.tier)) {
        case http1::DesyncAction::pass:
            return true;
        case http1::DesyncAction::pass_then_close:
            x_.keep_client = false;
            x_.close_target = true;
            return true;
        case http1::DesyncAction::block:
            break;
    }
    answer_error(400);
    return false;
}

void ClientConnection::route() {
    const auto* host = head_.find(FieldId::host);
    RequestFacts facts;
    facts.method = head_.method;
    facts.host = host_without_port(!target_parts_.host.empty() ? target_parts_.host
                                   : host != nullptr           ? host->value
                                                               : std::string_view());
    facts.path = target_parts_.path;
    facts.query = target_parts_.query;
    facts.fields = &head_.fields;
    facts.client_address = peer_address_;
    const auto match = x_.listener->rules.match(facts);
    x_.rule = match.rule;
    x_.log.rule_priority = match.rule->priority;
    count(worker_.node().rule_evaluations, match.evaluations);
    const std::string& type = match.rule->action.type;
    if (worker_.log().enabled()) x_.log.actions = type;
    if (type == "forward") return forward(match);
    type == "redirect" ? redirect() : fixed_response();
}

void ClientConnection::redirect() {
    const auto* host = head_.find(FieldId::host);
    const RedirectAction& action = x_.rule->action.redirect;
    const RequestUrl url{.protocol = x_.listener->config.protocol,
                         .host = host_without_port(host != nullptr ? host->value : ""),
                         .port = facts_.listener_port,
                         .path = target_parts_.path,
                         .query = target_parts_.query};
    const auto location = redirect_location(action, url);
    if (location.size() > limits::redirect_location_max) return answer_error(414);
    const int status = action.status_code == "HTTP_302" ? 302 : 301;
    if (worker_.log().enabled()) x_.log.redirect_url = location;
    count(worker_.node().redirects);
    const auto page = html_page(status);
    answer({.status = status, .body = page, .location = location}, AfterAnswer::go_on);
}

void ClientConnection::fixed_response() {
    const FixedResponseAction& action = x_.rule->action.fixed_response;
    count(worker_.node().fixed_responses);
    const auto type = action.content_type == "text/plain" ? "text/plain; charset=utf-8"
                                                          : std::string_view(action.content_type);
    answer({.status = status_number(action.status_code),
            .content_type = type,
            .body = action.message_body},
           AfterAnswer::go_on);
}

void ClientConnection::answer_error(int status, std::string_view error_reason) {
    x_.log.error_reason = error_reason;
    // What was read so far makes no safe sense, or there is nothing more to wait for.
    const bool unsafe = status == 400 || status == 408 || status == 414 || status == 501 ||
                        status == 505 || x_.listener == nullptr;
    const auto page = html_page(status);
    answer({.status = status, .body = page}, unsafe ? AfterAnswer::close : AfterAnswer::go_on);
}

/// Writes a response of our own and ends the exchange.
void ClientConnection::answer(const LocalResponse& response, AfterAnswer after) {
    const bool body_left = !x_.request_body.finished();
    const bool keep =
        after == AfterAnswer::go_on && x_.keep_client && !(body_left && x_.expects_continue);
    write_local_response(out_, response, worker_.http_date(),
                         keep ? Persistence::keep_alive : Persistence::close,
                         x_.head_method ? BodyPart::omit : BodyPart::send);
    count_own_code(response.status);
    finish_log(response.status);
    drop_upstream();
    x_.running = false;
    enter(!keep ? Phase::flush : body_left ? Phase::discard : Phase::waiting);
}

void ClientConnection::count_own_code(int status) {
    NodeState& node = worker_.node();
    const int status_class = status / 100;
    if (status_class >= 0 && status_class <= 5) count(node.codes[status_class]);
    if (status == 500) count(node.code_500);
    if (status == 502) count(node.code_502);
    if (status == 503) count(node.code_503);
    if (status == 504) count(node.code_504);
}

/// What the log needs of the head, whose bytes are gone when the line is written.
void ClientConnection::fill_log_request() {
    if (!worker_.log().enabled()) return;
    LogRecord& log = x_.log;
    const auto* host = head_.find(FieldId::host);
    const auto* agent = head_.find(FieldId::user_agent);
    log.method = head_.method;
    log.http_version = head_.version;
    log.url = fmt::format("{}://{}:{}{}", facts_.tls ? "https" : "http",
                          host_without_port(host != nullptr ? host->value : "-"),
                          facts_.listener_port, target_parts_.origin_form);
    if (agent != nullptr) log.user_agent = agent->value;
}

const TargetGroup* ClientConnection::choose_group(const RuleSet::Match& match) {
    const ForwardPlan& plan = x_.listener->plans[match.index];
    const GroupStickiness& config = match.rule->action.forward.stickiness;
    const Stickiness sticky(*x_.snapshot, worker_.random(), wall_us() / 1'000'000);
    const TargetGroup* group = nullptr;
    if (config.enabled) group = sticky.group_of(*match.rule, plan, head_.fields);
    if (group == nullptr) group = pick_group(plan, worker_.next_turn());
    if (group != nullptr && config.enabled) {
        const auto scheme = facts_.tls ? Stickiness::Scheme::https : Stickiness::Scheme::http;
        sticky.add_group_cookies(*match.rule, *group, scheme, x_.cookies);
    }
    return group;
}

bool ClientConnection::choose_target() {
    const StickinessConfig& config = x_.group->config.stickiness;
    TargetPicker& picker = worker_.picker(*x_.group);
    if (config.enabled) {
        const Stickiness sticky(*x_.snapshot, worker_.random(), wall_us() / 1'000'000);
        const auto wanted = sticky.target_of(*x_.group, head_.fields);
        if (wanted) x_.target = picker.find_eligible(wanted->id, wanted->port);
        x_.had_sticky_cookie = wanted.has_value();
        if (x_.target == nullptr) count(worker_.node().non_sticky_requests);
    }
    if (x_.target == nullptr) {
        const auto now = worker_.loop().now().time_since_epoch();
        const auto choice =
            picker.pick(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
        x_.target = choice.target;
        if (choice.failing_open) count(x_.group->state->unhealthy_routing_requests);
    }
    return x_.target != nullptr;
}

void ClientConnection::forward(const RuleSet::Match& match) {
    x_.group = choose_group(match);
    if (x_.group == nullptr || !choose_target()) return answer_error(503);
    const auto framing = http1::request_framing(head_);
    x_.upgrade_wanted = x_.client_http11 && framing.framing == http1::Framing::none &&
                        head_.find(FieldId::upgrade) != nullptr &&
                        http1::has_token(head_.fields, FieldId::connection, "upgrade");
    x_.retry_allowed = framing.framing == http1::Framing::none && is_idempotent(head_.method) &&
                       !x_.upgrade_wanted;
    x_.trace_id = make_trace_id(head_, worker_.random(), wall_us() / 1'000'000);
    const OutgoingRequest request{.head = head_,
                                  .target = target_parts_,
                                  .framing = framing,
                                  .upgrade = x_.upgrade_wanted,
                                  .trace_id = x_.trace_id};
    const int dropped =
        write_request_head(x_.request_head, request, facts_, x_.snapshot->forward_policy);
    if (dropped > 0) count(worker_.node().dropped_invalid_header_requests);
    if (worker_.log().enabled()) {
        x_.log.target = fmt::format("{}:{}", x_.target->config.address, x_.target->config.port);
    }
    count(worker_.node().requests);
    count(worker_.node().active_requests);
    count(x_.group->state->requests);
    count(x_.target->state->active_requests);
    x_.counted_at_target = true;
    open_upstream();
    enter(Phase::exchange);
}

}  // namespace stormglass::lb
