#include "substrate/mysql/archive.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/crypto.h"
#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "substrate/mysql/program.h"
#include "substrate/mysql/replication.h"

namespace stormglass::substrate::mysql {
namespace {

constexpr std::chrono::minutes fetch_limit{10};
constexpr std::chrono::hours apply_limit{2};
constexpr std::size_t sequence_digits = 20;
constexpr std::string_view sealed_suffix = ".sealed";
constexpr std::size_t head_events = 4;  // The position a log begins behind is among its first.

/// Removed with all that is in it.
class Scratch {
public:
    static Result<Scratch> make(const std::string& folder) {
        TRY(base::remove_all(folder));
        TRY(base::make_directories(folder));
        return Scratch(folder);
    }
    Scratch(Scratch&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch() {
        if (!folder_.empty()) (void)base::remove_all(folder_);
    }
    std::string file(std::string_view name) const { return fmt::format("{}/{}", folder_, name); }

private:
    explicit Scratch(std::string folder) : folder_(std::move(folder)) {}
    std::string folder_;
};

struct ArchivedFile {
    std::string name;
    std::uint64_t begins_behind = 0;
};

std::vector<ArchivedFile> files_in(const std::string& folder) {
    std::vector<ArchivedFile> files;
    std::error_code code;
    for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
        const auto name = entry.path().filename().string();
        const auto sequence = base::parse_integer(name.substr(0, sequence_digits));
        if (!name.ends_with(sealed_suffix) || !sequence) continue;
        files.push_back({name, static_cast<std::uint64_t>(*sequence)});
    }
    std::ranges::sort(files, {}, &ArchivedFile::name);
    return files;
}

/// The transaction before a log's first: of its event "Gtid_list".
Result<std::uint64_t> begin_of(Connection& connection, const std::string& log) {
    const auto events = TRY(connection.query(
        fmt::format("SHOW BINLOG EVENTS IN {} LIMIT {}", quote(log), head_events)));
    for (const auto& event : events) {
        if (event.at("Event_type").value_or("") != "Gtid_list") continue;
        auto list = event.at("Info").value_or("");
        std::erase_if(list, [](char c) { return c == '[' || c == ']'; });
        return parse_gtid(list).sequence;
    }
    return std::uint64_t{0};
}

Result<void> fetch(const DatabaseServerSpec& spec, const std::string& socket,
                   const Scratch& scratch, const std::string& log, const std::string& to) {
    TRY(run_program(
        {.argv = {"mariadb-binlog", "--no-defaults", "--read-from-remote-server", "--raw",
                  "--user=root", "--socket=" + socket, "--result-file=" + scratch.file(""), log},
         .stdin_text = "",
         .limit = fetch_limit}));
    const auto plain = TRY(base::read_file(scratch.file(log)));
    base::SystemRandom random;
    const auto name = std::filesystem::path(to).filename().string();
    TRY(base::write_file(to, base::seal(spec.encryption_key, plain, name, random),
                         base::Access::secret, base::Sync::yes));
    return base::remove_all(scratch.file(log));
}

std::string name_of(std::uint64_t begins_behind, const DatabaseServerSpec& spec,
                    const std::string& log) {
    return fmt::format("{:0{}}-{}-{}{}", begins_behind, sequence_digits, spec.server_id, log,
                       sealed_suffix);
}

/// Of a server's closed logs those that hold anything new, oldest first.
Result<std::vector<std::pair<std::string, std::string>>> new_logs(Connection& connection,
                                                                  const DatabaseServerSpec& spec,
                                                                  const ArchivePlace& place,
                                                                  std::uint64_t complete_to) {
    auto rows = TRY(connection.query("SHOW BINARY LOGS"));
    if (!rows.empty()) rows.pop_back();  // The one being written.
    std::vector<std::pair<std::string, std::string>> found;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        const auto log = row->at("Log_name").value_or("");
        const auto begin = TRY(begin_of(connection, log));
        const auto path = place.folder + "/" + name_of(begin, spec, log);
        if (base::file_exists(path)) break;
        found.emplace_back(log, path);
        if (begin <= complete_to) break;  // Older ones are in the archive, from whomever.
    }
    std::ranges::reverse(found);
    return found;
}

std::string date_text(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// One file, decoded and fed to the server. Both texts are in memory only, for as long as it takes.
Result<void> apply(const ArchivedFile& file, const DatabaseServerSpec& spec,
                   const std::string& socket, const ArchivePlace& place, const LogReplay& replay,
                   const Gtid& from) {
    const auto scratch = TRY(Scratch::make(place.scratch));
    const auto sealed = TRY(base::read_file(place.folder + "/" + file.name));
    TRY(base::write_file(scratch.file("log"),
                         TRY(base::open_sealed(spec.encryption_key, sealed, file.name))));
    std::vector<std::string> argv = {"env",
                                     "TZ=UTC0",
                                     "mariadb-binlog",
                                     "--no-defaults",
                                     "--stop-datetime=" + date_text(replay.until),
                                     "--result-file=" + scratch.file("sql")};
    if (from.sequence > file.begins_behind) {
        argv.push_back(fmt::format("--start-position=0-{}-{}", from.server, from.sequence));
    }
    argv.push_back(scratch.file("log"));
    TRY(run_program({.argv = argv, .stdin_text = "", .limit = apply_limit}));
    // The text comes from a file: it may be larger than a pipe's worth of patience.
    TRY(run_program({.argv = {"/bin/sh", "-c",
                              "exec mariadb --no-defaults --binary-mode --user=root "
                              "--max-allowed-packet=1G --socket=\"$1\" < \"$2\"",
                              "replay", socket, scratch.file("sql")},
                     .stdin_text = "",
                     .limit = apply_limit}));
    return {};
}

Result<Gtid> position_of(Connection& connection, const LogReplay& replay) {
    const auto written = parse_gtid(TRY(connection.value("@@GLOBAL.gtid_binlog_pos")));
    const auto begin = parse_gtid(replay.begin);
    return written.sequence > begin.sequence ? written : begin;
}

}  // namespace

Result<std::string> archive_log(Connection& connection, const DatabaseServerSpec& spec,
                                const std::string& socket, const ArchivePlace& place) {
    TRY(base::make_directories(place.folder));
    const auto files = files_in(place.folder);
    const auto complete_to = files.empty() ? 0 : files.back().begins_behind;
    const auto position = TRY(connection.value("@@GLOBAL.gtid_binlog_pos"));
    TRY(connection.execute("FLUSH LOCAL BINARY LOGS"));
    const auto scratch = TRY(Scratch::make(place.scratch));
    for (const auto& [log, path] : TRY(new_logs(connection, spec, place, complete_to))) {
        TRY(fetch(spec, socket, scratch, log, path));
    }
    return position;
}

Result<void> replay_log(Connection& connection, const DatabaseServerSpec& spec,
                        const std::string& socket, const ArchivePlace& place,
                        const LogReplay& replay) {
    const auto files = files_in(place.folder);
    bool applied_one = false;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto at = TRY(position_of(connection, replay));
        if (i + 1 < files.size() && files[i + 1].begins_behind <= at.sequence) continue;
        if (files[i].begins_behind > at.sequence) {
            if (applied_one) return {};  // That one went beyond the moment.
            return fail(
                Domain::system, "LogGap",
                fmt::format("the archive begins behind transaction {}, the copy stands at {}",
                            files[i].begins_behind, at.sequence));
        }
        TRY(apply(files[i], spec, socket, place, replay, at));
        applied_one = true;
    }
    return {};
}

Result<void> prune_log(const std::string& folder, const std::string& position) {
    const auto needed_from = parse_gtid(position).sequence;
    const auto files = files_in(folder);
    for (std::size_t i = 0; i + 1 < files.size(); ++i) {
        if (files[i + 1].begins_behind > needed_from) break;
        TRY(base::remove_all(folder + "/" + files[i].name));
    }
    return {};
}

}  // namespace stormglass::substrate::mysql
