// The life of real instances. Needs root.
#include <signal.h>
#include <sys/stat.h>

#include "substrate/container/instance_init.h"
#include "substrate/container/testing.h"

namespace stormglass::substrate {
namespace {

TEST_F(InstancesTest, UserDataRunsAsRootWithAHomeAndAPath) {
    const std::string output = output_of("id -un; echo $HOME; echo $PATH; hostname; pwd");
    EXPECT_NE(output.find("root\n/root\n/usr/local/sbin:"), std::string::npos) << output;
    EXPECT_NE(output.find("ip-10-20-0-5.ec2.internal\n/\n"), std::string::npos) << output;
    EXPECT_NE(output.find("user data ended with exit status 0"), std::string::npos) << output;
}

TEST_F(InstancesTest, AnInstanceKeepsRunningAfterItsUserDataEnded) {
    output_of("echo done");
    const auto state = instances->observe("i-1");
    ASSERT_TRUE(state);
    EXPECT_EQ(state->phase, InstancePhase::running);
    EXPECT_GT(state->pid, 0);
}

TEST_F(InstancesTest, BackgroundProcessesOfUserDataKeepRunning) {
    output_of("setsid nohup sh -c 'while :; do date +alive-%N; sleep 0.05; done' &");
    const std::string before = console("i-1");
    EXPECT_TRUE(eventually([&] { return console("i-1").size() > before.size() + 100; }));
}

TEST_F(InstancesTest, AFailedScriptShowsItsExitStatus) {
    EXPECT_NE(output_of("exit 3").find("user data ended with exit status 3"), std::string::npos);
}

TEST_F(InstancesTest, AMissingInterpreterShowsInTheConsole) {
    auto spec = script("i-bad", "");
    spec.user_data = "#!/no/such/shell\n";
    ASSERT_TRUE(instances->launch(spec));
    EXPECT_TRUE(shows("i-bad", "cannot execute")) << console("i-bad");
}

TEST_F(InstancesTest, CloudConfigIsAnsweredInTheConsole) {
    auto spec = script("i-cc", "");
    spec.user_data = "#cloud-config\npackages: [nginx]\n";
    ASSERT_TRUE(instances->launch(spec));
    EXPECT_TRUE(shows("i-cc", "#cloud-config, which is not supported"));
}

TEST_F(InstancesTest, TheWritableLayerIsKeptAndUserDataIsNotRunAgain) {
    output_of(
        "echo first-run; echo kept > /srv/file; echo kept > /home/file; "
        "printf '#!/bin/sh\\necho per-boot $(cat /srv/file /home/file)\\n' > "
        "/var/lib/cloud/scripts/per-boot/x; chmod 755 /var/lib/cloud/scripts/per-boot/x");
    ASSERT_TRUE(instances->halt("i-1", Halt::graceful, 10s));
    EXPECT_EQ(instances->observe("i-1")->phase, InstancePhase::exited);
    EXPECT_EQ(instances->observe("i-1")->exit_status, 0);
    const auto again = instances->launch(script("i-1", "echo second-run"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(shows("i-1", "per-boot kept kept")) << console("i-1");
    EXPECT_EQ(console("i-1").find("second-run"), std::string::npos);
}

TEST_F(InstancesTest, AFullRootVolumeIsFullInsideAndKeptFromBootToBoot) {
    if (!base::file_exists("/dev/loop-control")) GTEST_SKIP() << "no loop devices here";
    auto spec = script("i-v",
                       "head -c 200M /dev/zero > /root/full 2>/dev/null\n"
                       "[ $(stat -c %s /root/full) -lt 70000000 ] && echo disk-is-full\n"
                       "printf '#!/bin/sh\\nls -l /root\\n' > /dev/shm/x; rm /root/full\n"
                       "mkdir -p /var/lib/cloud/scripts/per-boot\n"
                       "install -m 755 /dev/shm/x /var/lib/cloud/scripts/per-boot/x\n"
                       "echo kept > /root/kept-file");
    spec.root_volume_bytes = 64 << 20;
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched) << launched.error().message;
    EXPECT_TRUE(shows("i-v", "disk-is-full")) << console("i-v");
    EXPECT_TRUE(shows("i-v", "[stormglass] user data ")) << console("i-v");
    EXPECT_EQ(console("i-v").find("not enforced"), std::string::npos) << console("i-v");
    ASSERT_TRUE(instances->halt("i-v", Halt::power_off));
    ASSERT_TRUE(instances->launch(spec));
    EXPECT_TRUE(shows("i-v", "kept-file")) << console("i-v");
    ASSERT_TRUE(instances->remove("i-v"));
    EXPECT_FALSE(base::file_exists(realm.data_dir + "/instances/i-v/volume.img"));
}

TEST_F(InstancesTest, LaunchingARunningInstanceChangesNothing) {
    output_of("true");
    const int pid = instances->observe("i-1")->pid;
    const auto again = instances->launch(script("i-1", "true"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->pid, pid);
}

TEST_F(InstancesTest, AnInstanceOutlivesTheDaemonAndALaterOneFindsIt) {
    const pid_t daemon = ::fork();
    if (daemon == 0) {
        const auto launched = make_linux_instances(realm)->launch(
            script("i-orphan", "while :; do echo tick; sleep 0.05; done"));
        if (!launched) ::_exit(1);
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(daemon, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(shows("i-orphan", "tick"));
    const auto later = make_linux_instances(realm);
    EXPECT_EQ(later->observe("i-orphan")->phase, InstancePhase::running);
    const auto size = console("i-orphan").size();
    EXPECT_TRUE(eventually([&] { return console("i-orphan").size() > size; }));
    EXPECT_TRUE(later->halt("i-orphan", Halt::power_off, 0s));
    EXPECT_EQ(later->observe("i-orphan")->phase, InstancePhase::exited);
}

TEST_F(InstancesTest, AGracefulHaltLetsProcessesEndInOrder) {
    const auto launched = instances->launch(
        script("i-g", "trap 'echo saving; exit 0' TERM; echo ready; while :; do sleep 0.02; done"));
    ASSERT_TRUE(launched);
    ASSERT_TRUE(shows("i-g", "ready"));
    ASSERT_TRUE(instances->halt("i-g", Halt::graceful, 10s));
    EXPECT_NE(console("i-g").find("saving"), std::string::npos) << console("i-g");
    EXPECT_NE(console("i-g").find("shut down"), std::string::npos) << console("i-g");
}

TEST_F(InstancesTest, AHaltEndsWhatIgnoresSigterm) {
    ASSERT_TRUE(instances->launch(
        script("i-h",
               "trap '' TERM; setsid sh -c 'trap \"\" TERM; while :; do sleep 1; done' & "
               "echo ready; while :; do sleep 1; done")));
    ASSERT_TRUE(shows("i-h", "ready"));
    std::vector<ProcessIdentity> members;
    for (const int pid : Cgroups(realm.id).members("instance/i-h")) {
        if (const auto member = identify(pid)) members.push_back(*member);
    }
    EXPECT_GE(members.size(), 3U);
    ASSERT_TRUE(instances->halt("i-h", Halt::graceful, 100ms));
    for (const auto& member : members) EXPECT_FALSE(is_running(member)) << member.pid;
}

TEST_F(InstancesTest, RemovingLeavesOnlyTheConsole) {
    output_of("echo hello; dd if=/dev/zero of=/var/file bs=1M count=3 status=none");
    ASSERT_TRUE(instances->remove("i-1"));
    EXPECT_EQ(instances->observe("i-1")->phase, InstancePhase::absent);
    EXPECT_TRUE(instances->list()->empty());
    EXPECT_FALSE(base::file_exists(realm.data_dir + "/instances/i-1/upper"));
    EXPECT_NE(console("i-1").find("hello"), std::string::npos);
    EXPECT_TRUE(instances->remove("i-1")) << "absent is fine";
    ASSERT_TRUE(instances->forget("i-1"));
    EXPECT_FALSE(base::file_exists(realm.data_dir + "/instances/i-1"));
}

TEST_F(InstancesTest, ALaunchThatFailsSaysWhyAndLeavesNothingRunning) {
    auto spec = script("i-x", "true");
    spec.network_namespace = root + "/absent";
    auto launched = instances->launch(spec);
    ASSERT_FALSE(launched);
    EXPECT_NE(launched.error().message.find("network namespace"), std::string::npos);
    spec = script("i-x", "true");
    spec.image_root = root + "/no-image";
    launched = instances->launch(spec);
    ASSERT_FALSE(launched);
    EXPECT_NE(launched.error().message.find("no-image"), std::string::npos)
        << launched.error().message;
    EXPECT_TRUE(Cgroups(realm.id).list("instance").empty());
    EXPECT_EQ(instances->observe("i-x")->phase, InstancePhase::absent);
}

TEST_F(InstancesTest, AnInstanceNeverGetsTheHostsNetwork) {
    auto spec = script("i-n", "true");
    spec.network_namespace.clear();
    EXPECT_FALSE(instances->launch(spec));
}

TEST_F(InstancesTest, ARecordCutShortByACrashOfTheMachineHindersNothing) {
    output_of("true");
    ASSERT_TRUE(instances->halt("i-1", Halt::power_off, 0s));
    ASSERT_TRUE(base::write_file(realm.data_dir + "/instances/i-1/record.json", ""));
    EXPECT_EQ(instances->observe("i-1")->phase, InstancePhase::absent);
    EXPECT_TRUE(instances->launch(script("i-1", "true")));
    EXPECT_TRUE(instances->remove("i-1"));
}

TEST_F(InstancesTest, AnImportedImageIsTheRootAndNothingOfTheHostShows) {
    const std::string image = root + "/image";
    for (const char* folder : {"/usr/bin", "/etc", "/var/log", "/tmp", "/root", "/srv"}) {
        ASSERT_TRUE(base::make_directories(image + folder));
    }
    ASSERT_TRUE(base::write_file(image + "/srv/own", "of the image\n"));
    // Loader and libraries are taken from the host: the smallest image that has a shell.
    const std::string copy =
        "cp --parents -L /bin/sh /bin/ls /bin/cat $(ldd /bin/sh /bin/ls /bin/cat | "
        "grep -o '/[^ ]*' | grep -v :) " +
        image;
    ASSERT_EQ(std::system(copy.c_str()), 0);
    auto spec = script("i-img", "");
    spec.image_root = image;
    spec.user_data = "#!/bin/sh\ncat /srv/own; ls / | while read f; do echo top:$f; done\n";
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched) << launched.error().message;
    ASSERT_TRUE(shows("i-img", "[stormglass] user data ended with exit status 0"))
        << console("i-img");
    EXPECT_NE(console("i-img").find("of the image"), std::string::npos);
    EXPECT_EQ(console("i-img").find("top:home"), std::string::npos) << console("i-img");
    EXPECT_FALSE(base::file_exists(image + "/var/lib/cloud"))
        << "the image itself is not written to";
}

TEST_F(InstancesTest, AnIdThatCouldLeaveTheFolderIsRefused) {
    for (const char* id : {"", "..", "../x", "a/b", "a.b"}) {
        EXPECT_FALSE(instances->launch(script(id, "true"))) << id;
        EXPECT_FALSE(instances->remove(id)) << id;
    }
}

TEST_F(InstancesTest, TwoInstancesSeeNeitherFilesNorProcessesOfEachOther) {
    output_of("echo one > /srv/one; sleep 1000 &");
    const std::string output = output_of("ls /srv; ls -d /proc/[0-9]* | wc -l");
    EXPECT_EQ(output.find("one\n"), std::string::npos);
    EXPECT_NE(output.find("\n4\n"), std::string::npos) << output;  // init, bash, ls, wc
}

}  // namespace
}  // namespace stormglass::substrate

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "instance-init") {
        return stormglass::substrate::run_instance_init(argc, argv);
    }
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
