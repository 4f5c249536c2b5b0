#include "app/app.h"

#include <unistd.h>

#include "app/event_log.h"
#include "app/health.h"
#include "app/own_paths.h"
#include "app/realm_paths.h"
#include "app/reconciler_runner.h"
#include "app/reset.h"
#include "app/services.h"
#include "app/zone_control.h"
#include "base/file.h"
#include "base/log.h"
#include "net/ca.h"
#include "net/http_server.h"
#include "store/directory_lock.h"
#include "store/key_ring.h"
#include "store/rocks_store.h"
#include "substrate/container/instances_linux.h"
#include "substrate/mysql/databases_linux.h"
#include "substrate/netns/network_linux.h"
#include "substrate/process/processes_linux.h"
#include "wire/gateway.h"

namespace stormglass::app {
namespace {

namespace well_known = substrate::well_known;

constexpr std::size_t access_key_digits = 16, secret_key_length = 40;

/// Made at the first start; what `stormglass env` prints.
Result<RootCredentials> load_root_credentials(const substrate::Realm& realm, base::Random& random) {
    const auto path = root_credentials_path(realm.data_dir);
    if (base::file_exists(path)) {
        return base::from_json_text<RootCredentials>(TRY(base::read_file(path)));
    }
    const RootCredentials made{
        "AKIA" + random.pick(access_key_digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
        random.pick(secret_key_length,
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")};
    TRY(base::write_file(path, base::to_json_text(made), base::Access::secret, base::Sync::yes));
    return made;
}

net::KeyWrapping wrapping_of(store::KeyRing& keys) {
    return {[&keys](std::string_view secret) { return keys.wrap("ca", secret); },
            [&keys](std::string_view wrapped) { return keys.unwrap("ca", wrapped); }};
}

/// Inside the glass our API answers AWS's own names, and nothing else.
net::CertificateSource amazon_names(net::CertificateAuthority& ca) {
    return [&ca](std::string_view name) -> std::optional<net::CertificateAndKey> {
        if (!name.ends_with(".amazonaws.com")) return std::nullopt;
        auto issued = ca.issue({std::string(name)});
        if (!issued) return std::nullopt;
        return std::move(*issued);
    };
}

/// Tells the timeline of every call that changed something.
class CallObserver final : public wire::Observer {
public:
    explicit CallObserver(EventLog& events) : events_(events) {}

    void called(const wire::Request& request, const wire::Routed& routed, int status,
                const Error* error) override {
        const bool read = routed.operation != nullptr &&
                          routed.operation->tx_mode == wire::TxMode::read && error == nullptr;
        if (read || routed.operation_name == "GetObject") return;
        std::string text = fmt::format("{}:{} by {}", routed.service->action_prefix,
                                       routed.operation_name,
                                       request.principal.arn.empty() ? "anonymous"
                                                                     : request.principal.arn);
        if (error != nullptr) text += fmt::format(" refused: {} ({})", error->code, status);
        events_.add({request.now, "api", routed.operation_name, std::move(text), request.region});
    }

private:
    EventLog& events_;
};

}  // namespace

struct App::Parts {
    UpOptions options;
    substrate::Realm realm;
    base::SystemRandom random;
    std::unique_ptr<base::SystemClock> clock;
    base::SystemClock wall_clock;  // Certificates are judged by everybody's real time.
    std::optional<store::DirectoryLock> lock;
    std::unique_ptr<store::KeyRing> keys;
    std::unique_ptr<store::RocksStore> store;
    std::unique_ptr<net::CertificateAuthority> ca;
    std::unique_ptr<EventLog> events;
    std::unique_ptr<substrate::Processes> processes;
    std::unique_ptr<substrate::Network> network;
    std::unique_ptr<substrate::Instances> instances;
    std::unique_ptr<substrate::Databases> databases;
    std::unique_ptr<Services> services;
    std::unique_ptr<CallObserver> observer;
    std::unique_ptr<wire::Gateway> gateway;
    std::unique_ptr<ZoneControl> zones;
    std::unique_ptr<OwnPaths> own_paths;
    std::unique_ptr<net::HttpServer> server;
    std::shared_ptr<ReconcilerRunner> reconcilers;
    std::unique_ptr<Health> health;
    std::mutex reset_mutex;
    std::string endpoint;

    Result<void> open_state();
    Result<void> build_services();
    void build_health();
    Result<std::vector<std::string>> reality();
    Result<void> reset();
    Result<void> listen();
    Result<void> listen_inside();
    Result<void> announce();
};

Result<void> App::Parts::open_state() {
    lock = TRY(store::DirectoryLock::acquire(realm.data_dir));
    TRY(base::make_directories(realm.data_dir + "/log"));
    keys = TRY(store::KeyRing::open(realm.data_dir, random));
    store = TRY(store::RocksStore::open({.data_dir = realm.data_dir}, *keys, random));
    ca = TRY(net::CertificateAuthority::open(realm.data_dir + "/ca", wrapping_of(*keys), wall_clock));
    clock = std::make_unique<base::SystemClock>(options.clock_speed);
    events = std::make_unique<EventLog>(realm.data_dir + "/log/events.jsonl");
    return {};
}

Result<void> App::Parts::build_services() {
    processes = substrate::make_linux_processes(realm);
    network = substrate::netns::make_linux_network(realm);
    instances = substrate::make_linux_instances(realm);
    databases = substrate::make_linux_databases(realm, *processes);
    if (::geteuid() == 0) {
        TRY(network->start());
    } else {
        spdlog::warn("not running as root: APIs answer, but nothing can be launched");
    }
    const auto root = TRY(load_root_credentials(realm, random));
    reconcilers = std::make_shared<ReconcilerRunner>();
    // Threads of services' own may call it until the services end, after the runner.
    const auto wake = [weak = std::weak_ptr(reconcilers)] {
        if (const auto runner = weak.lock()) runner->wake();
    };
    services = std::make_unique<Services>(ServicesNeeds{
        .store = *store, .clock = *clock, .random = random, .timeline = *events, .keys = *keys,
        .realm = realm, .network = *network, .instances = *instances, .processes = *processes,
        .databases = *databases, .ca = *ca,
        .root_access_key_id = root.access_key_id, .root_secret_access_key = root.secret_access_key,
        .account_id = options.account_id, .region = options.region,
        .http_port = options.http_port, .https_port = options.https_port,
        .clock_speed = options.clock_speed, .wake = wake});
    observer = std::make_unique<CallObserver>(*events);
    gateway = std::make_unique<wire::Gateway>(
        wire::GatewayOptions{.account_id = options.account_id,
                             .auth = options.auth == "open" ? wire::AuthMode::open
                                                            : wire::AuthMode::enforce,
                             .signature_clock = &wall_clock},
        *store, *clock, random, services->authenticator(), services->authorizer(), *observer);
    services->register_all(*gateway);
    own_paths = std::make_unique<OwnPaths>(*gateway, *store, *events, *clock);
    for (auto* source : services->status_sources()) own_paths->add_status(*source);
    gateway->set_own_paths([this](net::Request& request) { return own_paths->handle(request); });
    gateway->set_on_commit([this] { reconcilers->wake(); });
    zones = std::make_unique<ZoneControl>(
        ZoneControlParts{.store = *store, .clock = *clock, .timeline = *events,
                         .occupants = services->zone_occupants(), .region = options.region,
                         .wake = [this] { reconcilers->wake(); }});
    own_paths->set_zones(*zones);
    build_health();
    own_paths->set_reset([this] { return reset(); });
    return {};
}

void App::Parts::build_health() {
    const bool is_root = ::geteuid() == 0;
    health = std::make_unique<Health>(
        *store, *reconcilers, is_root ? "" : "not running as root: nothing can be launched");
    if (is_root) {
        health->add_probe({"network", {"ec2"}, [this]() -> Result<void> {
            TRY(network->observed_vpcs());
            return {};
        }});
        health->add_probe({"instances", {"ec2"}, [this]() -> Result<void> {
            TRY(instances->list());
            return {};
        }});
        health->add_probe({"database server", {"rds"}, [this]() -> Result<void> {
            TRY(databases->engine_version());
            return {};
        }});
    }
    own_paths->set_health([this] {
        std::vector<std::string> names;
        for (const auto* model : gateway->models()) names.emplace_back(model->name);
        return health->look(names, wall_clock.now());
    });
}

/// Everything that runs or stands for some record, as found on the machine.
Result<std::vector<std::string>> App::Parts::reality() {
    std::vector<std::string> names;
    if (::geteuid() != 0) return names;
    const auto add = [&](const char* kind, const std::vector<std::string>& found) {
        for (const auto& one : found) names.push_back(fmt::format("{} {}", kind, one));
    };
    add("instance", TRY(instances->list()));
    add("process", TRY(processes->list()));
    add("database server", TRY(databases->list()));
    add("network of", TRY(network->observed_vpcs()));
    return names;
}

Result<void> App::Parts::reset() {
    const std::unique_lock only_one(reset_mutex, std::try_to_lock);
    if (!only_one) return fail(Domain::system, "Busy", "a reset is under way");
    events->add({clock->now(), "daemon", "reset", "reset: all resources are wiped", options.region});
    return reset_everything({.store = *store,
                             .reconcilers = *reconcilers,
                             .prepare_files = [this](store::Tx& tx) {
                                 return services->forget_files(tx);
                             },
                             .reality = [this] { return reality(); }});
}

Result<void> App::Parts::listen() {
    net::HttpServerOptions server_options;
    server_options.refusal = [](net::Refusal refusal) { return wire::Gateway::refuse(refusal); };
    server = std::make_unique<net::HttpServer>(
        server_options, [this](net::Request& request) {
            auto answer = services->answer_unsigned(request);
            return answer ? std::move(*answer) : gateway->handle(request);
        });
    own_paths->set_server_stats([this] { return server->stats(); });
    auto socket = TRY(net::listen_tcp(options.bind, static_cast<std::uint16_t>(options.port)));
    const int port = TRY(net::bound_port(socket.get()));
    endpoint = fmt::format("http://{}:{}", options.bind, port);
    services->set_endpoint(endpoint);
    TRY(server->listen(std::move(socket)));
    if (::geteuid() == 0) TRY(listen_inside());
    return {};
}

/// The same API at AWS's own names for everything inside the glass.
Result<void> App::Parts::listen_inside() {
    const auto tls = TRY(net::TlsContext::create(amazon_names(*ca)));
    const auto path = network->internet_namespace();
    for (const char* address : {well_known::api_address, well_known::s3_address}) {
        TRY(server->listen(base::UniqueFd(TRY(network->listen_in(path, address, 443))), tls));
        TRY(server->listen(base::UniqueFd(TRY(network->listen_in(path, address, 80)))));
    }
    return {};
}

Result<void> App::Parts::announce() {
    const DaemonFacts facts{::getpid(), endpoint, options.region, options.account_id,
                            options.http_port, options.https_port};
    own_paths->set_facts(base::Json(facts));
    TRY(base::write_file(realm.data_dir + "/ca.pem", ca->certificate(), base::Access::shared));
    TRY(base::write_file(daemon_facts_path(realm.data_dir), base::to_json_text(facts)));
    events->add({clock->now(), "daemon", std::to_string(facts.pid),
                 "daemon ready at " + endpoint, options.region});
    return {};
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<App>> App::create(const UpOptions& options, const substrate::Realm& realm) {
    auto parts = std::make_unique<Parts>();
    parts->options = options;
    parts->realm = realm;
    TRY(parts->open_state());
    TRY(parts->build_services());
    TRY(parts->services->prepare());
    TRY(parts->listen());
    if (::geteuid() == 0) {
        for (auto* reconciler : parts->services->reconcilers()) {
            parts->reconcilers->start(*reconciler);
        }
    }
    TRY(parts->announce());
    return std::unique_ptr<App>(new App(std::move(parts)));
}

App::~App() { stop(); }

const std::string& App::endpoint() const { return parts_->endpoint; }

void App::stop() {
    if (!parts_ || !parts_->server) return;
    parts_->events->close();
    parts_->server->stop();
    parts_->reconcilers->stop();
    parts_->server.reset();
    ::unlink(daemon_facts_path(parts_->realm.data_dir).c_str());
}

}  // namespace stormglass::app
