#include "substrate/container/system_files.h"

#include "base/crypto.h"
#include "base/strings.h"

namespace stormglass::substrate {
namespace {

// As Debian and Red Hat divide them: these belong to people, the others to software.
constexpr long long human_uid_first = 1000;
constexpr long long human_uid_last = 59999;

/// Lines of passwd or group whose third field is a number of the distribution's own.
std::vector<std::string> system_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (const auto& line : base::split(text, '\n')) {
        const auto fields = base::split(line, ':');
        if (fields.size() < 3) continue;
        const auto number = base::parse_integer(fields[2]);
        if (!number || (*number >= human_uid_first && *number <= human_uid_last)) continue;
        lines.push_back(line);
    }
    return lines;
}

std::string name_in(const std::string& line) { return line.substr(0, line.find(':')); }

}  // namespace

Result<void> put_system_files(SeedLayer& seed, const BootConfig& config) {
    TRY(seed.put_file("etc/hostname", config.hostname + "\n"));
    TRY(seed.put_file("etc/hosts",
                      "127.0.0.1 localhost\n"
                      "::1 localhost ip6-localhost ip6-loopback\n"));
    std::string resolver;
    if (!config.search_domain.empty()) resolver += "search " + config.search_domain + "\n";
    if (!config.dns_server.empty()) resolver += "nameserver " + config.dns_server + "\n";
    TRY(seed.put_file("etc/resolv.conf", resolver + "options timeout:2 attempts:3\n"));
    TRY(seed.put_file("etc/fstab", ""));
    TRY(seed.put_file("etc/environment", ""));
    const std::string machine_id = base::hex_encode(base::md5("stormglass " + config.id));
    return seed.put_file("etc/machine-id", machine_id + "\n", 0444);
}

Result<void> put_clean_users(SeedLayer& seed) {
    std::string passwd, shadow, group, gshadow;
    const std::string host_passwd = TRY(seed.read_image("etc/passwd"));
    for (const auto& line : system_lines(host_passwd)) {
        passwd += line + "\n";
        shadow += name_in(line) + ":*:19000:0:99999:7:::\n";
    }
    const std::string host_group = TRY(seed.read_image("etc/group"));
    for (const auto& line : system_lines(host_group)) {
        const auto fields = base::split(line, ':');  // Members may be people of the host: dropped.
        group += fields[0] + ":x:" + fields[2] + ":\n";
        gshadow += fields[0] + ":*::\n";
    }
    TRY(seed.put_file("etc/passwd", passwd));
    TRY(seed.put_file("etc/group", group));
    TRY(seed.put_file_owned("etc/shadow", shadow, 0640));
    return seed.put_file_owned("etc/gshadow", gshadow, 0640);
}

}  // namespace stormglass::substrate
