// The process around the event loop: configuration in, status out, signals between.
#include "planes/vpc/services.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/strings.h"
#include "planes/vpc/server.h"

namespace stormglass::vpc {
namespace {

constexpr std::size_t config_bytes_max = 64 << 20;

struct Loaded {
    std::shared_ptr<const Config> config;
    std::string sha256;
};

/// The parser quotes what it read last, which may be a part of somebody's credentials.
std::string without_quotation(std::string message) {
    return message.substr(0, message.find("last read"));
}

Result<Loaded> load(const std::string& path) {
    const std::string text = TRY(base::read_file(path));
    if (text.size() > config_bytes_max) {
        return fail(Domain::config, "TooLong", "the configuration is too long");
    }
    auto config = base::from_json_text<Config>(text);
    if (!config) {
        return fail(Domain::config, "BadConfig", without_quotation(config.error().message));
    }
    return Loaded{std::make_shared<const Config>(std::move(*config)),
                  base::hex_encode(base::sha256(text))};
}

Result<base::UniqueFd> take_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
        signal(number, SIG_DFL);  // An ignored signal (nohup) never reaches a signalfd.
        sigaddset(&set, number);
    }
    if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return fail_errno("sigprocmask");
    base::UniqueFd fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd.valid()) return fail_errno("signalfd");
    return fd;
}

/// Ties the server to its files.
class Process {
public:
    explicit Process(const ServicesOptions& options) : options_(options) {}

    Result<void> run() {
        const base::UniqueFd signals = TRY(take_signals());
        Loaded loaded = TRY(load(options_.config_path));
        status_.pid = static_cast<int>(getpid());
        server_ = TRY(Server::create(loaded.config, clock_, random_));
        status_.dns_port = server_->dns_port();
        status_.metadata_port = server_->metadata_port();
        took(loaded);
        TRY(write_status());
        spdlog::info("vpc services of {} ready", status_.vpc_id);
        TRY(server_->watch(signals.get(), [&] { return on_signal(signals.get()); }));
        return server_->run([this] { on_tick(); });
    }

private:
    void took(const Loaded& loaded) {
        ++status_.loads;
        status_.vpc_id = loaded.config->vpc_id;
        status_.config_sha256 = loaded.sha256;
        status_.last_error.clear();
    }

    Server::Next on_signal(int fd) {
        signalfd_siginfo info{};
        while (read(fd, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo != SIGHUP) return Server::Next::stop;
            reload();
        }
        return Server::Next::go_on;
    }

    /// A configuration that cannot be read leaves the old one in force.
    void reload() {
        const auto loaded = load(options_.config_path);
        if (loaded) {
            server_->use(loaded->config);
            took(*loaded);
        } else {
            status_.last_error = loaded.error().message;
            spdlog::error("configuration refused: {}", status_.last_error);
        }
        if (const auto written = write_status(); !written) {
            spdlog::error("status: {}", written.error().message);
        }
    }

    void on_tick() {
        if (server_->counters() == written_) return;
        if (const auto written = write_status(); !written) {
            spdlog::error("status: {}", written.error().message);
        }
    }

    Result<void> write_status() {
        written_ = server_->counters();
        status_.dns_queries = written_.dns_queries;
        status_.dns_refused = written_.dns_refused;
        status_.metadata_requests = written_.metadata_requests;
        return base::write_file(options_.status_path, base::to_json_text(status_));
    }

    ServicesOptions options_;
    base::SystemClock clock_;
    base::SystemRandom random_;
    std::unique_ptr<Server> server_;
    Server::Counters written_;
    Status status_;
};

}  // namespace

Result<void> run_vpc_services(const ServicesOptions& options) { return Process(options).run(); }

}  // namespace stormglass::vpc
