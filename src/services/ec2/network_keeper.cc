#include "services/ec2/network_keeper.h"

#include <csignal>

#include "base/crypto.h"
#include "base/file.h"
#include "base/strings.h"
#include "services/ec2/network_plan.h"

namespace stormglass::ec2 {
namespace {

constexpr std::string_view process_prefix = "vpc-";  // A VPC's id begins so, and is the name.
constexpr auto services_grace = std::chrono::seconds{2};

}  // namespace

std::string NetworkKeeper::config_path(const std::string& vpc_id) const {
    return realm_.run_dir + "/vpc/" + vpc_id + ".json";
}

std::string NetworkKeeper::status_path(const std::string& vpc_id) const {
    return realm_.run_dir + "/vpc/" + vpc_id + ".status.json";
}

Result<void> NetworkKeeper::keep_network(Kept& kept, const substrate::VpcSpec& spec) {
    const std::string wanted = fingerprint(spec);
    const auto look = [&]() -> Result<bool> {
        const auto seen = TRY(network_.observed_interfaces(spec.id));
        kept.plugged = {seen.begin(), seen.end()};
        return std::all_of(spec.interfaces.begin(), spec.interfaces.end(),
                           [&](const auto& one) { return kept.plugged.contains(one.id); });
    };
    if (kept.fingerprint == wanted && TRY(look())) return {};
    kept.fingerprint.clear();
    TRY(network_.apply(spec));
    kept.fingerprint = wanted;
    TRY(look());
    return {};
}

Result<void> NetworkKeeper::keep_services(Kept& kept, const std::string& vpc_id,
                                          const vpc::Config& config) {
    const std::string text = base::to_json_text(config);
    const auto process = TRY(processes_.observe(vpc_id));
    const bool changed = text != kept.config;
    if (changed) {
        TRY(base::make_directories(realm_.run_dir + "/vpc"));
        TRY(base::write_file(config_path(vpc_id), text));
        if (process.running) TRY(processes_.signal(vpc_id, SIGHUP));
        kept.config = text;
    }
    if (process.running) return {};
    TRY(base::make_directories(realm_.run_dir + "/log"));
    substrate::ProcessSpec spec;
    spec.name = vpc_id;
    spec.argv = {realm_.program, "vpc-services", "--config", config_path(vpc_id), "--status",
                 status_path(vpc_id)};
    spec.network_namespace = network_.router_namespace(vpc_id);
    spec.log_path = realm_.run_dir + "/log/" + vpc_id + ".log";
    TRY(processes_.start(spec));
    return {};
}

Result<void> NetworkKeeper::keep(const RegionRecords& records, const Vpc& vpc,
                                 const std::vector<services::DnsRecord>& names,
                                 const IssuedCredentials& credentials) {
    Kept& kept = kept_[vpc.id];
    TRY(keep_network(kept, plan_network(records, vpc)));
    return keep_services(kept, vpc.id, plan_metadata(records, vpc, names, credentials));
}

Result<void> NetworkKeeper::sweep(const std::set<std::string>& known) {
    for (const auto& name : TRY(processes_.list())) {
        if (!name.starts_with(process_prefix) || known.contains(name)) continue;
        TRY(processes_.stop(name, substrate::StopMode::terminate_then_kill, services_grace));
        TRY(base::remove_all(config_path(name)));
        TRY(base::remove_all(status_path(name)));
    }
    for (const auto& vpc_id : TRY(network_.observed_vpcs())) {
        if (!known.contains(vpc_id)) TRY(network_.remove_vpc(vpc_id));
    }
    std::erase_if(kept_, [&](const auto& entry) { return !known.contains(entry.first); });
    return {};
}

std::set<std::string> NetworkKeeper::plugged() const {
    std::set<std::string> all;
    for (const auto& [id, kept] : kept_) all.insert(kept.plugged.begin(), kept.plugged.end());
    return all;
}

bool NetworkKeeper::services_are_current(const std::string& vpc_id) const {
    if (gate_ == ServicesGate::open) return true;
    const auto kept = kept_.find(vpc_id);
    if (kept == kept_.end() || kept->second.config.empty()) return false;
    const auto text = base::read_file(status_path(vpc_id));
    if (!text) return false;
    const auto status = base::from_json_text<vpc::Status>(*text);
    return status &&
           status->config_sha256 == base::hex_encode(base::sha256(kept->second.config));
}

}  // namespace stormglass::ec2
