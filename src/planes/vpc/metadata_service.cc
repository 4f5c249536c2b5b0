#include "planes/vpc/metadata_service.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "planes/vpc/metadata_tree.h"

namespace stormglass::vpc {
namespace {

constexpr char token_header[] = "x-aws-ec2-metadata-token";
constexpr char life_header[] = "x-aws-ec2-metadata-token-ttl-seconds";
constexpr char life_header_out[] = "X-Aws-Ec2-Metadata-Token-Ttl-Seconds";
constexpr std::string_view token_path = "latest/api/token";

/// All serve the same content here.
constexpr std::array<std::string_view, 28> versions{
    "1.0",        "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15",
    "2008-02-01", "2008-09-01", "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12",
    "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02",
    "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03",
    "2021-03-23", "2021-07-15", "2022-09-24", "latest"};

bool is_version(std::string_view text) {
    return std::find(versions.begin(), versions.end(), text) != versions.end();
}

/// Without leading and doubled slashes, percent-decoded.
std::string clean_path(std::string_view raw) {
    std::string path;
    for (const char c : base::uri_decode(raw)) {
        const bool doubled = c == '/' && (path.empty() || path.back() == '/');
        if (!doubled) path += c;
    }
    return path;
}

std::string version_list() {
    std::string list;
    for (const std::string_view version : versions) {
        if (!list.empty()) list += '\n';
        list += version;
    }
    return list;
}

HttpResponse text(std::string body) {
    HttpResponse response;
    response.body = std::move(body);
    return response;
}

}  // namespace

void MetadataService::use(std::shared_ptr<const Config> config) {
    config_ = std::move(config);
    by_address_.clear();
    for (const InstanceMetadata& instance : config_->instances) {
        by_address_.emplace(instance.local_ipv4, &instance);
        for (const InterfaceMetadata& interface : instance.interfaces) {
            for (const std::string& address : interface.local_ipv4s) {
                by_address_.emplace(address, &instance);
            }
        }
    }
}

HttpResponse MetadataService::handle(const HttpRequest& request,
                                     const std::string& source_address) const {
    const auto found = by_address_.find(source_address);
    if (found == by_address_.end()) return error_page(404);
    const InstanceMetadata& instance = *found->second;
    if (!instance.endpoint_enabled) return error_page(403);
    if (request.method == "PUT") return issue_token(request, instance);
    if (request.method != "GET" && request.method != "HEAD") return error_page(405);
    return read(request, instance);
}

HttpResponse MetadataService::issue_token(const HttpRequest& request,
                                          const InstanceMetadata& instance) const {
    const std::string path = clean_path(request.path);
    if (path != token_path) {
        // A token belongs to no version: the versioned path is forbidden, others do not take PUT.
        return error_page(path.ends_with("/api/token") ? 403 : 405);
    }
    // Behind a proxy the caller is not who the address says.
    if (request.header("x-forwarded-for")) return error_page(403);
    const auto life = base::parse_integer(request.header(life_header).value_or(""));
    if (!life || *life < token_life_min.count() || *life > token_life_max.count()) {
        return error_page(400);
    }
    HttpResponse response =
        text(tokens_.issue(instance.instance_id, clock_.now(), base::Seconds{*life}));
    response.headers.emplace_back(life_header_out, std::to_string(*life));
    response.ip_ttl = instance.hop_limit;
    return response;
}

HttpResponse MetadataService::read(const HttpRequest& request,
                                   const InstanceMetadata& instance) const {
    const std::string path = clean_path(request.path);
    if (path == token_path) return error_page(405);
    const auto token = request.header(token_header);
    const auto left = token ? tokens_.check(*token, instance.instance_id, clock_.now())
                            : std::optional<base::Seconds>{};
    const bool refused = token ? !left : instance.tokens_required;
    if (refused) return error_page(401);

    HttpResponse response;
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string inner = path.substr(std::min(slash + 1, path.size()));
    if (path.empty()) {
        response = text(version_list());
    } else if (!is_version(path.substr(0, slash))) {
        return error_page(404);
    } else {
        const auto value = read_metadata(metadata_tree(*config_, instance), inner);
        if (!value) return error_page(404);
        const bool key_list = inner == "meta-data/public-keys" || inner == "meta-data/public-keys/";
        response = text(key_list ? "0=" + instance.key_name : *value);
        if (inner == "user-data") response.content_type = "application/octet-stream";
    }
    if (left) response.headers.emplace_back(life_header_out, std::to_string(left->count()));
    return response;
}

}  // namespace stormglass::vpc
