#include "services/sns/envelope.h"

#include "base/strings.h"

namespace stormglass::sns {
namespace {

using base::Json;

constexpr char user_agent[] = "Amazon Simple Notification Service Agent";

/// A member a line, as AWS writes it; some readers compare text.
class Lines {
public:
    void add(std::string_view name, const std::string& value) {
        add_raw(name, base::dump_json(value));
    }
    void add_raw(std::string_view name, std::string_view json) {
        text_ += fmt::format("{}\n  \"{}\" : {}", text_.empty() ? "" : ",", name, json);
    }
    std::string text() const { return "{" + text_ + "\n}"; }

private:
    std::string text_;
};

std::string attributes_json(const Message& message) {
    std::string text;
    for (const auto& [name, attribute] : message.attributes) {
        text += fmt::format("{}\n    {} : {{\"Type\":{},\"Value\":{}}}", text.empty() ? "" : ",",
                            base::dump_json(name), base::dump_json(attribute.type),
                            base::dump_json(attribute.value));
    }
    return "{" + text + "\n  }";
}

/// No header can be forged by what a user wrote.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (c == '\r' || c == '\n') c = ' ';
    }
    return text;
}

/// RFC 2047 where a header's text is not ASCII.
std::string header_text(const std::string& text) {
    const bool plain =
        std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c < 0x7f; });
    if (plain) return text;
    return fmt::format("=?UTF-8?B?{}?=", base::base64_encode(text));
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    for (const char c : text) {
        if (c == '\r') continue;
        if (c == '\n') lines += '\r';
        lines += c;
    }
    return lines;
}

std::string confirmation_mail(const Parcel& parcel) {
    return fmt::format(
        "You have chosen to subscribe to the topic: \n{}\n\nTo confirm this subscription, click or "
        "visit the "
        "link below (If this was in error no action is necessary): \n{}\n\nPlease do not reply "
        "directly to this "
        "email.\n",
        parcel.message.topic_arn, subscribe_url(parcel.links, parcel.message));
}

std::string notification_mail(const Parcel& parcel) {
    return fmt::format(
        "{}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or "
        "visit the link "
        "below to unsubscribe:\n{}\n\nPlease do not reply directly to this email.\n",
        text_for(parcel.message, parcel.delivery.protocol),
        unsubscribe_url(parcel.links, parcel.delivery.subscription_arn));
}

std::string mail_subject(const Message& message) {
    if (message.type == type_confirmation) return "AWS Notification - Subscription Confirmation";
    if (message.type == type_unsubscribed) return "AWS Notification - Unsubscribe Confirmation";
    return message.subject.empty() ? "AWS Notification Message" : message.subject;
}

std::vector<std::string> http_headers(const Parcel& parcel) {
    const Message& message = parcel.message;
    std::vector<std::string> headers{
        "x-amz-sns-message-type: " + message.type,
        "x-amz-sns-message-id: " + message.id,
        "x-amz-sns-topic-arn: " + message.topic_arn,
        "Content-Type: " + one_line(message.type == type_notification
                                        ? parcel.content_type
                                        : DeliveryPolicy{}.content_type),
        fmt::format("User-Agent: {}", user_agent),
        "Accept-Encoding: gzip,deflate",
        "Accept:"};
    if (message.type != type_confirmation) {
        headers.push_back("x-amz-sns-subscription-arn: " + parcel.delivery.subscription_arn);
    }
    if (message.type == type_notification && parcel.raw) {
        headers.emplace_back("x-amz-sns-rawdelivery: true");
    }
    return headers;
}

}  // namespace

std::string subscribe_url(const std::string& links, const Message& message) {
    return fmt::format("{}/?Action=ConfirmSubscription&TopicArn={}&Token={}", links,
                       message.topic_arn, message.token);
}

std::string unsubscribe_url(const std::string& links, const std::string& subscription_arn) {
    return fmt::format("{}/?Action=Unsubscribe&SubscriptionArn={}", links, subscription_arn);
}

std::string text_for(const Message& message, const std::string& protocol) {
    if (!message.per_protocol) return message.text;
    const auto texts = base::parse_json(message.text);
    if (!texts) return message.text;
    for (const auto& name : {protocol, std::string("default")}) {
        const auto found = texts->find(name);
        if (found != texts->end() && found->is_string()) return found->get<std::string>();
    }
    return message.text;
}

Result<std::string> signed_json(const Parcel& parcel, const SigningKey& key) {
    const Message& message = parcel.message;
    const bool notification = message.type == type_notification;
    const std::string text = text_for(message, parcel.delivery.protocol);
    const std::string url = notification ? "" : subscribe_url(parcel.links, message);
    const std::string signature =
        TRY(sign_text(key.key, string_to_sign(message, text, url), parcel.signature_version));
    Lines lines;
    lines.add("Type", message.type);
    lines.add("MessageId", message.id);
    if (!notification) lines.add("Token", message.token);
    lines.add("TopicArn", message.topic_arn);
    if (!message.subject.empty()) lines.add("Subject", message.subject);
    lines.add("Message", text);
    if (!notification) lines.add("SubscribeURL", url);
    lines.add("Timestamp", base::iso8601_millis(message.time));
    lines.add("SignatureVersion", parcel.signature_version);
    lines.add("Signature", signature);
    lines.add("SigningCertURL", parcel.links + "/" + SigningKeys::file_name(key));
    if (notification) {
        lines.add("UnsubscribeURL",
                  unsubscribe_url(parcel.links, parcel.delivery.subscription_arn));
    }
    if (!message.attributes.empty()) lines.add_raw("MessageAttributes", attributes_json(message));
    return lines.text();
}

Result<Outgoing> http_parcel(const Parcel& parcel, const SigningKey& key) {
    Outgoing outgoing;
    outgoing.id = parcel.delivery.id;
    outgoing.url = parcel.delivery.endpoint;
    outgoing.headers = http_headers(parcel);
    const bool bare = parcel.raw && parcel.message.type == type_notification;
    if (bare) {
        outgoing.body = text_for(parcel.message, parcel.delivery.protocol);
    } else {
        outgoing.body = TRY(signed_json(parcel, key));
    }
    return outgoing;
}

Result<std::string> mail_of(const Parcel& parcel, const SigningKey& key) {
    const Message& message = parcel.message;
    const std::string name =
        parcel.display_name.empty() ? "AWS Notifications" : parcel.display_name;
    std::string body;
    if (parcel.delivery.protocol == "email-json") {
        body = TRY(signed_json(parcel, key));
    } else {
        body = message.type == type_notification ? notification_mail(parcel)
                                                 : confirmation_mail(parcel);
    }
    return fmt::format(
        "From: {} <{}>\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: "
        "<{}@sns.amazonaws.com>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; "
        "charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}",
        header_text(one_line(name)), mail_sender, one_line(parcel.delivery.endpoint),
        header_text(one_line(mail_subject(message))), base::http_date(message.time),
        parcel.delivery.id, with_crlf(body));
}

}  // namespace stormglass::sns
