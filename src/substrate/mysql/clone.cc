#include "substrate/mysql/clone.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/strings.h"
#include "substrate/mysql/launcher.h"
#include "substrate/mysql/program.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::chrono::hours backup_limit{2};
constexpr std::string_view backup_program = "/usr/bin/mariadb-backup";

/// The tool runs as root in a root like the server's own, so that both call every path the same.
Result<void> run_backup(const CloneRequest& request, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(backup_program));
    const Layout from{.folder = request.from.folder,
                      .run = request.from.run,
                      .stage = request.to.stage,
                      .marks = request.from.marks};
    auto command = launch_command({.layout = from,
                                   .copy = request.to.data() + ".new",
                                   .user = std::nullopt,
                                   .argv = std::move(arguments)});
    // A daemon that dies takes it along: the next one begins anew, in the same folder.
    command.insert(command.begin(), {"/usr/bin/setpriv", "--pdeathsig", "KILL"});
    TRY(run_program({.argv = std::move(command),
                     .stdin_text = key_file_text(request.encryption_key),
                     .limit = backup_limit}));
    return {};
}

/// "0-1-42" of the file "binlog.000003<tab>379<tab>0-1-42"; empty if nothing was ever written.
std::string position_in(const std::string& text) {
    const auto parts = base::split(base::trim(text), '\t');
    return parts.size() < 3 ? "" : std::string(base::trim(parts[2]));
}

Result<void> finish(const CloneRequest& request, const std::string& folder) {
    const auto position =
        position_in(base::read_file(folder + "/xtrabackup_binlog_info").value_or(""));
    for (const char* name : {"backup-my.cnf", "xtrabackup_binlog_info", "xtrabackup_checkpoints",
                             "xtrabackup_info", "xtrabackup_binlog_pos_innodb"}) {
        TRY(base::remove_all(folder + "/" + name));
    }
    TRY(base::write_file(request.to.clone_position(), position));
    TRY(base::write_file(request.to.encrypted_mark(), ""));
    TRY(give_to(folder, request.user));
    TRY(sync_filesystem(folder));
    if (::rename(folder.c_str(), request.to.data().c_str()) != 0) {
        return fail_errno("rename " + folder);
    }
    return {};
}

}  // namespace

Result<void> clone_server(const CloneRequest& request) {
    if (!base::file_exists(std::string(backup_program))) {
        return fail(Domain::config, "NoBackupProgram",
                    "a standby of existing data needs: apt-get install mariadb-backup");
    }
    if (!base::file_exists(request.from.encrypted_mark())) {
        return fail(Domain::system, "Starting", "the primary's own data is not encrypted yet");
    }
    const std::string folder = request.to.data() + ".new";
    TRY(base::remove_all(folder));
    TRY(base::make_directories(folder));
    const auto target = fmt::format("--target-dir={}", inside::copy);
    const auto temporary = fmt::format("--tmpdir={}", inside::temporary);
    TRY(run_backup(request, {"--no-defaults", "--backup", target, temporary, "--user=root",
                             fmt::format("--datadir={}", inside::data),
                             fmt::format("--socket={}/sock", inside::run)}));
    TRY(run_backup(request, {fmt::format("--defaults-file={}/backup-my.cnf", inside::copy),
                             "--prepare", target, temporary}));
    return finish(request, folder);
}

}  // namespace stormglass::substrate::mysql
