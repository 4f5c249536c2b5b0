#include "substrate/mysql/engine.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/strings.h"
#include "substrate/mysql/program.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::array places = {"/usr/sbin/mariadbd",       "/usr/bin/mariadbd",
                               "/usr/local/sbin/mariadbd", "/usr/sbin/mysqld",
                               "/usr/bin/mysqld",          "/usr/local/bin/mysqld"};

/// "10.11.19" of "mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for ..."
std::string version_in(const std::string& text) {
    const auto at = text.find("Ver ");
    if (at == std::string::npos) return "unknown";
    const auto end = text.find_first_not_of("0123456789.", at + 4);
    return text.substr(at + 4, end - at - 4);
}

}  // namespace

Result<Engine> find_engine() {
    std::string other;
    for (const std::string path : places) {
        if (::access(path.c_str(), X_OK) != 0) continue;
        const auto text = TRY(run_program({.argv = {path, "--no-defaults", "--version"}}));
        const auto version = version_in(text);
        if (text.find("MariaDB") != std::string::npos) return Engine{path, version};
        other = version;
    }
    if (other.empty()) {
        return fail(Domain::config, "NoEngine",
                    "no database server is installed: apt-get install mariadb-server");
    }
    return fail(Domain::config, "NoEngine",
                "this machine's server is MySQL " + other +
                    ", which is not driven yet: install mariadb-server beside it");
}

std::map<std::string, std::string> parse_variables(std::string_view help) {
    std::map<std::string, std::string> found;
    const auto table = help.find("\nVariables (--variable-name=value)");
    if (table == std::string_view::npos) return found;
    bool inside = false;
    for (const auto& line : base::split(help.substr(table + 1), '\n')) {
        if (inside && line.empty()) break;  // A sentence follows.
        if (line.starts_with("-----")) inside = true;
        const auto space = line.find(' ');
        if (!inside || line.starts_with('-') || space == std::string::npos) continue;
        std::string name = line.substr(0, space);
        std::replace(name.begin(), name.end(), '-', '_');
        found[name] = std::string(base::trim(std::string_view(line).substr(space)));
    }
    return found;
}

Result<std::map<std::string, std::string>> known_variables(const Engine& engine) {
    const auto help =
        TRY(run_program({.argv = {engine.program, "--no-defaults", "--verbose", "--help"}}));
    auto found = parse_variables(help);
    if (found.empty()) {
        return fail(Domain::system, "NoVariables", engine.program + " lists no variables");
    }
    return found;
}

Result<ServerUser> server_user() {
    for (const char* name : {"mysql", "nobody"}) {
        std::array<char, 4096> buffer;
        passwd entry{};
        passwd* found = nullptr;
        if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
            return ServerUser{entry.pw_uid, entry.pw_gid};
        }
    }
    return fail(Domain::config, "NoUser", "neither user mysql nor user nobody exists");
}

}  // namespace stormglass::substrate::mysql
