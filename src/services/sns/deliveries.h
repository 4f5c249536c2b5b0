// Delivers what is queued: many at once, each tried again as its delivery policy says, until it
// arrives or is given up (which the timeline tells).
#pragma once

#include <map>
#include <memory>
#include <string>

#include "services/common/reconciler.h"
#include "services/common/timeline.h"
#include "services/sns/envelope.h"
#include "services/sns/queue.h"
#include "services/sns/transport.h"

namespace stormglass::sns {

/// The SMTP server that the user gave; without one, mail goes to the local mailbox.
struct MailServer {
    std::string url;   // "smtp://user:password@host:587"; empty: none.
    std::string from;  // Empty: `mail_sender`.
};
/// From STORMGLASS_SMTP_URL and STORMGLASS_SMTP_FROM.
MailServer mail_server_of_environment();

struct DeliveriesParts {
    store::Store& store;
    const base::Clock& clock;
    services::Timeline& timeline;
    SigningKeys& keys;
    std::string mail_folder;
    MailServer mail_server;
    std::unique_ptr<Transport> transport;
};

class Deliveries final : public services::Reconciler {
public:
    static constexpr std::size_t at_once_max = 128, at_once_per_endpoint_max = 16;

    explicit Deliveries(DeliveriesParts parts) : parts_(std::move(parts)) {}
    std::string_view name() const override { return "sns"; }
    Result<base::Millis> reconcile() override;
    /// Where our API is reached from the host: "http://127.0.0.1:4566".
    void set_endpoint(const std::string& endpoint) { endpoint_ = endpoint; }

private:
    struct UnderWay {
        Delivery delivery;
        RetryPolicy retry;
    };
    struct Outcome {
        UnderWay what;
        Sent sent;
    };

    Result<std::vector<Delivery>> take_due(base::Time now, std::optional<base::Time>& next);
    bool has_room(const Delivery& delivery, base::Time now);
    Result<void> begin(const Delivery& delivery, store::Tx& tx, std::vector<Outcome>& ended);
    Result<void> send(const Parcel& parcel, const UnderWay& what, std::vector<Outcome>& ended);
    Result<void> send_mail(const Parcel& parcel, const UnderWay& what, std::vector<Outcome>& ended);
    Result<void> record(const std::vector<Outcome>& ended);
    Result<void> record_one(store::Tx& tx, const Outcome& outcome);
    Result<void> sweep(base::Time now);
    std::string links_for(const Delivery& delivery, const std::string& region) const;
    void tell(const Delivery& delivery, const std::string& text);

    DeliveriesParts parts_;
    std::string endpoint_;
    std::map<std::string, UnderWay> under_way_;     // By the delivery's id.
    std::map<std::string, std::size_t> busy_;       // Deliveries under way, by endpoint.
    std::map<std::string, base::Time> not_before_;  // Subscriptions that are throttled.
    base::Time swept_{};
};

}  // namespace stormglass::sns
