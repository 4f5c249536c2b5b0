#include "substrate/container/instance_init.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/strings.h"
#include "substrate/container/boot_config.h"
#include "substrate/container/confinement.h"
#include "substrate/container/console.h"
#include "substrate/container/kernel_mounts.h"
#include "substrate/container/masks.h"
#include "substrate/container/root_mount.h"
#include "substrate/container/root_volume.h"
#include "substrate/container/seed_layer.h"
#include "substrate/container/supervisor.h"
#include "substrate/container/system_files.h"
#include "substrate/container/trust_store.h"
#include "substrate/container/user_data.h"

namespace stormglass::substrate {
namespace {

constexpr char workshop_options[] = "size=16m,mode=0700";  // Seed layer and mount point.
constexpr rlim_t open_files_soft = 1024;
constexpr rlim_t open_files_hard = 524288;

void report(const std::string& line) { (void)base::write_all(status_descriptor, line + "\n"); }

Result<std::string> read_stdin() {
    std::string text;
    char part[65536];
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno("read the boot configuration");
        if (got == 0) return text;
        text.append(part, static_cast<std::size_t>(got));
    }
}

Result<pid_t> clone_into_namespaces() {
    clone_args args{};
    args.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
    args.exit_signal = SIGCHLD;
    const auto child = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
    if (child < 0) return fail_errno("make namespaces");
    return child;
}

Result<void> fill_seed(SeedLayer& seed, const BootConfig& config) {
    if (config.image_root == "/") {
        TRY(mask_host(seed, config.hidden_folders));
        TRY(put_clean_users(seed));
    } else {
        TRY(mask_volatile_folders(seed));
    }
    TRY(put_system_files(seed, config));
    return add_trusted_ca(seed, config.ca_certificate_pem);
}

Result<void> build_root(const BootConfig& config) {
    ::umask(0);  // Modes are given exactly, by each step.
    TRY(make_mounts_private());
    const std::string workshop = config.folder + "/mount";
    TRY(mount_tmpfs(workshop, workshop_options));
    const auto writable = TRY(mount_root_volume(config.folder, config.root_volume_bytes));
    if (!writable.why_not.empty()) {
        (void)base::write_all(STDERR_FILENO,
                              "stormglass: the size of the root volume is not "
                              "enforced: " +
                                  writable.why_not + "\n");
    }
    const RootLayers layers{.image = config.image_root,
                            .seed = workshop + "/seed",
                            .upper = writable.folder + "/upper",
                            .work = writable.folder + "/work",
                            .mount_point = workshop + "/root"};
    for (const auto& path : {layers.seed, layers.mount_point}) {
        if (::mkdir(path.c_str(), 0755) != 0) return fail_errno("mkdir " + path);
    }
    SeedLayer seed(layers.seed, config.image_root == "/" ? "" : config.image_root);
    TRY(fill_seed(seed, config));
    TRY(mount_root(layers));
    const std::string& root = layers.mount_point;
    TRY(mount_proc(root));
    TRY(mount_sys(root));
    TRY(mount_dev(root));
    TRY(mount_run(root));
    TRY(pivot_into(root));
    ::umask(0022);
    return {};
}

/// When the instance runs out of memory, its init is the last to go; its children begin at 0 again.
/// Not every root may lower the score: then the kernel's own choice has to do.
void prefer_others_when_out_of_memory() {
    const base::UniqueFd fd(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    (void)base::write_all(fd.get(), "-999");
}

Result<void> set_identity(const BootConfig& config) {
    if (::sethostname(config.hostname.c_str(), config.hostname.size()) != 0) {
        return fail_errno("set the host name " + config.hostname);
    }
    ::prctl(PR_SET_NAME, "init", 0, 0, 0);
    prefer_others_when_out_of_memory();
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);  // Never more than the host gives us.
    files.rlim_max = std::min(files.rlim_max, open_files_hard);
    files.rlim_cur = std::min(files.rlim_max, open_files_soft);
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0) return fail_errno("limit open files");
    return {};
}

/// The daemon writes us down first; a closed pipe means that it died, and nobody knows us.
bool wait_for_go() {
    char word = 0;
    return ::read(go_descriptor, &word, 1) == 1;
}

struct Booted {
    ConsoleLog console;
    BootPlan plan;
};

Result<Booted> boot(const BootConfig& config) {
    Booted booted{TRY(ConsoleLog::open(config.folder)), {}};
    const std::string user_data = TRY(base::base64_decode(config.user_data_base64));
    TRY(build_root(config));
    TRY(set_identity(config));
    TRY(confine());
    report("ready");
    if (!wait_for_go()) return fail(Domain::system, "orphan", "the daemon died during the launch");
    booted.plan = TRY(plan_boot("", config.id, user_data));
    booted.console.open_inside("/var/log/cloud-init-output.log");
    return booted;
}

int run_process_one(const BootConfig& config) {
    auto booted = boot(config);
    if (!booted) {
        report("error " + booted.error().message);
        return 1;
    }
    ::close(status_descriptor);
    ::close(go_descriptor);
    const int status = supervise(booted->console, booted->plan, config.id);
    booted->console.write_exit(status);
    return status;
}

Result<BootConfig> read_config() {
    const std::string text = TRY(read_stdin());
    return base::from_json_text<BootConfig>(text);
}

}  // namespace

int run_instance_init(int, char**) {
    for (const int fd : {status_descriptor, go_descriptor}) {
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
            (void)base::write_all(STDERR_FILENO,
                                  "stormglass instance-init is started by the daemon only\n");
            return 2;
        }
    }
    const auto config = read_config();
    const auto child =
        config ? clone_into_namespaces() : Result<pid_t>(std::unexpected(config.error()));
    if (!child) {
        report("error " + child.error().message);
        return 1;
    }
    if (*child == 0) return run_process_one(*config);
    report(fmt::format("pid {}", *child));
    return 0;
}

}  // namespace stormglass::substrate
