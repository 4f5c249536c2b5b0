// One seed's world for the failover simulation: an instance, its simulated servers, a client that
// writes where the endpoint's name leads, and everything that can go wrong, the daemon's own death
// between any two steps included.
#pragma once

#include "services/rds/testing.h"

namespace stormglass::rds {

/// The daemon dies here.
struct Killed {};

/// Counts down steps; the daemon dies at zero. A step is a call to the substrate or a commit, within a
/// pass.
class Fuse {
public:
    void light(int steps) { left_ = steps; }
    void put_out() { left_ = -1; }
    void step() {
        if (in_pass && left_ >= 0 && left_-- == 0) throw Killed{};
    }
    bool in_pass = false;

private:
    int left_ = -1;
};

/// The store of a daemon that may die before a commit, or right after it.
class MortalStore final : public store::Store {
public:
    explicit MortalStore(Fuse& fuse) : fuse_(fuse) {}
    std::unique_ptr<store::Tx> read() override { return inner_.read(); }
    Result<std::unique_ptr<store::Tx>> write() override { return inner_.write(); }
    Result<store::Ticket> commit(std::unique_ptr<store::Tx> tx) override {
        fuse_.step();
        auto ticket = inner_.commit(std::move(tx));
        fuse_.step();
        return ticket;
    }
    Result<void> wait_durable(store::Ticket ticket) override { return inner_.wait_durable(ticket); }
    store::Ticket latest() const override { return inner_.latest(); }

private:
    store::MemoryStore inner_;
    Fuse& fuse_;
};

class FailoverWorld {
public:
    explicit FailoverWorld(std::uint64_t seed) : random(seed) {
        start_daemon();
        must(call(&Service::create_db_subnet_group,
                  api::CreateDBSubnetGroupInput{.db_subnet_group_name = "web",
                                                .db_subnet_group_description = "test",
                                                .subnet_ids = {"subnet-a", "subnet-b"},
                                                .tags = {}}));
        api::CreateDBInstanceInput input;
        input.db_instance_identifier = "one";
        input.db_instance_class = "db.t3.micro";
        input.engine = "mysql";
        input.master_username = "appadmin";
        input.master_user_password = "Corr3ct-Horse";
        input.allocated_storage = 20;
        input.db_subnet_group_name = "web";
        input.multi_az = true;
        must(call(&Service::create_db_instance, input));
    }

    /// A pass of the daemon; when it dies in it, another starts.
    void pass() {
        fuse.in_pass = true;
        try {
            (void)reconciler->reconcile();
        } catch (const Killed&) {
            fuse.put_out();
            start_daemon();
            ++deaths;
        }
        fuse.in_pass = false;
        clock.advance(base::Millis{250});
    }
    /// What a client of the endpoint does: asks for the name, writes there.
    void write() {
        const auto tx = store.read();
        const auto names = services::dns_records.all(*tx, {"us-east-1"});
        if (!names || names->empty()) return;
        const auto record = one();
        for (const auto& server : record.servers) {
            if (server.address == (*names)[0].addresses.at(0)) {
                (void)databases.write(server.id, next_transaction++);
            }
        }
    }
    Instance one() {
        const auto tx = store.read();
        return instances.get(*tx, {"123456789012", "us-east-1", "one"})->value();
    }
    /// The servers as last observed, and what the daemon complained of.
    std::string seen() {
        const auto tx = store.read();
        std::string text = reconciler->status(*tx)->dump();
        for (const auto& event : timeline.events) text += "\n" + event.text;
        return text;
    }
    bool is_well() {
        const auto record = one();
        const auto* standby = record.standby_server();
        return record.status == "available" && !record.failover && !record.failover_asked &&
               standby != nullptr && standby->in_sync;
    }
    void set_zone(const std::string& zone, const std::string& mode) {
        auto tx = must(store.write());
        if (mode.empty()) {
            services::zone_faults.erase(*tx, {"us-east-1", zone});
        } else {
            services::zone_faults.put(*tx, {"us-east-1", zone}, {.zone = zone, .mode = mode});
        }
        must(store.commit_durable(std::move(tx)));
    }
    void ask_for_failover() {
        api::RebootDBInstanceInput input;
        input.db_instance_identifier = "one";
        input.force_failover = true;
        (void)call(&Service::reboot_db_instance, input);
    }

    base::SeededRandom random;
    Fuse fuse;
    int deaths = 0, next_transaction = 1;
    base::ManualClock clock;
    services::SilentTimeline timeline;
    MortalStore store{fuse};
    substrate::DatabasesSim databases{[this](std::string_view, std::string_view) -> Result<void> {
        fuse.step();
        return {};
    }};
    substrate::NetworkSim network;
    InterfacesDouble interfaces;
    std::unique_ptr<store::KeyRing> keys = store::KeyRing::in_memory(random);
    std::unique_ptr<Reconciler> reconciler;
    Service service{{.random = random,
                     .timeline = timeline,
                     .describe_subnets = subnets_double,
                     .interfaces = interfaces,
                     .kms = nullptr,
                     .read_log = {}}};

private:
    void start_daemon() {
        reconciler = std::make_unique<Reconciler>(ReconcilerParts{.store = store,
                                                                  .clock = clock,
                                                                  .random = random,
                                                                  .timeline = timeline,
                                                                  .keys = *keys,
                                                                  .interfaces = interfaces,
                                                                  .kms = nullptr,
                                                                  .notifications = nullptr,
                                                                  .network = network,
                                                                  .databases = databases});
    }
    template <class T>
    static T must(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message);
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }
    template <class Output, class Input>
    Result<Output> call(Result<Output> (Service::*operation)(wire::Request&, const Input&),
                        const Input& input) {
        const auto asked = wire::make_internal_request(store, wire::TxMode::write, "test",
                                                       "123456789012", "us-east-1", clock.now());
        auto output = (service.*operation)(*asked, input);
        if (output) TRY(asked->commit());
        return output;
    }
};

}  // namespace stormglass::rds
