#include "services/sns/deliveries.h"

#include <cstdlib>

#include "services/sns/mailbox.h"

namespace stormglass::sns {
namespace {

// S3 writes without waking anybody, so an idle one looks once a second.
constexpr base::Millis rest_idle{1000}, rest_waiting{200}, collect_wait{20};
constexpr std::size_t due_read_max = 10'000;  // Looked at in one pass.
constexpr std::chrono::hours sweep_every{1};
constexpr int status_mail_taken = 250;

/// What AWS documents for e-mail: 50 retries over six hours.
constexpr std::int64_t mail_retries = 50, mail_retries_early = 2, mail_retries_late = 38;
RetryPolicy mail_retry() {
    return {10, 600, mail_retries, 0, mail_retries_early, mail_retries_late, "exponential"};
}

bool is_mail(const Delivery& delivery) { return delivery.protocol.starts_with("email"); }

bool is_success(int status) { return status >= 200 && status < 300; }
/// Nobody answered, or the endpoint says that it is not its caller's fault.
bool may_retry(int status) { return status < 200 || status == 429 || status >= 500; }

std::string attribute(const std::map<std::string, std::string>& attributes,
                      const std::string& name) {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string() : found->second;
}

std::string why(const Sent& sent) {
    return sent.status == 0 ? sent.error : fmt::format("status {}", sent.status);
}

/// "https://a.example:8443/x" has the host "a.example".
std::string host_of(const std::string& url) {
    const auto begin = url.find("://");
    if (begin == std::string::npos) return {};
    std::string host = url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
    if (const auto at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
    return host.substr(0, host.find(':'));
}

}  // namespace

MailServer mail_server_of_environment() {
    const auto read = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value == nullptr ? "" : value);
    };
    return {read("STORMGLASS_SMTP_URL"), read("STORMGLASS_SMTP_FROM")};
}

Result<base::Millis> Deliveries::reconcile() {
    const base::Time now = parts_.clock.now();
    if (now - swept_ >= sweep_every) TRY(sweep(now));
    std::vector<Outcome> ended;
    const auto collect = [&](base::Millis wait) {
        for (auto& sent : parts_.transport->collect(wait)) {
            const auto found = under_way_.find(sent.id);
            if (found != under_way_.end()) ended.push_back({found->second, std::move(sent)});
        }
    };
    collect(base::Millis{0});
    TRY(record(ended));
    ended.clear();
    std::optional<base::Time> next;
    const auto due = TRY(take_due(now, next));
    if (!due.empty()) {
        const auto tx = parts_.store.read();
        for (const auto& delivery : due) TRY(begin(delivery, *tx, ended));
    }
    if (!under_way_.empty()) collect(collect_wait);
    TRY(record(ended));
    if (!under_way_.empty() || !due.empty()) return base::Millis{0};
    return next ? rest_waiting : rest_idle;
}

bool Deliveries::has_room(const Delivery& delivery, base::Time now) {
    if (under_way_.contains(delivery.id)) return false;
    const auto busy = busy_.find(delivery.endpoint);
    if (busy != busy_.end() && busy->second >= at_once_per_endpoint_max) return false;
    const auto throttled = not_before_.find(delivery.subscription_arn);
    if (throttled == not_before_.end()) return true;
    if (throttled->second > now) return false;
    not_before_.erase(throttled);
    return true;
}

/// Those that are to be sent now. `next`: when the first of the others is due.
Result<std::vector<Delivery>> Deliveries::take_due(base::Time now,
                                                   std::optional<base::Time>& next) {
    std::vector<Delivery> due;
    std::size_t seen = 0;
    std::map<std::string, std::size_t> taken;  // In this pass, by endpoint.
    const auto tx = parts_.store.read();
    TRY(deliveries.scan(*tx, {}, [&](Delivery& one) {
        if (one.due > now || ++seen > due_read_max ||
            under_way_.size() + due.size() >= at_once_max) {
            next = one.due;
            return store::Step::stop;
        }
        if (has_room(one, now) &&
            busy_[one.endpoint] + taken[one.endpoint] < at_once_per_endpoint_max) {
            ++taken[one.endpoint];
            due.push_back(std::move(one));
        } else if (!next) {
            next = now;
        }
        return store::Step::next;
    }));
    std::erase_if(busy_, [](const auto& one) { return one.second == 0; });
    return due;
}

std::string Deliveries::links_for(const Delivery& delivery, const std::string& region) const {
    // A balancer's name: the application behind it lives inside the glass, and knows us by AWS's
    // own name.
    if (host_of(delivery.endpoint).ends_with(".elb.localhost")) {
        return fmt::format("https://sns.{}.amazonaws.com", region);
    }
    return endpoint_;
}

Result<void> Deliveries::begin(const Delivery& delivery, store::Tx& tx,
                               std::vector<Outcome>& ended) {
    UnderWay what{delivery, {}};
    const auto message = TRY(messages.get(tx, {delivery.message_id}));
    const Arn arn = TRY(parse_arn("SubscriptionArn", delivery.subscription_arn));
    const auto topic = TRY(topics.get(tx, {arn.account, arn.region, arn.topic}));
    const auto subscription =
        TRY(subscriptions.get(tx, {arn.account, arn.region, arn.topic, arn.subscription}));
    const bool wanted = message && topic && (subscription || message->type == type_unsubscribed);
    if (!wanted) {  // Who waited for it is gone.
        ended.push_back({std::move(what), {delivery.id, status_mail_taken, {}}});
        return {};
    }
    const auto attributes =
        subscription ? subscription->attributes : std::map<std::string, std::string>();
    const auto policy = effective_policy(attribute(topic->attributes, "DeliveryPolicy"),
                                         attribute(attributes, "DeliveryPolicy"));
    what.retry = is_mail(delivery) ? mail_retry() : policy.retry;
    if (policy.receives_per_second_max) {
        const base::Millis gap{base::Millis(base::Seconds{1}) / *policy.receives_per_second_max};
        not_before_[delivery.subscription_arn] = parts_.clock.now() + gap;
    }
    const auto version = attribute(topic->attributes, "SignatureVersion");
    const Parcel parcel{*message,
                        delivery,
                        attribute(attributes, "RawMessageDelivery") == "true",
                        policy.content_type,
                        version.empty() ? "1" : version,
                        attribute(topic->attributes, "DisplayName"),
                        links_for(delivery, arn.region)};
    return send(parcel, what, ended);
}

Result<void> Deliveries::send(const Parcel& parcel, const UnderWay& what,
                              std::vector<Outcome>& ended) {
    if (is_mail(what.delivery)) return send_mail(parcel, what, ended);
    Outgoing outgoing = TRY(http_parcel(parcel, TRY(parts_.keys.current())));
    under_way_.emplace(what.delivery.id, what);
    ++busy_[what.delivery.endpoint];
    parts_.transport->start(std::move(outgoing));
    return {};
}

Result<void> Deliveries::send_mail(const Parcel& parcel, const UnderWay& what,
                                   std::vector<Outcome>& ended) {
    const std::string text = TRY(mail_of(parcel, TRY(parts_.keys.current())));
    const auto& server = parts_.mail_server;
    if (server.url.empty()) {
        TRY(put_mail(parts_.mail_folder, parcel.message.time, what.delivery.id, text));
        ended.push_back({what, {what.delivery.id, status_mail_taken, {}}});
        return {};
    }
    Outgoing outgoing;
    outgoing.id = what.delivery.id;
    outgoing.url = server.url;
    outgoing.body = text;
    outgoing.mail_from = server.from.empty() ? mail_sender : server.from;
    outgoing.mail_to = what.delivery.endpoint;
    under_way_.emplace(what.delivery.id, what);
    ++busy_[what.delivery.endpoint];
    parts_.transport->start(std::move(outgoing));
    return {};
}

/// Not fsynced: what a power cut undoes is delivered once more, as SNS allows itself too.
Result<void> Deliveries::record(const std::vector<Outcome>& ended) {
    if (ended.empty()) return {};
    auto tx = TRY(parts_.store.write());
    for (const auto& outcome : ended) TRY(record_one(*tx, outcome));
    TRY(parts_.store.commit(std::move(tx)));
    for (const auto& outcome : ended) {
        if (under_way_.erase(outcome.what.delivery.id) != 0)
            --busy_[outcome.what.delivery.endpoint];
    }
    return {};
}

Result<void> Deliveries::record_one(store::Tx& tx, const Outcome& outcome) {
    Delivery delivery = outcome.what.delivery;
    if (is_success(outcome.sent.status)) return forget(tx, delivery);
    const auto delay = may_retry(outcome.sent.status)
                           ? outcome.what.retry.delay_before(delivery.attempts + 1)
                           : std::nullopt;
    if (!delay) {
        tell(delivery, fmt::format("not delivered, given up after {} attempts: {}",
                                   delivery.attempts + 1, why(outcome.sent)));
        return forget(tx, delivery);
    }
    tell(delivery, fmt::format("not delivered, tried again in {} s: {}",
                               std::chrono::duration<double>(*delay).count(), why(outcome.sent)));
    deliveries.erase(tx, key_of(delivery));
    ++delivery.attempts;
    delivery.due = parts_.clock.now() + *delay;
    deliveries.put(tx, key_of(delivery), delivery);
    return {};
}

void Deliveries::tell(const Delivery& delivery, const std::string& text) {
    const auto arn = parse_arn("SubscriptionArn", delivery.subscription_arn);
    parts_.timeline.add({parts_.clock.now(), "notification", delivery.subscription_arn,
                         fmt::format("{} {}: {}", delivery.protocol, delivery.endpoint, text),
                         arn ? arn->region : std::string()});
}

/// Subscriptions that nobody confirmed or brought back are forgotten.
Result<void> Deliveries::sweep(base::Time now) {
    auto tx = TRY(parts_.store.write());
    for (const auto& table : {subscriptions, unsubscribed}) {
        TRY(table.scan(*tx, {}, [&](const std::vector<std::string>& key, Subscription& one) {
            if (has_lapsed(one, now)) table.erase(*tx, {key[0], key[1], key[2], key[3]});
        }));
    }
    TRY(parts_.store.commit(std::move(tx)));
    swept_ = now;
    return {};
}

}  // namespace stormglass::sns
