// The template holds no user data and is not encrypted (keys belong to instances): the first start
// encrypts every page (start.cc). System tables that hold what users write (accounts, grants,
// routines) move from Aria to InnoDB here, because Aria's log stays in the clear. Not events and
// statistics: the server crashes on ALTER EVENT there (10.11.19); start.cc makes those safe.
#include "substrate/mysql/template.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/file.h"
#include "base/log.h"
#include "substrate/mysql/program.h"

namespace stormglass::substrate::mysql {
namespace {

namespace fs = std::filesystem;

// Part of the folder's name: a template made by other statements is another template.
constexpr const char* revision = "3";

constexpr std::array user_tables = {"global_priv", "db",           "tables_priv",   "columns_priv",
                                    "procs_priv",  "proxies_priv", "roles_mapping", "proc",
                                    "servers",     "func"};

// Small, and not waiting for the disk: copy_template() makes the copy durable.
const std::vector<std::string> quick = {
    "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=16M", "--innodb-flush-method=nosync",
    "--innodb-buffer-pool-dump-at-shutdown=0", "--skip-name-resolve"};

std::string statements() {
    std::string text = "USE mysql;\n";
    for (const char* table : user_tables) {
        text += "ALTER TABLE " + std::string(table) + " ENGINE=InnoDB;\n";
    }
    // Grants are not loaded in bootstrap mode, so accounts are rows.
    text +=
        "DELETE FROM global_priv WHERE NOT (Host='localhost' AND User IN "
        "('root','mariadb.sys'));\n";
    text += "DELETE FROM db;\nDELETE FROM proxies_priv;\nDROP DATABASE IF EXISTS test;\n";
    return text;
}

/// Statements that fill the time zone tables, without the two other copies of each zone. A machine
/// without the zones or the tool gets none: then only offsets ("+02:00") work.
std::string time_zone_statements() {
    constexpr std::string_view zone_start = "INSERT INTO time_zone (", end = "UNLOCK TABLES";
    const auto all = run_program(
        {.argv = {"mariadb-tzinfo-to-sql", "--skip-write-binlog", "/usr/share/zoneinfo"}});
    if (!all) {
        spdlog::warn("no time zones for databases: {}", all.error().message);
        return "";
    }
    std::string kept;
    for (std::size_t at = 0; at < all->size();) {
        const auto next = std::min(all->find(zone_start, at + 1), all->find(end, at + 1));
        const auto part = std::string_view(*all).substr(at, next - at);
        const bool copy = part.find("('posix/") != part.npos || part.find("('right/") != part.npos;
        if (!copy) kept += part;
        at += part.size();
    }
    return kept;
}

Result<void> install(const Engine& engine, const std::string& folder) {
    std::vector<std::string> argv = {
        "mariadb-install-db",  "--no-defaults",  "--user=root",
        "--datadir=" + folder, "--skip-test-db", "--auth-root-authentication-method=socket"};
    argv.insert(argv.end(), quick.begin(), quick.end());
    TRY(run_program({.argv = argv}));
    argv = {engine.program, "--no-defaults", "--bootstrap", "--user=root", "--datadir=" + folder};
    argv.insert(argv.end(), quick.begin(), quick.end());
    TRY(run_program({.argv = argv, .stdin_text = statements() + time_zone_statements()}));
    return {};
}

Unexpected fail_code(const std::error_code& code, const std::string& step) {
    return fail(Domain::system, std::to_string(code.value()), step + ": " + code.message());
}

Result<void> copy_folder(const std::string& from, const std::string& to) {
    TRY(base::remove_all(to));
    TRY(base::make_directories(fs::path(to).parent_path()));
    std::error_code code;
    fs::copy(from, to, fs::copy_options::recursive, code);
    if (code) return fail_code(code, "copy " + from);
    return {};
}

Result<void> make_folder(const std::string& path, ServerUser user, mode_t mode) {
    TRY(base::make_directories(path));
    if (::chown(path.c_str(), user.uid, user.gid) != 0) return fail_errno("chown " + path);
    if (::chmod(path.c_str(), mode) != 0) return fail_errno("chmod " + path);
    return {};
}

}  // namespace

Result<std::string> ensure_template(const Realm& realm, const Engine& engine) {
    const std::string folder =
        realm.data_dir + "/templates/mariadb-" + engine.version + "-" + revision;
    if (base::file_exists(folder)) return folder;
    // Made in memory: the installer waits for its files again and again.
    const std::string memory = realm.run_dir + "/template.new";
    TRY(base::remove_all(memory));
    TRY(base::make_directories(memory));
    auto installed = install(engine, memory);
    const std::string unfinished = folder + ".new";
    if (installed) installed = copy_folder(memory, unfinished);
    TRY(base::remove_all(memory));
    TRY(std::move(installed));
    TRY(sync_filesystem(unfinished));
    if (::rename(unfinished.c_str(), folder.c_str()) != 0) return fail_errno("rename " + folder);
    return folder;
}

Result<void> copy_template(const std::string& from, const Layout& layout, ServerUser user) {
    const std::string unfinished = layout.data() + ".new";
    TRY(copy_folder(from, unfinished));
    TRY(give_to(unfinished, user));
    TRY(sync_filesystem(unfinished));
    if (::rename(unfinished.c_str(), layout.data().c_str()) != 0) {
        return fail_errno("rename " + layout.data());
    }
    return {};
}

Result<void> give_to(const std::string& folder, ServerUser user) {
    std::error_code code;
    for (fs::recursive_directory_iterator at(folder, code), end; !code && at != end;
         at.increment(code)) {
        if (::lchown(at->path().c_str(), user.uid, user.gid) != 0) {
            return fail_errno("chown " + at->path().string());
        }
    }
    if (code) return fail_code(code, "list " + folder);
    if (::chown(folder.c_str(), user.uid, user.gid) != 0) return fail_errno("chown " + folder);
    if (::chmod(folder.c_str(), 0700) != 0) return fail_errno("chmod " + folder);
    return {};
}

Result<void> sync_filesystem(const std::string& folder) {
    const base::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid() || ::syncfs(fd.get()) != 0) return fail_errno("sync " + folder);
    return {};
}

Result<void> make_folders(const Layout& layout, ServerUser user) {
    // Ours, but the server walks through it: nobody else can get this far (data_dir is 0700).
    TRY(make_folder(layout.folder, {0, 0}, 0755));
    TRY(make_folder(layout.temporary(), user, 0700));
    TRY(make_folder(layout.run, user, 0700));
    return base::make_directories(layout.stage);
}

}  // namespace stormglass::substrate::mysql
