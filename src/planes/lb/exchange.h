// One request in hand and the response to it: everything that begins anew with the next request of
// the same client connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "planes/lb/access_log.h"
#include "planes/lb/event_loop.h"
#include "planes/lb/http1/body.h"
#include "planes/lb/snapshot.h"
#include "planes/lb/upstream.h"

namespace stormglass::lb {

struct Exchange {
    std::shared_ptr<const Snapshot> snapshot;  // In force when the request came.
    const Listener* listener = nullptr;
    const Rule* rule = nullptr;
    const TargetGroup* group = nullptr;
    const Target* target = nullptr;
    std::unique_ptr<Upstream> upstream;
    bool counted_at_target = false;  // In TargetState::active_requests.

    bool running = false;  // From the request's head to the response's end.
    bool head_method = false;
    bool retry_allowed = false;  // Safe to send again: no body, idempotent, and never yet done.
    bool upgrade_wanted = false;
    bool client_http11 = true;
    bool keep_client = true;         // After this response.
    bool close_target = false;       // Desync, or the target says so.
    bool response_begun = false;     // Its final head went to the client.
    bool target_ended = false;       // FIN or an error came from the target ...
    bool target_failed = false;      // ... and it was an error.
    bool had_sticky_cookie = false;  // A good one, whether or not its target could be used.
    bool expects_continue = false;   // The client may hold its body back.
    std::int64_t sent_before = 0;    // To the client, by earlier exchanges.
    std::string request_head;        // As sent to the target.
    http1::BodyReader request_body;
    http1::BodyReader response_body;
    http1::Framing client_framing = http1::Framing::none;  // Of the response, towards the client.
    std::size_t response_scanned = 0;
    std::vector<std::string> cookies;
    std::string trace_id;
    TimePoint began{};
    TimePoint dispatched{};
    TimePoint connect_began{};
    LogRecord log;

    /// Ready for the next request; capacity of strings is kept.
    void reset();
};

inline void Exchange::reset() {
    auto head = std::move(request_head);
    head.clear();
    auto added = std::move(cookies);
    added.clear();
    *this = Exchange{};
    request_head = std::move(head);
    cookies = std::move(added);
}

}  // namespace stormglass::lb
