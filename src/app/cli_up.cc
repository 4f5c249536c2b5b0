// up, down and env: the daemon's life.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "app/app.h"
#include "app/cli.h"
#include "app/local_client.h"
#include "app/realm_paths.h"
#include "base/file.h"
#include "base/log.h"
#include "services/common/zones.h"
#include "store/directory_lock.h"

namespace stormglass::app {
namespace {

constexpr std::chrono::seconds ready_max{30};
constexpr rlim_t open_files_wanted = 16384;

void raise_open_files() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = std::min<rlim_t>(std::max(limit.rlim_cur, open_files_wanted), limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// The daemon itself: runs until SIGTERM or SIGINT.
int serve(const UpOptions& options) {
    base::start_logging("stormglass", options.log_level);
    raise_open_files();
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    const auto realm = realm_of(options.data_dir);
    if (!realm) return complain(realm.error().message);
    auto app = App::create(options, *realm);
    if (!app) {
        spdlog::error("{}", app.error().message);
        return exit_failed;
    }
    spdlog::info("ready at {}", (*app)->endpoint());
    int signal_number = 0;
    sigwait(&ending, &signal_number);
    spdlog::info("stopping");
    (*app)->stop();
    return exit_done;
}

/// The last lines of the daemon's log say why it did not come up.
std::string tail_of(const std::string& path) {
    const auto text = base::read_file(path);
    if (!text) return {};
    const std::size_t from = text->size() > 1000 ? text->size() - 1000 : 0;
    return text->substr(text->find('\n', from) == std::string::npos ? 0 : from);
}

int start_detached(const UpOptions& options, const substrate::Realm& realm) {
    const std::string log = realm.data_dir + "/log/daemon.log";
    if (auto made = base::make_directories(realm.data_dir + "/log"); !made) {
        return complain(made.error().message);
    }
    const base::UniqueFd out(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!out.valid()) return complain("cannot write " + log);
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child < 0) return complain("cannot fork");
    if (child == 0) {
        ::setsid();
        const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::dup2(null, 0);
        ::dup2(out.get(), 1);
        ::dup2(out.get(), 2);
        if (::chdir("/") != 0) ::_exit(exit_failed);
        ::_exit(serve(options));
    }
    const auto until = std::chrono::steady_clock::now() + ready_max;
    while (std::chrono::steady_clock::now() < until) {
        if (const auto facts = running_daemon(realm.data_dir)) {
            std::printf("Stormglass is up at %s (pid %d, region %s, account %s)\n",
                        facts->endpoint.c_str(), facts->pid, facts->region.c_str(),
                        facts->account_id.c_str());
            std::printf("  eval \"$(stormglass env --data-dir %s)\"\n", realm.data_dir.c_str());
            return exit_done;
        }
        int status = 0;
        if (::waitpid(child, &status, WNOHANG) == child) {
            return complain("the daemon ended while starting; its log says:\n" + tail_of(log));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return complain("the daemon is not ready after 30 s; see " + log);
}

}  // namespace

int complain(const std::string& text) {
    std::fprintf(stderr, "stormglass: %s\n", text.c_str());
    return exit_failed;
}

int command_up(const UpOptions& options) {
    if (!services::is_region(options.region)) {
        std::fprintf(stderr, "stormglass: no such region: %s\n", options.region.c_str());
        return exit_wrong_use;
    }
    const auto realm = realm_of(options.data_dir);
    if (!realm) return complain(realm.error().message);
    if (const auto holder = store::DirectoryLock::holder(realm->data_dir)) {
        const auto facts = running_daemon(realm->data_dir);
        std::printf("Stormglass is already running%s (pid %d, data in %s)\n",
                    facts ? (" at " + facts->endpoint).c_str() : "", *holder,
                    realm->data_dir.c_str());
        return exit_done;
    }
    return options.foreground ? serve(options) : start_detached(options, *realm);
}

int command_down(const std::string& data_dir, DataFate fate) {
    const auto realm = look_at_realm(data_dir);
    const bool anything = base::file_exists(realm.data_dir) || base::file_exists(realm.run_dir);
    if (!anything) {
        std::printf("Nothing is there: %s does not exist\n", realm.data_dir.c_str());
        return exit_done;
    }
    const auto outcome = tear_down(realm, fate, [](const std::string& line) {
        std::printf("%s\n", line.c_str());
        std::fflush(stdout);
    });
    if (!outcome) return complain(outcome.error().message);
    std::printf("Stormglass is down\n");
    return exit_done;
}

int command_env(const std::string& data_dir, const std::string& format) {
    const auto realm = look_at_realm(data_dir);
    const auto facts = running_daemon(realm.data_dir);
    if (!facts) return complain("no daemon runs on " + realm.data_dir + " (start it: stormglass up)");
    const auto text = base::read_file(root_credentials_path(realm.data_dir));
    if (!text) return complain(text.error().message);
    const auto root = base::from_json_text<RootCredentials>(*text);
    if (!root) return complain(root.error().message);
    const std::pair<const char*, std::string> all[] = {
        {"AWS_ENDPOINT_URL", facts->endpoint},
        {"AWS_ACCESS_KEY_ID", root->access_key_id},
        {"AWS_SECRET_ACCESS_KEY", root->secret_access_key},
        {"AWS_REGION", facts->region},
        {"AWS_DEFAULT_REGION", facts->region}};
    if (format == "json") {
        base::Json json = base::Json::object();
        for (const auto& [name, value] : all) json[name] = value;
        std::printf("%s\n", json.dump(2).c_str());
        return exit_done;
    }
    for (const auto& [name, value] : all) {
        std::printf(format == "shell" ? "export %s='%s'\n" : "%s=%s\n", name, value.c_str());
    }
    return exit_done;
}

}  // namespace stormglass::app
