// What an instance cannot see, reach or exceed. Needs root.
#include <sys/stat.h>

#include "base/crypto.h"
#include "substrate/container/testing.h"

namespace stormglass::substrate {
namespace {

/// A file with a secret, gone at the end.
class Planted {
public:
    Planted(std::string folder, const std::string& secret, mode_t mode) {
        path_ = folder + "/stormglass-test-" + std::to_string(::getpid());
        EXPECT_TRUE(base::write_file(path_, secret));
        EXPECT_EQ(::chmod(path_.c_str(), mode), 0);
    }
    ~Planted() { ::unlink(path_.c_str()); }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;

private:
    std::string path_;
};

TEST_F(InstancesTest, PrivateFoldersOfTheHostDoNotShow) {
    const std::string secret = "planted-" + std::to_string(::getpid()) + "-secret";
    const std::string reversed(secret.rbegin(), secret.rend());  // Not in the console by itself.
    std::vector<std::unique_ptr<Planted>> planted;
    for (const char* folder :
         {"/root", "/home", "/run", "/tmp", "/var/tmp", "/var/log", "/var/cache", "/srv", "/mnt",
          "/media", "/boot", "/opt", "/var/lib", "/var/backups"}) {
        planted.push_back(std::make_unique<Planted>(folder, secret, 0644));
    }
    planted.push_back(std::make_unique<Planted>("/etc", secret, 0600));
    planted.push_back(std::make_unique<Planted>(realm.data_dir, secret, 0644));
    const std::string output = output_of(
        "secret=$(echo " + reversed +
        " | rev); echo $secret > /srv/control\n"
        "grep -rslI -- \"$secret\" /root /home /run /tmp /var /srv /mnt /media /boot /opt /etc | "
        "grep -v /var/lib/cloud; echo searched; ls -A / | tr '\\n' ' '");
    EXPECT_NE(output.find("/srv/control\n"), std::string::npos) << "the search finds: " << output;
    EXPECT_NE(output.find("searched"), std::string::npos) << output;
    EXPECT_EQ(output.find("stormglass-test-"), std::string::npos) << output;
    EXPECT_EQ(output.find("lost+found"), std::string::npos) << output;
}

TEST_F(InstancesTest, OnlyStandardFoldersAreAtTheTop) {
    const std::string output = output_of("for f in $(ls -A /); do echo top:$f; done");
    for (const auto& line : base::split(output, '\n')) {
        if (!line.starts_with("top:")) continue;
        const std::string known =
            " bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv "
            "sys tmp usr var ";
        EXPECT_NE(known.find(" " + line.substr(4) + " "), std::string::npos) << line;
    }
}

TEST_F(InstancesTest, NoPasswordHashOrHostKeyShows) {
    const std::string output = output_of(
        "grep -c '\\$' /etc/shadow; cut -d: -f2 /etc/shadow | sort -u; ls /etc/ssh/ssh_host_* 2>&1 "
        "| "
        "tail -1; ls -A /etc/ssl/private | wc -l; stat -c %a /etc/shadow");
    EXPECT_NE(output.find("\n0\n*\n"), std::string::npos) << output;
    EXPECT_NE(output.find("No such file"), std::string::npos) << output;
    EXPECT_NE(output.find("640\n"), std::string::npos) << output;
}

TEST_F(InstancesTest, TheHostsPathsDoNotShowInTheMounts) {
    const std::string output = output_of("cat /proc/self/mountinfo /proc/mounts; echo end");
    EXPECT_EQ(output.find(root), std::string::npos) << output;
}

TEST_F(InstancesTest, RootInsideHasOnlyAContainersCapabilities) {
    const std::string output = output_of("grep -i ^cap /proc/self/status");
    // chown dac_override fowner fsetid kill setgid setuid setpcap net_bind net_raw sys_chroot
    // audit_write setfcap
    EXPECT_NE(output.find("CapBnd:\t00000000a00425fb"), std::string::npos) << output;
    EXPECT_NE(output.find("CapEff:\t00000000a00425fb"), std::string::npos) << output;
}

TEST_F(InstancesTest, SystemCallsThatReachTheHostAreRefused) {
    const std::string output = output_of(
        "mount -t tmpfs x /mnt && echo BAD mount; umount -l /proc && echo BAD umount\n"
        "unshare -U true && echo BAD userns; unshare -m true && echo BAD mntns\n"
        "unshare -n true && echo BAD netns; mknod /tmp/d b 254 0 && echo BAD mknod\n"
        "date -s 2020-01-01 && echo BAD clock; hostname evil && echo BAD hostname\n"
        "echo 1 > /proc/sys/kernel/panic && echo BAD sysctl; dmesg && echo BAD dmesg\n"
        "echo b > /proc/sysrq-trigger && echo BAD sysrq; ls -l /proc/1/exe && echo BAD exe\n"
        "cat /proc/1/environ && echo BAD environ; for f in /proc/1/fd/*; do readlink $f && echo "
        "BAD fd; done\n"
        "chroot / true && echo chroot works; su -s /bin/sh nobody -c 'echo su works'; echo end");
    EXPECT_EQ(output.find("BAD"), std::string::npos) << output;
    EXPECT_NE(output.find("su works"), std::string::npos) << output;
    EXPECT_NE(output.find("end\n"), std::string::npos) << output;
}

TEST_F(InstancesTest, TheDevicesAreAFewHarmlessOnes) {
    const std::string output = output_of(
        "echo x > /dev/null && head -c 4 /dev/urandom | wc -c; for d in $(find /dev -type b -o "
        "-type c); "
        "do echo device $d; done; df -t tmpfs --output=target | tail -n +2 | tr '\\n' ' '; "
        "script -qc 'tty' /dev/null");
    EXPECT_EQ(output.find("device /dev/vd"), std::string::npos) << output;
    EXPECT_EQ(output.find("device /dev/mem"), std::string::npos) << output;
    EXPECT_NE(output.find("device /dev/null"), std::string::npos) << output;
    EXPECT_NE(output.find("/dev/pts/0"), std::string::npos) << output;
}

TEST_F(InstancesTest, TheProcessLimitHolds) {
    auto spec =
        script("i-p", "for i in $(seq 40); do sleep 1000 & done; echo made; jobs -p | wc -l");
    spec.processes_max = 20;
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched);
    if (!launched->limits_enforced) GTEST_SKIP() << "no usable cgroups";
    EXPECT_TRUE(shows("i-p", "fork")) << console("i-p");
    EXPECT_LE(instances->usage("i-p")->processes, 20);
}

TEST_F(InstancesTest, TheMemoryLimitHoldsAndTheInstanceGoesOn) {
    auto spec =
        script("i-m", "bash -c 'x=$(head -c 300M /dev/zero | tr \"\\0\" x)'; echo hog ended $?");
    spec.memory_bytes = 100 << 20;
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched);
    if (!launched->limits_enforced) GTEST_SKIP() << "no usable cgroups";
    EXPECT_TRUE(shows("i-m", "hog ended 137")) << console("i-m");
    EXPECT_EQ(instances->observe("i-m")->phase, InstancePhase::running);
}

TEST_F(InstancesTest, TheCpuLimitHolds) {
    auto spec = script("i-c", "while :; do :; done & while :; do :; done & wait");
    spec.cpu_millicores = 200;
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched);
    if (!launched->limits_enforced) GTEST_SKIP() << "no usable cgroups";
    // Throttled for at least 5 of each 10 periods, whatever else this machine does.
    EXPECT_TRUE(eventually([&] { return instances->usage("i-c")->cpu_seconds > 0.05; }));
    const auto before = instances->usage("i-c")->cpu_seconds;
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(eventually([&] { return instances->usage("i-c")->cpu_seconds > before + 0.2; }));
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GT(took, 700ms) << "0.2 CPU seconds at 0.2 CPUs take about a second";
}

TEST_F(InstancesTest, UserDataIsReadableByRootAlone) {
    const std::string output = output_of(
        "stat -c '%a %U' /var/lib/cloud/instance/user-data.txt /var/lib/cloud/instance/scripts; "
        "su -s /bin/sh nobody -c 'cat /var/lib/cloud/instance/user-data.txt'");
    EXPECT_NE(output.find("600 root\n700 root\n"), std::string::npos) << output;
    EXPECT_NE(output.find("Permission denied"), std::string::npos) << output;
    struct stat folder {};
    ASSERT_EQ(::stat((realm.data_dir + "/instances").c_str(), &folder), 0);
    EXPECT_EQ(folder.st_mode & 0777, 0700U) << "nor by other users of the host";
}

TEST_F(InstancesTest, TheNamesAndTheResolverAreTheInstancesOwn) {
    const std::string output = output_of(
        "cat /etc/hostname /etc/resolv.conf; wc -c < /etc/machine-id; ip -o link | wc -l");
    EXPECT_NE(output.find("ip-10-20-0-5.ec2.internal\nsearch ec2.internal\nnameserver 10.20.0.2\n"),
              std::string::npos)
        << output;
    EXPECT_NE(output.find("\n33\n1\n"), std::string::npos) << output;
}

TEST_F(InstancesTest, OurCertificateAuthorityIsTrusted) {
    ASSERT_EQ(std::system(
                  ("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " +
                   root + "/key.pem -out " + root + "/ca.pem -days 2 -subj /CN=test-ca 2>/dev/null")
                      .c_str()),
              0);
    auto spec = script("i-ca",
                       "openssl verify /usr/local/share/ca-certificates/stormglass-ca.crt; "
                       "openssl verify -CApath /etc/ssl/certs -no-CAfile -no-CAstore "
                       "/usr/local/share/ca-certificates/stormglass-ca.crt");
    spec.ca_certificate_pem = *base::read_file(root + "/ca.pem");
    const auto launched = instances->launch(spec);
    ASSERT_TRUE(launched) << launched.error().message;
    ASSERT_TRUE(shows("i-ca", "[stormglass] user data "));
    const std::string output = console("i-ca");
    const auto first = output.find("stormglass-ca.crt: OK");
    ASSERT_NE(first, std::string::npos) << output;
    EXPECT_NE(output.find("stormglass-ca.crt: OK", first + 1), std::string::npos) << output;
}

TEST_F(InstancesTest, TheConsoleIsBounded) {
    const std::string output = output_of("seq 400000");
    EXPECT_LE(output.size(), 64U << 10);
    EXPECT_NE(output.find("400000\n"), std::string::npos);
    std::uintmax_t total = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(realm.data_dir + "/instances/i-1")) {
        if (entry.is_regular_file()) total += entry.file_size();
    }
    EXPECT_LT(total, 2'200'000U);
}

}  // namespace
}  // namespace stormglass::substrate
