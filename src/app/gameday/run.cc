#include "app/gameday/run.h"

#include <fmt/format.h>

#include <thread>

#include "app/gameday/load.h"
#include "app/local_client.h"
#include "services/common/timeline.h"

namespace stormglass::gameday {
namespace {

using base::Json;

constexpr std::size_t events_max = 1000;

Result<Target> target_of(const Script& script, const Region& region, const std::string& ca_file) {
    const Json status = TRY(base::parse_json(TRY(app::get_own(region.daemon, "/_stormglass/status"))));
    std::string names;
    std::vector<std::string> hosts;
    for (const auto& one : status.value("load_balancers", Json::array())) {
        names += " " + one.value("name", "");
        if (script.load.load_balancer.empty() || one.value("name", "") == script.load.load_balancer) {
            hosts.push_back(one.value("dns_name", ""));
        }
    }
    if (hosts.size() != 1) {
        return fail(Domain::config, "NoTarget", names.empty() ? "there is no load balancer to send load to (make demo?)"
                                                              : "name one in load.load_balancer; there are:" + names);
    }
    return Target{hosts[0], script.load.scheme == "https" ? region.daemon.https_port : region.daemon.http_port, ca_file};
}

void wait_until(const LoadRun& load, double at_s) {
    const double left = at_s - load.seconds();
    if (left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
}

std::vector<StepRecord> carry_out_all(const Script& script, const Region& region, const LoadRun& load,
                                      const std::function<void(const std::string&)>& say) {
    std::vector<StepRecord> records;
    for (const auto& step : script.steps) {
        wait_until(load, step.at_s);
        StepRecord record{.at_s = load.seconds(), .title = step.title};
        say(fmt::format("{:5.1f} s  {}", record.at_s, step.title));
        const auto outcome = carry_out(step, region);
        record.took_s = load.seconds() - record.at_s;
        if (!outcome) record.trouble = outcome.error().message;
        if (!outcome) say("         could not: " + record.trouble);
        records.push_back(std::move(record));
    }
    wait_until(load, script.duration_s);
    return records;
}

void add_events(Report& report, const Region& region, base::Time begun) {
    const auto facts = app::running_daemon(region.data_dir);
    const auto lines = facts ? app::get_own(*facts, "/_stormglass/events") : Result<std::string>{};
    if (!lines) return;
    for (std::size_t from = 0, end = 0; (end = lines->find('\n', from)) != std::string::npos; from = end + 1) {
        const auto event = base::from_json_text<services::TimelineEvent>(lines->substr(from, end - from));
        // Our own calls and probes would fill the page; what happened is what matters.
        if (!event || event->time < begun || event->kind == "api" || report.events.size() >= events_max) continue;
        report.events.emplace_back(static_cast<double>((event->time - begun).count()) / 1000.0, event->kind + ": " + event->text);
    }
}

}  // namespace

Result<Report> run_gameday(const Script& script, const Region& region, const std::string& ca_file,
                           const std::function<void(const std::string&)>& say) {
    const Target target = TRY(target_of(script, region, ca_file));
    base::SystemClock clock;
    const base::Time begun = clock.now();
    LoadRun load(script.load, target);
    say(fmt::format("{}: {} readers and {} writers on {}://{} for {} s", script.name, script.load.readers, script.load.writers,
                    script.load.scheme, target.host, script.duration_s));
    const auto records = carry_out_all(script, region, load, say);
    const double duration_s = load.seconds();
    const auto samples = load.finish();
    std::vector<std::string> acknowledged;
    for (const auto& one : samples) {
        if (one.kind == Kind::write && one.error.empty()) acknowledged.push_back(one.id);
    }
    say(fmt::format("{:5.1f} s  the load ends; asking for each of {} acknowledged writes", duration_s, acknowledged.size()));
    const auto lost = load.missing(acknowledged);
    if (!lost) say("         " + lost.error().message);
    Report report = analyse(script, samples, records, lost ? std::optional<int>(lost->size()) : std::nullopt, duration_s);
    report.begun = base::iso8601_millis(begun);
    add_events(report, region, begun);
    return report;
}

}  // namespace stormglass::gameday
