// Instance launch: from the call to the first instruction of user data, and what halt and remove
// cost. Usage, as root: launch_bench [instances].
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "substrate/container/instance_init.h"
#include "substrate/container/instances_linux.h"

namespace {

using namespace stormglass;
using namespace stormglass::substrate;
using Clock = std::chrono::system_clock;

double seconds_now() {
    return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

/// What the script wrote at its first instruction; 0 if it did not in time.
double first_instruction(Instances& instances, const std::string& id) {
    for (int tries = 0; tries < 5000; ++tries) {
        const auto text = instances.console(id);
        const auto at = text ? text->find("began ") : std::string::npos;
        if (at != std::string::npos && text->find('\n', at) != std::string::npos) {
            return std::atof(text->c_str() + at + 6);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return 0;
}

void show(const char* name, std::vector<double> ms) {
    if (ms.empty()) return;
    std::sort(ms.begin(), ms.end());
    std::printf("%-40s median %6.1f ms, 90 %% %6.1f, max %6.1f\n", name, ms[ms.size() / 2],
                ms[ms.size() * 9 / 10], ms.back());
}

bool make_namespace(const std::string& path) {
    (void)base::write_file(path, "");
    const pid_t maker = ::fork();
    if (maker == 0) {
        const bool made = ::unshare(CLONE_NEWNET) == 0 && ::mount("/proc/self/ns/net", path.c_str(),
                                                                  nullptr, MS_BIND, nullptr) == 0;
        ::_exit(made ? 0 : 1);
    }
    int status = 1;
    ::waitpid(maker, &status, 0);
    return status == 0;
}

void measure(Instances& instances, const std::string& netns, int count) {
    std::vector<double> launch, began, cpu, halt, remove;
    double memory = 0;
    for (int i = 0; i < count; ++i) {
        const std::string id = "i-" + std::to_string(i);
        const double start = seconds_now();
        const auto state =
            instances.launch({.id = id,
                              .network_namespace = netns,
                              .user_data = "#!/bin/bash\necho began $EPOCHREALTIME\n",
                              .memory_bytes = 512 << 20});
        if (!state) {
            std::fprintf(stderr, "%s\n", state.error().message.c_str());
            break;
        }
        launch.push_back((seconds_now() - start) * 1e3);
        began.push_back((first_instruction(instances, id) - start) * 1e3);
        if (const auto usage = instances.usage(id)) cpu.push_back(usage->cpu_seconds * 1e3);
    }
    for (int i = 0; i < static_cast<int>(launch.size()); ++i) {
        const std::string id = "i-" + std::to_string(i);
        if (const auto usage = instances.usage(id))
            memory += static_cast<double>(usage->memory_bytes);
        double start = seconds_now();
        (void)instances.halt(id, Halt::graceful);
        halt.push_back((seconds_now() - start) * 1e3);
        start = seconds_now();
        (void)instances.remove(id);
        remove.push_back((seconds_now() - start) * 1e3);
    }
    show("launch() returns", launch);
    show("first instruction of user data", began);
    show("CPU of the init and the script's start", cpu);
    show("graceful halt", halt);
    show("remove", remove);
    std::printf("memory of an idle instance's cgroup: %.2f MiB\n",
                memory / static_cast<double>(launch.size()) / (1 << 20));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string(argv[1]) == "instance-init") return run_instance_init(argc, argv);
    const int count = argc > 1 ? std::atoi(argv[1]) : 20;
    char folder[] = "/tmp/stormglass-launch-bench-XXXXXX";
    const std::string root = ::mkdtemp(folder);
    const Realm realm{.id = "b" + root.substr(root.size() - 5),
                      .data_dir = root + "/data",
                      .run_dir = root + "/run",
                      .program = "/proc/self/exe"};
    const std::string netns = root + "/netns";
    if (!base::make_directories(realm.data_dir) || !make_namespace(netns)) return 1;
    const auto instances = make_linux_instances(realm);
    measure(*instances, netns, count);
    const auto ended = instances->remove_everything();
    ::umount2(netns.c_str(), MNT_DETACH);
    return ended && base::remove_all(root) ? 0 : 1;
}
