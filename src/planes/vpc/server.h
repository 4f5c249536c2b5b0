// The event loop of a VPC's services: resolver sockets, the metadata listener and their
// connections, one thread. Everything it answers comes from the configuration last given to it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "base/result.h"
#include "planes/vpc/config.h"
#include "planes/vpc/connection.h"
#include "planes/vpc/metadata_service.h"
#include "planes/vpc/resolver.h"

namespace stormglass::vpc {

class Server {
public:
    static constexpr std::size_t connections_max = 1024;
    static constexpr std::size_t connections_per_peer_max = 64;
    static constexpr int datagrams_per_turn_max = 64;

    struct Counters {
        std::uint64_t dns_queries = 0, dns_refused = 0, metadata_requests = 0;
        bool operator==(const Counters&) const = default;
    };

    /// Binds everything that `config` names. The clock and randomness outlive the server.
    static Result<std::unique_ptr<Server>> create(std::shared_ptr<const Config> config,
                                                  const base::Clock& clock, base::Random& random);
    /// Answers from `config` from now on; where it listens does not change.
    void use(std::shared_ptr<const Config> config);

    /// Another descriptor to wait for; the handler says whether to go on.
    enum class Next { go_on, stop };
    Result<void> watch(int fd, std::function<Next()> on_ready);
    /// Until a handler says stop. `on_tick` is called about once a second.
    Result<void> run(const std::function<void()>& on_tick);

    std::uint16_t dns_port() const { return dns_port_; }
    std::uint16_t metadata_port() const { return metadata_port_; }
    Counters counters() const { return counters_; }

private:
    Server(const base::Clock& clock, base::Random& random)
        : clock_(clock), metadata_(clock, random) {}
    Result<void> bind_all(const Config& config);
    Result<void> bind_dns(const std::string& address, std::uint16_t port);
    Result<void> poll(int fd, std::uint32_t events, int operation);
    void on_event(int fd);
    void answer_datagrams(int fd);
    void accept_all(int fd, const Protocol& protocol);
    void drive(Connection& connection);
    void drop(int fd);
    void drop_idle();
    std::optional<Reply> dns_reply(std::string& buffer, const std::string& peer);
    std::optional<Reply> http_reply(std::string& buffer, const std::string& peer);

    const base::Clock& clock_;
    MetadataService metadata_;
    std::unique_ptr<const Zone> zone_;
    RateLimit rate_;
    std::size_t turn_ = 0;
    Counters counters_;
    Protocol dns_protocol_, http_protocol_;

    base::UniqueFd epoll_;
    std::vector<base::UniqueFd> owned_;
    std::map<int, std::function<Next()>> handlers_;  // Listeners, datagram sockets, watched ones.
    std::map<int, Connection> connections_;
    std::map<std::string, std::size_t> per_peer_;
    std::uint16_t dns_port_ = 0, metadata_port_ = 0;
    bool stopping_ = false;
};

}  // namespace stormglass::vpc
