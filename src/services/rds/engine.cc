#include "services/rds/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stormglass::rds {
namespace {

constexpr std::int64_t gib = 1LL << 30;

struct Size {
    const char* name;
    int cpus;
    int memory_factor;  // Of the family's memory a "large".
};
constexpr std::array sizes = {Size{"large", 2, 1},    Size{"xlarge", 4, 2},
                              Size{"2xlarge", 8, 4},  Size{"4xlarge", 16, 8},
                              Size{"8xlarge", 32, 16}};

void add_burstable(std::vector<InstanceClass>& to, const char* family) {
    struct Burstable {
        const char* size;
        int gibibytes, cpus;
    };
    for (const auto& [size, gibibytes, cpus] :
         {Burstable{"micro", 1, 2}, Burstable{"small", 2, 2}, Burstable{"medium", 4, 2},
          Burstable{"large", 8, 2}, Burstable{"xlarge", 16, 4}, Burstable{"2xlarge", 32, 8}}) {
        to.push_back({fmt::format("db.{}.{}", family, size), gibibytes * gib, cpus * 1000});
    }
}

std::vector<InstanceClass> make_classes() {
    std::vector<InstanceClass> made;
    for (const char* family : {"t3", "t4g"}) add_burstable(made, family);
    const auto add = [&](const char* family, int large_gibibytes) {
        for (const auto& size : sizes) {
            made.push_back({fmt::format("db.{}.{}", family, size.name),
                            large_gibibytes * size.memory_factor * gib, size.cpus * 1000});
        }
    };
    for (const char* family : {"m5", "m6g", "m6i", "m7g", "m7i"}) add(family, 8);
    for (const char* family : {"r5", "r6g", "r6i", "r7g", "r7i"}) add(family, 16);
    return made;
}

}  // namespace

const std::vector<std::string>& families() {
    static const std::vector<std::string> all = {"mysql8.0", "mysql8.4"};
    return all;
}

const std::vector<std::string>& engine_versions() {
    static const std::vector<std::string> all = {"8.0.40", "8.0.41", "8.0.42", "8.0.43",
                                                 "8.4.4",  "8.4.5",  "8.4.6"};
    return all;
}

std::optional<std::string> resolve_version(std::string_view text) {
    if (text.empty()) return "8.0.43";  // For those who name none.
    const auto& all = engine_versions();
    if (std::find(all.begin(), all.end(), text) != all.end()) return std::string(text);
    std::optional<std::string> newest;
    for (const auto& version : all) {
        if (major_version(version) == text) newest = version;
    }
    return newest;
}

std::string major_version(std::string_view version) {
    return std::string(version.substr(0, version.rfind('.')));
}

std::string family_of(std::string_view version) { return "mysql" + major_version(version); }

const std::vector<InstanceClass>& instance_classes() {
    static const std::vector<InstanceClass> all = make_classes();
    return all;
}

std::optional<InstanceClass> find_class(std::string_view name) {
    for (const auto& each : instance_classes()) {
        if (each.name == name) return each;
    }
    return std::nullopt;
}

std::optional<std::int64_t> storage_min(std::string_view storage_type) {
    if (storage_type == "gp2" || storage_type == "gp3") return 20;
    if (storage_type == "io1" || storage_type == "io2") return 100;
    if (storage_type == "standard") return 5;
    return std::nullopt;
}

const std::vector<std::string>& certificates() {
    static const std::vector<std::string> all = {"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1",
                                                 "rds-ca-ecc384-g1"};
    return all;
}

const std::vector<std::string>& log_types() {
    static const std::vector<std::string> all = {"audit", "error", "general", "slowquery"};
    return all;
}

}  // namespace stormglass::rds
