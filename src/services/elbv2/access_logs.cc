#include "services/elbv2/access_logs.h"

#include <zlib.h>

#include <filesystem>

#include "base/file.h"
#include "base/strings.h"
#include "services/elbv2/reconciler.h"

namespace stormglass::elbv2 {
namespace {

namespace fs = std::filesystem;

constexpr base::Millis pause{2'000};
constexpr base::Millis retry_pause{30'000};         // After a refusal.
constexpr base::Millis open_grace{10'000};          // A living node renames its file long before.
constexpr base::Millis kept_of_living{std::chrono::hours{24}};
constexpr base::Millis kept_of_gone{std::chrono::minutes{15}};
constexpr int gzip_window_bits = 15 + 16;           // zlib: 15 is the window, 16 says gzip.
constexpr int gzip_memory = 8;                      // zlib's own default.
constexpr const char* destination_file = "/destination.json";

Result<std::string> gzipped(const std::string& text) {
    z_stream stream{};
    if (::deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window_bits, gzip_memory,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
        return fail(Domain::system, "gzip", "zlib cannot be used");
    }
    std::string packed(::deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int status = ::deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    ::deflateEnd(&stream);
    if (status != Z_STREAM_END) return fail(Domain::system, "gzip", "the log cannot be compressed");
    return packed;
}

std::string root_folder(const substrate::Realm& realm) { return realm.data_dir + "/access-logs"; }

}  // namespace

std::string access_log_folder(const substrate::Realm& realm, const std::string& node_name) {
    return root_folder(realm) + "/" + node_name;
}

Result<void> keep_log_destination(const std::string& folder, const LogDestination& to) {
    const std::string text = base::to_json_text(to), path = folder + destination_file;
    if (const auto there = base::read_file(path); there && *there == text) return {};
    TRY(base::make_directories(folder));
    return base::write_file(path, text, base::Access::secret, base::Sync::yes);
}

Result<std::set<std::string>> AccessLogs::living_nodes() {
    std::set<std::string> names;
    const auto tx = parts_.store.read();
    TRY(nodes.scan(*tx, {}, [&](Node& node) {
        names.insert(node_paths(parts_.realm, node.load_balancer_id, node.zone).name);
    }));
    return names;
}

/// "END-RANDOM.log" and "END-RANDOM.open", oldest first.
std::vector<AccessLogs::File> AccessLogs::files_in(const std::string& folder) {
    std::vector<File> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string stem = entry.path().stem(), extension = entry.path().extension();
        const auto dash = stem.find('-');
        const auto end = base::parse_integer(stem.substr(0, dash));
        if (dash == std::string::npos || !end) continue;
        if (extension != ".log" && extension != ".open") continue;
        files.push_back({entry.path(), stem.substr(dash + 1), base::Time{base::Seconds{*end}},
                         extension == ".log"});
    }
    std::sort(files.begin(), files.end(),
              [](const File& a, const File& b) { return a.path < b.path; });
    return files;
}

void AccessLogs::tell(const LogDestination& to, std::string text) {
    parts_.timeline.add({parts_.clock.now(), "balancer", to.balancer_name,
                         fmt::format("access log of {}: {}", to.balancer_name, text), to.region});
}

Result<void> AccessLogs::deliver(const LogDestination& to, const File& file) {
    const auto text = TRY(base::read_file(file.path));
    if (!text.empty()) {
        auto packed = TRY(gzipped(text));
        TRY(parts_.delivery.deliver(log_sender(to),
                                    {to.bucket, log_key(to, file.end, file.random),
                                     "application/octet-stream", std::move(packed)}));
    }
    return base::remove_all(file.path);
}

void AccessLogs::give_up(const LogDestination& to, const File& file) {
    tell(to, fmt::format("the interval until {} is lost, bucket {} does not take it",
                         base::iso8601_seconds(file.end), to.bucket));
    std::error_code ignored;
    fs::remove(file.path, ignored);
}

Result<void> AccessLogs::empty(const std::string& node_name, NodeFate fate) {
    const std::string folder = access_log_folder(parts_.realm, node_name);
    const base::Time now = parts_.wall_clock.now();
    const auto files = files_in(folder);
    if (files.empty()) {
        return fate == NodeFate::gone ? base::remove_all(folder) : Result<void>{};
    }
    if (const auto at = retry_at_.find(node_name); at != retry_at_.end() && now < at->second) {
        return {};
    }
    const auto to = base::from_json_text<LogDestination>(
        TRY(base::read_file(folder + destination_file)));
    if (!to) return std::unexpected(to.error());
    for (const auto& file : files) {
        const bool whole = file.whole || fate == NodeFate::gone || now > file.end + open_grace;
        if (!whole) continue;
        const auto delivered = deliver(*to, file);
        if (!delivered && delivered.error().domain != Domain::aws) return delivered;
        if (delivered) {
            retry_at_.erase(node_name);
            told_.erase(node_name);
            continue;
        }
        retry_at_[node_name] = now + retry_pause;
        const std::string& why = delivered.error().message;
        if (std::exchange(told_[node_name], why) != why) {
            tell(*to, fmt::format("bucket {} refuses it ({}); it is kept and tried again",
                                  to->bucket, why));
        }
        if (now > file.end + (fate == NodeFate::gone ? kept_of_gone : kept_of_living)) {
            give_up(*to, file);
        }
    }
    return {};
}

Result<base::Millis> AccessLogs::reconcile() {
    const base::Time now = parts_.wall_clock.now();
    if (now < next_) return next_ - now;
    next_ = now + pause;
    const auto alive = TRY(living_nodes());
    std::error_code ignored;
    Result<void> outcome;
    for (const auto& entry : fs::directory_iterator(root_folder(parts_.realm), ignored)) {
        const std::string node_name = entry.path().filename();
        auto emptied = empty(node_name,
                             alive.contains(node_name) ? NodeFate::lives : NodeFate::gone);
        if (!emptied) outcome = std::move(emptied);  // One's failure does not stop the others.
    }
    TRY(std::move(outcome));
    return pause;
}

}  // namespace stormglass::elbv2
