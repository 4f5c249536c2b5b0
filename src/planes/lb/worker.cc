#include "planes/lb/worker.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "planes/lb/client_connection.h"
#include "planes/lb/limits.h"

namespace stormglass::lb {
namespace {

constexpr std::chrono::milliseconds tick_every{250};

}  // namespace

std::int64_t wall_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void BlockRandom::fill(void* to, std::size_t size) {
    if (size > block_.size()) return source_.fill(to, size);
    if (block_.size() - used_ < size) {
        source_.fill(block_.data(), block_.size());
        used_ = 0;
    }
    std::memcpy(to, block_.data() + used_, size);
    std::memset(block_.data() + used_, 0, size);  // Nobody gets the same bytes again.
    used_ += size;
}

Worker::Worker(NodeState& node, std::unique_ptr<EventLoop> loop)
    : node_(node),
      loop_(std::move(loop)),
      fast_random_(static_cast<unsigned>(random_.below(1u << 31) | 1)),
      pool_(*loop_),
      log_(node.log_lines_dropped, random_),
      tick_timer_([this] { tick(); }) {}

Result<std::unique_ptr<Worker>> Worker::create(NodeState& node) {
    auto loop = TRY(EventLoop::create());
    std::unique_ptr<Worker> worker(new Worker(node, std::move(loop)));
    worker->target_tls_ = TRY(make_client_context());
    worker->loop_->schedule(worker->tick_timer_, worker->loop_->now() + tick_every);
    return worker;
}

Worker::~Worker() {
    join();
    loop_->cancel(tick_timer_);
}

void Worker::start() {
    thread_ = std::thread([this] { loop_->run(); });
}

void Worker::join() {
    if (thread_.joinable()) thread_.join();
}

void Worker::apply(std::shared_ptr<const Snapshot> snapshot, std::vector<Socket> opened,
                   std::vector<int> closed_ports) {
    auto work = std::make_shared<std::vector<Socket>>(std::move(opened));
    loop_->post([this, snapshot = std::move(snapshot), work, closed_ports] {
        apply_here(snapshot, std::move(*work), closed_ports);
    });
}

void Worker::apply_here(std::shared_ptr<const Snapshot> snapshot, std::vector<Socket> opened,
                        const std::vector<int>& closed_ports) {
    snapshot_ = std::move(snapshot);
    pickers_.clear();
    for (const auto& group : snapshot_->groups) {
        pickers_.push_back(std::make_unique<TargetPicker>(*group, fast_random_));
    }
    std::erase_if(acceptors_, [&](const auto& acceptor) {
        return std::find(closed_ports.begin(), closed_ports.end(), acceptor->port()) !=
               closed_ports.end();
    });
    for (Socket& socket : opened) {
        const int port = socket.port;
        auto acceptor =
            std::make_unique<Acceptor>(*loop_, std::move(socket.fd), port,
                                       [this, port](base::UniqueFd fd, const sockaddr_in& peer) {
                                           accepted(std::move(fd), port, peer);
                                       });
        if (auto started = acceptor->start(); !started) {
            spdlog::error("listener {}: {}", port, started.error().message);
            continue;
        }
        acceptors_.push_back(std::move(acceptor));
    }
    log_.set_place({snapshot_->config.access_log_folder, snapshot_->config.access_log_seconds});
}

const Listener* Worker::find_listener(int port) const {
    for (const auto& listener : snapshot_->listeners) {
        if (listener->config.port == port) return listener.get();
    }
    return nullptr;
}

std::string_view Worker::http_date() {
    const auto second = wall_us() / 1'000'000;
    if (second != date_second_) {
        date_second_ = second;
        date_ = base::http_date(base::Time{base::Seconds{second}});
    }
    return date_;
}

void Worker::accepted(base::UniqueFd fd, int port, const sockaddr_in& peer) {
    if (connections_.size() >= limits::client_connections_max) {
        count(node_.rejected_connections);
        Stream(std::move(fd)).abort();
        return;
    }
    auto connection = std::make_unique<ClientConnection>(*this, std::move(fd), port, peer);
    connection->slot = connections_.size();
    if (!connection->start()) {
        count(node_.rejected_connections);
        return;
    }
    connections_.push_back(std::move(connection));
}

void Worker::remove(ClientConnection& connection) {
    const auto slot = connection.slot;
    auto owned = std::move(connections_[slot]);
    if (slot + 1 != connections_.size()) {
        connections_[slot] = std::move(connections_.back());
        connections_[slot]->slot = slot;
    }
    connections_.pop_back();
    loop_->dispose(std::move(owned));
}

void Worker::tick() {
    loop_->schedule(tick_timer_, loop_->now() + tick_every);
    log_.flush();
    if (!snapshot_) return;
    pool_.sweep(std::chrono::seconds(snapshot_->config.attributes.idle_timeout_seconds));
    const auto unix_ms = wall_us() / 1000;
    for (std::size_t i = connections_.size(); i > 0; --i) {  // Backwards: it may remove itself.
        if (i <= connections_.size()) connections_[i - 1]->on_tick(unix_ms);
    }
    if (stopping_) end_if_done();
}

void Worker::stop(Duration grace) {
    loop_->post([this, grace] { begin_stop(grace); });
}

void Worker::begin_stop(Duration grace) {
    stopping_ = true;
    stop_at_ = loop_->now() + grace;
    acceptors_.clear();
    loop_->schedule(tick_timer_, loop_->now());
}

void Worker::end_if_done() {
    if (!connections_.empty() && loop_->now() < stop_at_) return;
    while (!connections_.empty()) connections_.back()->close_now();
    pool_.clear();
    log_.finish();
    loop_->stop();
}

}  // namespace stormglass::lb
