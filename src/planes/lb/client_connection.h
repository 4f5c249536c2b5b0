// One client's connection, from accept to close: it reads requests, has them answered (by a target
// or by the balancer itself) and goes on until either side ends it. Everything happens in pump(),
// which each event of either socket calls. One worker's thread; never moves.
//
//   client ─► in_ ─► request head ─► rules ─► upstream.out ─► target
//   client ◄─ out_ ◄──────────────────────── upstream.in ◄── target
#pragma once

#include <netinet/in.h>

#include "planes/lb/exchange.h"
#include "planes/lb/forward_head.h"
#include "planes/lb/http1/desync.h"
#include "planes/lb/worker.h"

namespace stormglass::lb {

class ClientConnection final : public EventHandler, public UpstreamUser {
public:
    ClientConnection(Worker& worker, base::UniqueFd fd, int port, const sockaddr_in& peer);
    ~ClientConnection() override;
    /// False when it could not begin; it may then be destroyed at once.
    bool start();

    void on_events(std::uint32_t events) override;
    void on_upstream_events() override;
    /// Once a second: ends what the configuration no longer allows.
    void on_tick(std::int64_t unix_ms);
    bool idle() const { return phase_ == Phase::waiting && in_.empty() && out_.empty(); }
    void close_now();
    std::size_t slot = 0;  // The worker's own bookkeeping.

private:
    enum class Phase {
        handshake,  // TLS.
        waiting,    // For a request's head.
        exchange,   // A target is at work.
        discard,    // Answered by ourselves: the request's body is read and thrown away.
        tunnel,     // After 101.
        flush,      // Closes when everything is written.
        linger,     // Our side is shut: reads until the client closes, so that it sees the answer.
        closed,
    };

    // client_connection.cc: sockets, phases, deadlines.
    void pump();
    bool pump_once();
    bool do_handshake();
    bool fill_in();
    bool flush_out();
    void count_sent(std::size_t bytes);
    void on_client_end();
    bool wants_input() const;
    void enter(Phase phase);
    bool discard_input();
    bool finish_writing();
    TimePoint deadline() const;
    void arm();
    void on_timer();
    void on_timeout();
    void touch() { last_activity_ = worker_.loop().now(); }

    // request.cc: from a head's bytes to an action.
    bool take_request();
    void begin_exchange();
    void refuse_head(http1::HeadStatus status);
    bool admit();
    bool check_desync();
    void route();
    void forward(const RuleSet::Match& match);
    const TargetGroup* choose_group(const RuleSet::Match& match);
    bool choose_target();
    void redirect();
    void fixed_response();
    void fill_log_request();
    enum class AfterAnswer { go_on, close };
    void answer(const LocalResponse& response, AfterAnswer after);
    void answer_error(int status, std::string_view error_reason = {});
    void count_own_code(int status);

    // proxy.cc: the exchange with a target.
    void open_upstream();
    void send_head();
    bool step_exchange();
    bool advance_upstream();
    bool move_request_body();
    bool write_upstream();
    bool read_upstream();
    bool take_response();
    bool take_response_head();
    void pass_response_head(const http1::ResponseHead& head, http1::BodyFraming framing);
    void add_target_cookies(const http1::ResponseHead& head);
    void count_target_response(int status);
    void begin_tunnel(const http1::ResponseHead& head);
    bool move_response_body();
    std::string_view send_at_once(std::string_view payload);
    void on_upstream_end();
    void fail_exchange(int status);
    void cut_response();
    void end_exchange();
    void finish_log(int status);
    void drop_upstream();
    bool step_tunnel();

    Worker& worker_;
    Stream stream_;
    int port_;  // Names the listener in every snapshot.
    ClientFacts facts_;
    std::uint32_t peer_address_ = 0;
    std::string server_name_;  // SNI.
    std::string certificate_arn_;
    std::string connection_id_;
    Phase phase_ = Phase::waiting;
    Buffer in_;
    Buffer out_;
    bool readable_ = true;
    bool writable_ = true;
    bool end_announced_ = false;  // By epoll; it is still to be read.
    bool client_ended_ = false;   // FIN or close_notify seen.
    bool client_shut_ = false;    // We sent FIN to the client (tunnel) ...
    bool target_shut_ = false;    // ... or to the target.
    int requests_ = 0;
    std::int64_t sent_total_ = 0;
    std::size_t scanned_ = 0;
    std::size_t discarded_ = 0;  // Of the current unwanted body.
    http1::RequestHead head_;
    http1::ResponseHead response_head_;
    TargetParts target_parts_;
    Exchange x_;
    TimePoint born_;
    TimePoint last_activity_;
    TimePoint phase_began_;
    std::int64_t head_began_us_ = 0;
    Timer timer_;
};

}  // namespace stormglass::lb
