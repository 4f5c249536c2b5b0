#include "services/sns/public_links.h"

#include "base/strings.h"
#include "services/sns/confirm.h"

namespace stormglass::sns {
namespace {

using Query = std::map<std::string, std::string>;

constexpr int status_error = 500;

Query query_of(const std::string& target) {
    Query query;
    const auto mark = target.find('?');
    if (mark == std::string::npos) return query;
    for (const auto& part : base::split(target.substr(mark + 1), '&')) {
        const auto equals = part.find('=');
        if (equals == std::string::npos) continue;
        query[base::uri_decode(part.substr(0, equals), base::Plus::space)] =
            base::uri_decode(part.substr(equals + 1), base::Plus::space);
    }
    return query;
}

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '<')
            safe += "&lt;";
        else if (c == '>')
            safe += "&gt;";
        else if (c == '&')
            safe += "&amp;";
        else
            safe += c;
    }
    return safe;
}

net::Response xml(int status, std::string text) {
    net::Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/xml");
    response.body = std::move(text);
    return response;
}

net::Response refusal(const Error& error, const std::string& id) {
    const bool own = error.domain != Domain::aws;
    return xml(
        own ? status_error : error.http_status,
        fmt::format(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{}"
            "</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId>"
            "</ErrorResponse>",
            own ? "Receiver" : "Sender", own ? "InternalError" : error.code,
            own ? "internal error" : escaped(error.message), id));
}

std::string value_in(const Query& query, const std::string& name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
}

}  // namespace

std::optional<net::Response> PublicLinks::answer(const net::Request& request) {
    if (request.method != "GET")
        return std::nullopt;  // HEAD, as mail scanners send it, acts on nothing.
    if (request.target.starts_with("/SimpleNotificationService-"))
        return certificate(request.target);
    if (!request.target.starts_with("/?") || !request.header("authorization").empty())
        return std::nullopt;
    const Query query = query_of(request.target);
    if (query.contains("X-Amz-Signature")) return std::nullopt;
    const std::string action = value_in(query, "Action");
    if (action == "ConfirmSubscription") return confirm_link(query);
    if (action == "Unsubscribe") return unsubscribe_link(query);
    return std::nullopt;
}

std::optional<net::Response> PublicLinks::certificate(const std::string& path) {
    const auto key = keys_.current();
    if (!key || path != "/" + SigningKeys::file_name(*key)) return std::nullopt;
    net::Response response;
    response.headers.emplace_back("Content-Type", "application/x-pem-file");
    response.body = key->certificate;
    return response;
}

net::Response PublicLinks::confirm_link(const Query& query) {
    const std::string id = random_.uuid();
    const auto done = [&]() -> Result<Subscription> {
        auto tx = TRY(store_.write());
        auto confirmed = TRY(
            confirm(*tx, {value_in(query, "TopicArn"), value_in(query, "Token"), Signed::no, false},
                    clock_.now()));
        TRY(store_.commit_durable(std::move(tx)));
        return confirmed;
    }();
    if (!done) return refusal(done.error(), id);
    timeline_.add({clock_.now(),
                   "notification",
                   done->topic_arn,
                   fmt::format("{} {} confirmed its subscription", done->protocol, done->endpoint),
                   {}});
    return xml(
        200, fmt::format(
                 "<ConfirmSubscriptionResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                 "<ConfirmSubscriptionResult><SubscriptionArn>{}</SubscriptionArn>"
                 "</ConfirmSubscriptionResult><ResponseMetadata><RequestId>{}</RequestId>"
                 "</ResponseMetadata></ConfirmSubscriptionResponse>",
                 escaped(done->arn), id));
}

net::Response PublicLinks::unsubscribe_link(const Query& query) {
    const std::string id = random_.uuid();
    const auto done = [&]() -> Result<void> {
        const Arn arn = TRY(parse_arn("SubscriptionArn", value_in(query, "SubscriptionArn")));
        auto tx = TRY(store_.write());
        TRY(end_subscription(*tx, random_, arn, Signed::no, clock_.now()));
        return store_.commit_durable(std::move(tx));
    }();
    if (!done) return refusal(done.error(), id);
    wake_();
    return xml(
        200, fmt::format("<UnsubscribeResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                         "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>"
                         "</UnsubscribeResponse>",
                         id));
}

}  // namespace stormglass::sns
