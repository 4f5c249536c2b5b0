#include "substrate/mysql/launcher.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace stormglass::substrate::mysql {
namespace {

// $1 stage, $2 server folder, $3 run folder, $4 copy folder or "", $5 uid or "", $6 gid; then argv.
constexpr const char* script = R"sh(
set -eu
umask 077
stage=$1 folder=$2 run=$3 copy=$4 uid=$5 gid=$6
shift 6
mount -t tmpfs -o size=1m,mode=0755 tmpfs "$stage"
cd "$stage"
for system in usr bin sbin lib lib32 lib64 libx32 etc dev proc; do
    if [ -h "/$system" ]; then ln -s "$(readlink "/$system")" "$system"
    elif [ -d "/$system" ]; then mkdir "$system"; mount --bind "/$system" "$system"
    fi
done
mkdir -m 0755 database database/files old
mkdir database/server database/run
mount --bind "$folder" database/server
mount --bind "$run" database/run
if [ -n "$copy" ]; then mkdir database/copy; mount --bind "$copy" database/copy; fi
cat > database/key
[ -z "$uid" ] || chown "$uid:$gid" database/key
pivot_root . old
umount -l /old
cd /
if [ -n "$uid" ]; then
    exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --inh-caps=-all \
        --bounding-set=-all --no-new-privs "$@" < /dev/null
fi
exec "$@" < /dev/null
)sh";

}  // namespace

std::vector<std::string> launch_command(const Launch& launch) {
    std::vector<std::string> command = {"/usr/bin/unshare",
                                        "--mount",
                                        "--propagation",
                                        "private",
                                        "/bin/sh",
                                        "-c",
                                        script,
                                        "stormglass-database",
                                        launch.layout.stage,
                                        launch.layout.folder,
                                        launch.layout.run,
                                        launch.copy.value_or(""),
                                        launch.user ? fmt::format("{}", launch.user->uid) : "",
                                        launch.user ? fmt::format("{}", launch.user->gid) : ""};
    command.insert(command.end(), launch.argv.begin(), launch.argv.end());
    return command;
}

std::string key_file_text(const std::string& key) { return "1;" + base::hex_encode(key) + "\n"; }

}  // namespace stormglass::substrate::mysql
