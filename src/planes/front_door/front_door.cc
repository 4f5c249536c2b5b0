#include "planes/front_door/front_door.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"

namespace stormglass::front_door {
namespace {

constexpr int backlog = 1024;
constexpr int accepts_per_round = 64;
constexpr std::size_t connections_limit = 10'000;
constexpr std::size_t descriptors_per_connection = 6;  // Two sockets, two pipes.
constexpr std::size_t descriptors_kept = 64;
constexpr std::chrono::seconds status_every{1};

std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::size_t connections_that_fit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 100;
    const auto spare = std::max<std::size_t>(limit.rlim_cur, 2 * descriptors_kept);
    return std::min(connections_limit, (spare - descriptors_kept) / descriptors_per_connection);
}

Result<base::UniqueFd> listen_on(const Binding& binding) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(binding.port));
    if (inet_pton(AF_INET, binding.bind_address.c_str(), &at.sin_addr) != 1) {
        return fail(Domain::config, "BadAddress", "not an IPv4 address: " + binding.bind_address);
    }
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_errno("socket");
    const int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0) {
        return fail_errno(fmt::format("bind {}:{}", binding.bind_address, binding.port));
    }
    if (listen(fd.get(), backlog) < 0) {
        return fail_errno(fmt::format("listen {}:{}", binding.bind_address, binding.port));
    }
    return fd;
}

int port_of(int fd) {
    sockaddr_in at{};
    socklen_t size = sizeof at;
    getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
}

}  // namespace

class FrontDoor::Door final : public Handler {
public:
    Door(FrontDoor& owner, Binding binding) : owner_(owner), binding_(std::move(binding)) {}
    ~Door() override { shut(); }

    void shut() {
        if (fd_.valid()) owner_.loop_->remove(fd_.get());
        fd_ = base::UniqueFd();
    }

    bool is_for(const Binding& other) const {
        return binding_.bind_address == other.bind_address && binding_.port == other.port &&
               binding_.listener_port == other.listener_port;
    }
    bool bound() const { return fd_.valid(); }

    void bind() {
        auto fd = listen_on(binding_);
        if (fd) {
            if (auto added = owner_.loop_->add(fd->get(), *this, Loop::Trigger::level); !added) {
                error_ = added.error().message;
                return;
            }
            fd_ = std::move(*fd);
            error_.clear();
        } else if (error_ != fd.error().message) {
            error_ = fd.error().message;
            spdlog::error("{}", error_);
        }
    }

    void on_events(std::uint32_t) override {
        for (int i = 0; i < accepts_per_round; ++i) {
            base::UniqueFd fd(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (fd.valid()) {
                owner_.accepted(std::move(fd), binding_.listener_port);
            } else if (errno != EINTR && errno != ECONNABORTED) {
                return;
            }
        }
    }

    BindingStatus status() const {
        return {binding_.bind_address, fd_.valid() ? port_of(fd_.get()) : binding_.port,
                binding_.listener_port, fd_.valid(), error_};
    }

private:
    FrontDoor& owner_;
    Binding binding_;
    base::UniqueFd fd_;
    std::string error_;
};

FrontDoor::FrontDoor(Options options)
    : options_(std::move(options)), connections_max_(connections_that_fit()) {
    counters_.started_at_ms = unix_ms();
    counters_.pid = getpid();
}

FrontDoor::~FrontDoor() = default;

Result<std::unique_ptr<FrontDoor>> FrontDoor::create(const Options& options) {
    std::unique_ptr<FrontDoor> door(new FrontDoor(options));
    door->loop_ = TRY(Loop::create());
    TRY(door->load());
    return door;
}

/// Connections that are there stay as they are; only new ones see the new configuration.
Result<void> FrontDoor::load() {
    const auto text = TRY(base::read_file(options_.config_path));
    config_ = TRY(base::from_json_text<FrontDoorConfig>(text));
    directory_ = std::make_shared<const Directory>(config_);
    std::vector<std::unique_ptr<Door>> doors;
    for (const Binding& binding : config_.bindings) {
        const auto same = std::find_if(doors_.begin(), doors_.end(), [&](const auto& door) {
            return door != nullptr && door->is_for(binding);
        });
        doors.push_back(same != doors_.end() ? std::move(*same)
                                             : std::make_unique<Door>(*this, binding));
    }
    for (auto& gone : doors_) {
        if (!gone) continue;
        gone->shut();  // At once: another binding may want the port.
        loop_->dispose(std::move(gone));
    }
    doors_ = std::move(doors);
    bind_missing();
    for (std::size_t i = config_.lost_nodes.empty() ? 0 : connections_.size(); i > 0; --i) {
        if (i <= connections_.size()) connections_[i - 1]->leave_lost(config_.lost_nodes);
    }
    return {};
}

void FrontDoor::bind_missing() {
    for (auto& door : doors_) {
        if (!door->bound()) door->bind();
    }
}

void FrontDoor::run() {
    loop_->run([this] { return tick(); });
    connections_.clear();
    doors_.clear();
    write_status();
}

void FrontDoor::stop() {
    stopping_ = true;
    loop_->wake();
}

void FrontDoor::reload() {
    reload_wanted_ = true;
    loop_->wake();
}

bool FrontDoor::tick() {
    if (stopping_) return false;
    const bool reloading = reload_wanted_.exchange(false);
    if (reloading) {
        const auto loaded = load();
        config_error_ = loaded ? "" : loaded.error().message;
        if (!loaded) spdlog::error("configuration not applied: {}", config_error_);
    }
    for (std::size_t i = connections_.size(); i > 0; --i) {  // Backwards: it may remove itself.
        if (i <= connections_.size()) connections_[i - 1]->on_tick();
    }
    if (reloading || loop_->now() >= next_second_) {
        next_second_ = loop_->now() + status_every;
        bind_missing();
        write_status();
    }
    return true;
}

DialFrom FrontDoor::dial_from() {
    return {.network_namespace = config_.internet_namespace,
            .source_address = config_.client_address};
}

void FrontDoor::accepted(base::UniqueFd fd, int listener_port) {
    ++counters_.connections_total;
    if (connections_.size() >= connections_max_) {
        ++counters_.connections_rejected;
        return;
    }
    auto connection = std::make_unique<Connection>(*this, std::move(fd), listener_port);
    connection->slot = connections_.size();
    if (auto started = connection->start(); !started) {
        spdlog::error("{}", started.error().message);
        return;
    }
    connections_.push_back(std::move(connection));
}

void FrontDoor::forget(Connection& connection) {
    const auto slot = connection.slot;
    auto owned = std::move(connections_[slot]);
    if (slot + 1 != connections_.size()) {
        connections_[slot] = std::move(connections_.back());
        connections_[slot]->slot = slot;
    }
    connections_.pop_back();
    loop_->dispose(std::move(owned));
}

void FrontDoor::count_bytes(std::int64_t from_client, std::int64_t to_client) {
    counters_.bytes_from_clients += from_client;
    counters_.bytes_to_clients += to_client;
}

FrontDoorStatus FrontDoor::status() const {
    FrontDoorStatus status = counters_;
    status.written_at_ms = unix_ms();
    status.config_version = config_.config_version;
    status.config_error = config_error_;
    status.connections_active = static_cast<std::int64_t>(connections_.size());
    for (const auto& door : doors_) status.bindings.push_back(door->status());
    return status;
}

void FrontDoor::write_status() {
    if (options_.status_path.empty()) return;
    const auto written = base::write_file(options_.status_path, base::to_json_text(status()));
    if (!written) spdlog::error("status: {}", written.error().message);
}

}  // namespace stormglass::front_door
