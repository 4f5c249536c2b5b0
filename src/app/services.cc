#include "app/services.h"

#include "app/fis_caller.h"
#include "services/acm/service.h"
#include "services/autoscaling/reconciler.h"
#include "services/autoscaling/scale.h"
#include "services/autoscaling/service.h"
#include "services/cloudwatch/alarm_loop.h"
#include "services/cloudwatch/measure.h"
#include "services/cloudwatch/metrics.h"
#include "services/cloudwatch/rollup.h"
#include "services/cloudwatch/service.h"
#include "services/cloudwatch/source_database.h"
#include "services/cloudwatch/source_group.h"
#include "services/cloudwatch/status.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/ttl.h"
#include "services/ec2/instance_metrics.h"
#include "services/ec2/interfaces.h"
#include "services/ec2/reconciler.h"
#include "services/ec2/service.h"
#include "services/ec2/spot.h"
#include "services/ec2/zone_power.h"
#include "services/elbv2/access_logs.h"
#include "services/elbv2/balancer_metrics.h"
#include "services/elbv2/node_watch.h"
#include "services/elbv2/reconciler.h"
#include "services/elbv2/service.h"
#include "services/elbv2/status.h"
#include "services/elbv2/zone_power.h"
#include "services/fis/runner.h"
#include "services/fis/service.h"
#include "services/iam/service.h"
#include "services/kms/reconciler.h"
#include "services/kms/service.h"
#include "services/logs/exports.h"
#include "services/logs/retention.h"
#include "services/logs/service.h"
#include "services/rds/reconciler.h"
#include "services/rds/service.h"
#include "services/s3/delivery.h"
#include "services/s3/lifecycle.h"
#include "services/s3/service.h"
#include "services/s3/storage_metrics.h"
#include "services/sns/deliveries.h"
#include "services/sns/mailbox.h"
#include "services/sns/public_links.h"
#include "services/sns/service.h"
#include "services/ssm/service.h"
#include "services/sts/service.h"

namespace stormglass::app {

namespace {

/// Five minutes of the control plane's time, in the balancer nodes' real one.
int access_log_seconds(double clock_speed) {
    constexpr double interval = 300;
    return std::max(1, static_cast<int>(interval / std::max(clock_speed, 1.0)));
}

}  // namespace

/// In the order of their dependencies: each is given what stands above it.
struct Services::All {
    explicit All(const ServicesNeeds& n)
        : store(n.store),
          metrics(n.store),
          iam(n.random, {n.account_id, n.root_access_key_id, n.root_secret_access_key}),
          sts(iam),
          kms(n.keys, n.random),
          kms_reconciler(n.store, n.clock, n.timeline, n.keys, n.random),
          ssm(kms),
          acm(n.random),
          s3(n.random, n.keys, n.realm.data_dir),
          s3_delivery(s3, n.store, n.clock),
          s3_lifecycle(s3, n.store, n.clock, n.timeline),
          dynamodb(n.random),
          dynamodb_ttl(n.store, n.clock),
          sns(n.random, n.timeline),
          sns_keys(n.store, n.ca, wall_clock),
          sns_deliveries({.store = n.store, .clock = n.clock, .timeline = n.timeline, .keys = sns_keys,
                          .mail_folder = sns::mail_folder(n.realm.data_dir),
                          .mail_server = sns::mail_server_of_environment(),
                          .transport = sns::make_curl_transport(
                              sns::trusted_authorities(n.ca.certificate()))}),
          sns_links(n.store, n.clock, n.random, n.timeline, sns_keys, n.wake),
          logs(n.random),
          logs_queries(n.store, logs.queries()),
          logs_exports(n.store, n.clock, s3_delivery),
          logs_retention(n.store, n.clock),
          ec2({.clock = n.clock, .random = n.random, .timeline = n.timeline, .iam = iam,
               .observed = ec2_observed,
               .console = [&n_instances = n.instances](const std::string& id) {
                   return n_instances.console(id);
               }}),
          ec2_interfaces(n.random, ec2_observed),
          ec2_reconciler({.store = n.store, .clock = n.clock, .timeline = n.timeline,
                          .network = n.network, .instances = n.instances,
                          .processes = n.processes, .realm = n.realm, .credentials = iam,
                          .observed = ec2_observed, .ca_certificate_pem = n.ca.certificate(),
                          .work_mode = n.steering == Steering::simulated
                                           ? ec2::WorkMode::at_once
                                           : ec2::WorkMode::threads}),
          instances_status(ec2_observed),
          zones_status(n.region, ec2_observed),
          ec2_power(n.store, n.instances),
          ec2_spot(n.timeline),
          elbv2({.random = n.random, .ec2 = ec2, .certificates = &acm, .observed = elbv2_observed,
                 .deliveries = &s3_delivery}),
          elbv2_reconciler({.store = n.store, .clock = n.clock,
                            .wall_clock = n.steering == Steering::simulated
                                              ? n.clock
                                              : static_cast<const base::Clock&>(wall_clock),
                            .timeline = n.timeline, .network = n.network,
                            .processes = n.processes, .realm = n.realm, .ec2 = ec2,
                            .interfaces = ec2_interfaces, .certificates = &acm,
                            .observed = elbv2_observed, .http_port = n.http_port,
                            .https_port = n.https_port,
                            .access_log_seconds = access_log_seconds(n.clock_speed)}),
          elbv2_access_logs({.store = n.store, .clock = n.clock,
                             .wall_clock = n.steering == Steering::simulated
                                               ? n.clock
                                               : static_cast<const base::Clock&>(wall_clock),
                             .timeline = n.timeline, .realm = n.realm, .delivery = s3_delivery}),
          elbv2_node_watch({.store = n.store, .clock = n.clock,
                            .wall_clock = n.steering == Steering::simulated
                                              ? n.clock
                                              : static_cast<const base::Clock&>(wall_clock),
                            .timeline = n.timeline, .network = n.network,
                            .processes = n.processes, .realm = n.realm,
                            .interfaces = ec2_interfaces}),
          balancers_status(n.store, n.clock, ec2, elbv2_observed),
          elbv2_power(n.store, n.processes, n.realm),
          autoscaling(n.random, {ec2, &elbv2, &sns, &cloudwatch}),
          autoscaling_scaling(n.timeline, {ec2, &elbv2, &sns, &cloudwatch}),
          autoscaling_reconciler(n.store, n.clock, n.random, n.timeline,
                                 {ec2, &elbv2, &sns, &cloudwatch}),
          cloudwatch(n.random, n.timeline, sns),
          cloudwatch_alarms({.store = n.store, .clock = n.clock, .random = n.random,
                             .timeline = n.timeline, .topics = sns, .ec2 = &ec2,
                             .scaling = &autoscaling_scaling, .clock_speed = n.clock_speed}),
          cloudwatch_rollup(n.store, n.clock, n.clock_speed),
          rds({.random = n.random, .timeline = n.timeline,
               .describe_subnets = [this](wire::Request& request,
                                          const ec2::api::DescribeSubnetsInput& input) {
                   return ec2.describe_subnets(request, input);
               },
               .interfaces = ec2_interfaces, .kms = &kms,
               .read_log = [this](const std::string& server, const std::string& log) {
                   return rds_reconciler.read_log(server, log);
               }}),
          rds_reconciler({.store = n.store, .clock = n.clock, .random = n.random,
                          .timeline = n.timeline, .keys = n.keys, .interfaces = ec2_interfaces,
                          .kms = &kms, .notifications = &sns, .network = n.network,
                          .databases = n.databases, .wake = n.wake, .logs = &logs,
                          .work_mode = n.steering == Steering::simulated
                                           ? rds::WorkMode::at_once
                                           : rds::WorkMode::threads}),
          ec2_metrics({.store = n.store,
                       .wall_clock = n.steering == Steering::simulated
                                         ? n.clock
                                         : static_cast<const base::Clock&>(wall_clock),
                       .instances = n.instances, .observed = ec2_observed,
                       .groups = &autoscaling_scaling,
                       .counters = n.steering == Steering::simulated ? nullptr : &host_counters}),
          elbv2_metrics(n.store, elbv2_observed),
          group_metrics(n.store, autoscaling_scaling),
          database_metrics(rds_reconciler),
          s3_metrics(n.store),
          measure(n.clock, metrics, {&ec2_metrics, &elbv2_metrics, &group_metrics, &database_metrics,
                               &s3_metrics},
                  n.clock_speed),
          fis(n.random),
          fis_caller({.store = n.store, .clock = n.clock,
                      .signed_clock = n.steering == Steering::simulated
                                          ? n.clock
                                          : static_cast<const base::Clock&>(wall_clock),
                      .roles = iam, .authenticator = iam, .authorizer = iam, .spot = ec2_spot}),
          fis_runner(n.store, n.clock, n.random, n.timeline, fis_caller) {}

    store::Store& store;
    cloudwatch::Metrics metrics;
    iam::Service iam;
    sts::Service sts;
    kms::Service kms;
    kms::Reconciler kms_reconciler;
    ssm::Service ssm;
    acm::Service acm;
    s3::Service s3;
    s3::Delivery s3_delivery;
    s3::Lifecycle s3_lifecycle;
    dynamodb::Service dynamodb;
    dynamodb::TimeToLive dynamodb_ttl;
    base::SystemClock wall_clock;
    sns::Service sns;
    sns::SigningKeys sns_keys;
    sns::Deliveries sns_deliveries;
    sns::PublicLinks sns_links;
    logs::Service logs;
    logs::QueryRunner logs_queries;
    logs::Exports logs_exports;
    logs::Retention logs_retention;
    ec2::Observed ec2_observed;
    ec2::Service ec2;
    ec2::ManagedInterfacePort ec2_interfaces;
    ec2::Reconciler ec2_reconciler;
    ec2::InstancesStatus instances_status;
    ec2::ZonesStatus zones_status;
    ec2::ZonePower ec2_power;
    ec2::SpotInterrupter ec2_spot;  // For FIS.
    elbv2::Observed elbv2_observed;
    elbv2::Service elbv2;
    elbv2::Reconciler elbv2_reconciler;
    elbv2::AccessLogs elbv2_access_logs;
    elbv2::NodeWatch elbv2_node_watch;
    elbv2::BalancersStatus balancers_status;
    elbv2::ZonePower elbv2_power;
    autoscaling::Service autoscaling;
    autoscaling::Scaling autoscaling_scaling;
    autoscaling::Reconciler autoscaling_reconciler;
    cloudwatch::Service cloudwatch;
    cloudwatch::AlarmsStatus alarms_status;
    cloudwatch::AlarmLoop cloudwatch_alarms;
    cloudwatch::RollUp cloudwatch_rollup;
    rds::Service rds;
    rds::Reconciler rds_reconciler;
    ec2::HostCounters host_counters;
    ec2::InstanceMetrics ec2_metrics;
    elbv2::BalancerMetrics elbv2_metrics;
    cloudwatch::GroupMetrics group_metrics;
    cloudwatch::DatabaseMetrics database_metrics;
    s3::StorageMetrics s3_metrics;
    cloudwatch::Measure measure;
    fis::Service fis;
    FisCaller fis_caller;
    fis::Runner fis_runner;
};

Services::Services(const ServicesNeeds& needs) : all_(std::make_unique<All>(needs)) {
    all_->s3.publish_through(all_->sns);
    all_->logs.publish_through(all_->metrics);
}
Services::~Services() = default;

void Services::register_all(wire::Gateway& gateway) {
    // As generated functions take it: a pointer to the service's Api.
    gateway.add_service(ec2::api::model, static_cast<ec2::api::Api*>(&all_->ec2));
    gateway.add_service(iam::api::model, static_cast<iam::api::Api*>(&all_->iam));
    gateway.add_service(sts::api::model, static_cast<sts::api::Api*>(&all_->sts));
    gateway.add_service(kms::api::model, static_cast<kms::api::Api*>(&all_->kms));
    gateway.add_service(ssm::api::model, static_cast<ssm::api::Api*>(&all_->ssm));
    gateway.add_service(acm::api::model, static_cast<acm::api::Api*>(&all_->acm));
    gateway.add_service(s3::api::model, static_cast<s3::api::Api*>(&all_->s3));
    gateway.add_service(dynamodb::api::model, static_cast<dynamodb::api::Api*>(&all_->dynamodb));
    gateway.add_service(sns::api::model, static_cast<sns::api::Api*>(&all_->sns));
    gateway.add_service(logs::api::model, static_cast<logs::api::Api*>(&all_->logs));
    gateway.add_service(elbv2::api::model, static_cast<elbv2::api::Api*>(&all_->elbv2));
    gateway.add_service(autoscaling::api::model,
                        static_cast<autoscaling::api::Api*>(&all_->autoscaling));
    gateway.add_service(cloudwatch::api::model,
                        static_cast<cloudwatch::api::Api*>(&all_->cloudwatch));
    gateway.add_service(rds::api::model, static_cast<rds::api::Api*>(&all_->rds));
    gateway.add_service(fis::api::model, static_cast<fis::api::Api*>(&all_->fis));
    all_->fis_caller.set_gateway(gateway);
}

wire::Authenticator& Services::authenticator() { return all_->iam; }
wire::Authorizer& Services::authorizer() { return all_->iam; }

std::vector<services::Reconciler*> Services::reconcilers() {
    return {&all_->ec2_reconciler,         &all_->elbv2_reconciler, &all_->rds_reconciler,
            &all_->elbv2_node_watch,
            &all_->autoscaling_reconciler, &all_->kms_reconciler,   &all_->logs_retention,
            &all_->elbv2_access_logs,      &all_->s3_lifecycle,     &all_->dynamodb_ttl,
            &all_->logs_queries,           &all_->logs_exports,
            &all_->sns_deliveries,         &all_->cloudwatch_alarms, &all_->cloudwatch_rollup, &all_->measure,
            &all_->fis_runner};
}

std::optional<net::Response> Services::answer_unsigned(net::Request& request) {
    return all_->sns_links.answer(request);
}

void Services::set_endpoint(const std::string& endpoint) { all_->sns_deliveries.set_endpoint(endpoint); }

std::vector<services::StatusSource*> Services::status_sources() {
    return {&all_->zones_status,           &all_->balancers_status, &all_->instances_status,
            &all_->autoscaling_reconciler, &all_->rds_reconciler,   &all_->alarms_status};
}

Result<std::function<void()>> Services::forget_files(store::Tx& tx) {
    auto files = TRY(s3::Service::files(tx));
    return [this, files = std::move(files)] { all_->s3.delete_files(files); };
}

std::vector<services::ZoneOccupant*> Services::zone_occupants() {
    return {&all_->ec2_power, &all_->elbv2_power, &all_->rds_reconciler};
}

Result<void> Services::prepare() { return all_->s3.sweep(*all_->store.read()); }

}  // namespace stormglass::app
