#include "app/gameday/actions.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <functional>
#include <map>

#include "app/local_client.h"
#include "base/file.h"
#include "base/strings.h"

extern char** environ;

namespace stormglass::gameday {
namespace {

using base::Json;

std::unexpected<Error> failed(const std::string& text) {
    return fail(Domain::system, "ActionFailed", text);
}

/// Runs a program to its end; its output is the game day's.
Result<void> run(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (const int code = ::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ); code != 0) {
        return failed(fmt::format("{}: {}", words[0], strerror(code)));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return failed(fmt::format("\"{}\" ended with {}", base::join(words, " "),
                              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
}

Result<Json> status_of(const Region& region) {
    return base::parse_json(TRY(app::get_own(region.daemon, "/_stormglass/status")));
}

std::string member(const Json& object, const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string{};
}

Result<Json> database_of(const Step& step, const Region& region) {
    const Json status = TRY(status_of(region));
    const std::string wanted = member(step.with, "database");
    for (const auto& one : status.value("databases", Json::array())) {
        if (wanted.empty() || member(one, "id") == wanted || member(one, "name") == wanted) return one;
    }
    return failed("there is no database " + wanted);
}

/// The primary's or the standby's server, as observed.
Result<Json> server_of(const Step& step, const Region& region, const std::string& role) {
    const Json database = TRY(database_of(step, region));
    for (const auto& one : database.value("servers", Json::array())) {
        if (member(one, "role") == role) return one;
    }
    return failed("no server is observed as " + role);
}

/// A zone's name, or "primary" and "standby": where the database's server of that role is.
Result<std::string> zone_of(const Step& step, const Region& region) {
    const std::string zone = member(step.with, "zone");
    if (zone != "primary" && zone != "standby") return zone;
    return member(TRY(server_of(step, region, zone)), "zone");
}

/// An instance's id, or "any": the first that runs in an Auto Scaling group.
Result<std::string> instance_of(const Step& step, const Region& region) {
    const std::string wanted = member(step.with, "instance");
    if (wanted != "any") return wanted;
    const Json status = TRY(status_of(region));
    for (const auto& group : status.value("groups", Json::array())) {
        for (const auto& one : group.value("members", Json::array())) {
            if (const auto id = member(one, "id"); !id.empty()) return id;
        }
    }
    return failed("no Auto Scaling group has an instance");
}

Result<void> send_signal(const Json& process, int signal_number) {
    const int pid = process.value("pid", 0);
    if (pid <= 1) return failed("no process is observed");
    if (::kill(pid, signal_number) != 0) return failed(fmt::format("kill {}: {}", pid, strerror(errno)));
    return {};
}

std::size_t keep(char* from, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(from, size * count);
    return size * count;
}

/// A call of the query protocol, signed as root.
Result<void> call(const Region& region, const std::string& service, const std::string& form) {
    const auto root = TRY(base::from_json_text<app::RootCredentials>(
        TRY(base::read_file(app::root_credentials_path(region.data_dir)))));
    std::string body;
    CURL* handle = curl_easy_init();
    const std::string url = region.daemon.endpoint + "/", user = root.access_key_id + ":" + root.secret_access_key,
                      scope = "aws:amz:" + region.daemon.region + ":" + service;
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, scope.c_str());
    curl_easy_setopt(handle, CURLOPT_USERPWD, user.c_str());
    curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, form.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &body);
    const CURLcode code = curl_easy_perform(handle);
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(handle);
    if (code != CURLE_OK) return failed(curl_easy_strerror(code));
    if (status != 200) return failed(fmt::format("HTTP {}: {}", status, body));
    return {};
}

// --- the actions

Result<void> az_fail(const Step& step, const Region& region) {
    std::vector<std::string> words{region.program, "az", "fail", TRY(zone_of(step, region)), "--data-dir", region.data_dir};
    if (step.with.contains("mode")) words.insert(words.end(), {"--mode", member(step.with, "mode")});
    if (step.with.contains("latency_ms")) words.insert(words.end(), {"--latency", step.with["latency_ms"].dump()});
    if (step.with.contains("loss_percent")) words.insert(words.end(), {"--loss", step.with["loss_percent"].dump()});
    return run(words);
}

/// `zone` "failed": every zone that is not as it should be.
Result<void> az_restore(const Step& step, const Region& region) {
    std::vector<std::string> zones;
    if (member(step.with, "zone") == "failed") {
        const Json status = TRY(status_of(region));
        for (const auto& one : status.value("zones", Json::array())) {
            if (member(one, "state") != "available") zones.push_back(member(one, "name"));
        }
        if (zones.empty()) return failed("no zone has failed");
    } else {
        zones.push_back(TRY(zone_of(step, region)));
    }
    for (const auto& zone : zones) TRY(run({region.program, "az", "restore", zone, "--data-dir", region.data_dir}));
    return {};
}

Result<void> terminate_instance(const Step& step, const Region& region) {
    return call(region, "ec2", "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=" + TRY(instance_of(step, region)));
}

Result<void> shell(const Step& step, const Region& region) {
    std::vector<std::string> words{region.program, "shell", "--data-dir", region.data_dir, TRY(instance_of(step, region)), "--"};
    for (const auto& word : step.with["command"]) words.push_back(word.get<std::string>());
    return run(words);
}

Result<void> failover_database(const Step& step, const Region& region) {
    const Json database = TRY(database_of(step, region));
    const std::string id = member(database, "name");  // The identifier; "id" is the resource's.
    return call(region, "rds", "Action=RebootDBInstance&Version=2014-10-31&ForceFailover=true&DBInstanceIdentifier=" + id);
}

Result<void> kill_database(const Step& step, const Region& region) {
    return send_signal(TRY(server_of(step, region, member(step.with, "role"))), SIGKILL);
}

Result<void> hang_database(const Step& step, const Region& region) {
    return send_signal(TRY(server_of(step, region, member(step.with, "role"))), SIGSTOP);
}

Result<void> kill_balancer_node(const Step& step, const Region& region) {
    const std::string zone = TRY(zone_of(step, region));
    const Json status = TRY(status_of(region));
    for (const auto& balancer : status.value("load_balancers", Json::array())) {
        for (const auto& node : balancer.value("nodes", Json::array())) {
            if (member(node, "zone") == zone) return send_signal(node, SIGKILL);
        }
    }
    return failed("no balancer node in " + zone);
}

/// kill -9 of the daemon, and up again: what users meet must not change meanwhile.
Result<void> kill_daemon(const Step&, const Region& region) {
    if (::kill(region.daemon.pid, SIGKILL) != 0) return failed(fmt::format("kill: {}", strerror(errno)));
    const auto& facts = region.daemon;
    return run({region.program, "up", "--data-dir", region.data_dir, "--port",
                facts.endpoint.substr(facts.endpoint.rfind(':') + 1), "--region", facts.region, "--account-id",
                facts.account_id, "--http-port", std::to_string(facts.http_port), "--https-port",
                std::to_string(facts.https_port)});
}

Result<void> command(const Step& step, const Region&) {
    return run(step.with["command"].get<std::vector<std::string>>());
}

}  // namespace

Result<void> carry_out(const Step& step, const Region& region) {
    using Action = Result<void> (*)(const Step&, const Region&);
    static const std::map<std::string, Action> all{
        {"az-fail", az_fail}, {"az-restore", az_restore}, {"terminate-instance", terminate_instance}, {"shell", shell},
        {"failover-database", failover_database}, {"kill-database", kill_database}, {"hang-database", hang_database},
        {"kill-balancer-node", kill_balancer_node}, {"kill-daemon", kill_daemon}, {"command", command}};
    const auto found = all.find(step.action);
    if (found == all.end()) return failed("no such action: " + step.action);
    // A step may follow one that started the daemon anew: its pid is looked up each time.
    Region now = region;
    if (const auto facts = app::running_daemon(region.data_dir)) now.daemon = *facts;
    return found->second(step, now);
}

}  // namespace stormglass::gameday
