#include "planes/lb/testing.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "base/strings.h"
#include "planes/lb/acceptor.h"

namespace stormglass::lb::testing {
namespace {

constexpr std::chrono::seconds patience{10};

void set_patience(int fd) {
    const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string field_of(std::string_view head, std::string_view name) {
    for (const auto& line : base::split(head, '\n')) {
        const auto colon = line.find(':');
        if (colon != std::string::npos &&
            base::equals_ignore_case(std::string_view(line).substr(0, colon), name)) {
            return std::string(base::trim(std::string_view(line).substr(colon + 1)));
        }
    }
    return "";
}

std::string bio_text(BIO* bio) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::getenv("TMPDIR") != nullptr ? std::getenv("TMPDIR") : "/tmp") +
                       std::string("/sg-lb-XXXXXX");
    path_ = mkdtemp(name.data());
}

TemporaryFolder::~TemporaryFolder() { (void)base::remove_all(path_); }

Connection Connection::to(int port) {
    base::UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set_patience(fd.get());
    EXPECT_EQ(connect(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0) << port;
    return Connection(std::move(fd));
}

bool Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool Connection::receive() {
    char space[16384];
    const auto got = recv(fd_.get(), space, sizeof space, 0);
    if (got <= 0) return false;
    buffer_.append(space, static_cast<std::size_t>(got));
    return true;
}

std::string Connection::until(std::string_view text) {
    std::size_t at = 0;
    while ((at = buffer_.find(text)) == std::string::npos) {
        if (!receive()) return std::exchange(buffer_, "");
    }
    return exactly(at + text.size());
}

std::string Connection::exactly(std::size_t size) {
    while (buffer_.size() < size && receive()) {
    }
    auto taken = buffer_.substr(0, size);
    buffer_.erase(0, taken.size());
    return taken;
}

std::string Connection::message() {
    auto text = until("\r\n\r\n");
    const auto length = field_of(text, "Content-Length");
    if (!length.empty()) {
        std::size_t size = 0;
        std::from_chars(length.data(), length.data() + length.size(), size);
        return text + exactly(size);
    }
    return field_of(text, "Transfer-Encoding") == "chunked" ? text + until("0\r\n\r\n") : text;
}

std::string Connection::rest() {
    while (receive()) {
    }
    return std::exchange(buffer_, "");
}

void Connection::half_close() { ::shutdown(fd_.get(), SHUT_WR); }

void Connection::reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_.reset();
}

FakeTarget::FakeTarget(Serve serve) : serve_(std::move(serve)) {
    listener_ = base::UniqueFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener_.get(), 128), 0);
    port_ = bound_port(listener_.get());
    accepting_ = std::thread([this] { accept_loop(); });
}

FakeTarget::~FakeTarget() {
    shut();
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : descriptors_) ::shutdown(fd, SHUT_RDWR);
        threads.swap(threads_);
    }
    for (auto& thread : threads) thread.join();
}

void FakeTarget::shut() {
    stopping_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (accepting_.joinable()) accepting_.join();
    listener_.reset();
}

void FakeTarget::accept_loop() {
    while (!stopping_) {
        base::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd.valid()) continue;
        set_patience(fd.get());
        ++connections_;
        const std::lock_guard lock(mutex_);
        descriptors_.push_back(dup(fd.get()));  // Kept open until the end, so that no fd is reused.
        threads_.emplace_back([this, held = fd.release(), copy = descriptors_.back()] {
            Connection connection{base::UniqueFd(held)};
            serve_(connection);
            connection.close();
            const std::lock_guard inner(mutex_);
            std::erase(descriptors_, copy);
            ::close(copy);
        });
    }
}

std::string FakeTarget::ok(std::string_view body, std::string_view fields) {
    return fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", fields, body.size(),
                       body);
}

void FakeTarget::echo_heads(Connection& connection) {
    for (;;) {
        const auto request = connection.message();
        if (request.empty()) return;
        if (request.starts_with("HEAD ")) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        } else if (!connection.send(ok(request))) {
            return;
        }
    }
}

int closed_port() {
    const auto fd = open_listener("127.0.0.1", 0);
    return bound_port(fd->get());
}

RunningNode::RunningNode(LoadBalancerConfig config) {
    options_.config_path = folder_.path("config.json");
    options_.status_path = folder_.path("status.json");
    if (config.access_log_folder == "auto") config.access_log_folder = folder_.path("access");
    EXPECT_TRUE(base::write_file(options_.config_path, base::to_json_text(config)));
    auto node = Node::create(options_);
    EXPECT_TRUE(node) << (node ? "" : node.error().message);
    if (!node) std::abort();  // Nothing in the test would make sense.
    node_ = std::move(*node);
    thread_ = std::thread([this] { node_->run(); });
    wait([](const LoadBalancerStatus& now) { return now.written_at_ms > 0; });
}

RunningNode::~RunningNode() {
    node_->stop();
    thread_.join();
}

LoadBalancerStatus RunningNode::status() {
    const auto text = base::read_file(options_.status_path);
    if (!text) return {};
    return base::from_json_text<LoadBalancerStatus>(*text).value_or(LoadBalancerStatus{});
}

int RunningNode::port(std::size_t index) { return status().listeners.at(index).port; }

void RunningNode::apply(LoadBalancerConfig config) {
    if (config.access_log_folder == "auto") config.access_log_folder = folder_.path("access");
    EXPECT_TRUE(base::write_file(options_.config_path, base::to_json_text(config)));
    node_->reload();
    const auto version = config.config_version;
    EXPECT_TRUE(wait([&](const LoadBalancerStatus& now) {
        return now.config_version == version || !now.config_error.empty();
    }));
}

bool RunningNode::wait(const std::function<bool(const LoadBalancerStatus&)>& wanted) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (wanted(status())) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

bool RunningNode::wait_for_state(const std::string& state, std::size_t target) {
    return wait([&](const LoadBalancerStatus& now) {
        return !now.target_groups.empty() && now.target_groups[0].targets.size() > target &&
               now.target_groups[0].targets[target].state == state;
    });
}

std::string RunningNode::access_log() {
    std::string all;
    for (const auto& path : access_log_files()) all += base::read_file(path).value_or("");
    return all;
}

std::vector<std::string> RunningNode::access_log_files() {
    std::error_code ignored;
    std::vector<std::string> paths;
    for (const auto& one : std::filesystem::directory_iterator(folder_.path("access"), ignored)) {
        paths.push_back(one.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

Action forward_to(const std::string& group_arn) {
    Action action{.type = "forward"};
    action.forward.target_groups = {{.target_group_arn = group_arn}};
    return action;
}

Rule default_rule(Action action) { return {.arn = "rule/default", .action = std::move(action)}; }

LoadBalancerConfig simple_config(const std::vector<int>& target_ports) {
    LoadBalancerConfig config;
    config.config_version = 1;
    config.name = "web";
    config.arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1a2b";
    config.zone = "us-east-1a";
    config.bind_address = "127.0.0.1";
    config.listeners.push_back({.arn = "listener/1", .port = 0});
    config.listeners[0].rules = {default_rule(forward_to("group/1"))};
    TargetGroupConfig group{.arn = "group/1", .name = "one"};
    group.health_check.interval_ms = 50;
    group.health_check.timeout_ms = 2000;
    int number = 1;
    for (const int port : target_ports) {
        group.targets.push_back({.id = "i-" + std::to_string(number++),
                                 .address = "127.0.0.1",
                                 .port = port,
                                 .zone = "us-east-1a"});
    }
    config.target_groups.push_back(std::move(group));
    return config;
}

Certificate make_certificate(const std::string& arn, const std::vector<std::string>& names) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "DNS:" : ",DNS:") + name;
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, list.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    BIO* chain = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(chain, certificate);
    BIO* secret = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return {.arn = arn, .chain_pem = bio_text(chain), .key_pem = bio_text(secret)};
}

}  // namespace stormglass::lb::testing
