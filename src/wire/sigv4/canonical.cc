#include "wire/sigv4/canonical.h"

#include <algorithm>

#include "base/strings.h"

namespace stormglass::wire::sigv4 {
namespace {

/// RFC 3986 section 5.2.4 and no empty segments; the first and last '/' stay.
std::string normalise(std::string_view path) {
    std::vector<std::string_view> kept;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string_view segment = path.substr(at, end - at);
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
        at = end + 1;
    }
    std::string out = "/";
    for (std::size_t i = 0; i < kept.size(); ++i) {
        if (i > 0) out += '/';
        out += kept[i];
    }
    if (!kept.empty() && path.ends_with('/')) out += '/';
    return out;
}

/// Calls `visit(raw_name, raw_value)` for each parameter until it says stop (false).
template <class Visit>
void each_parameter(std::string_view query, Visit visit) {
    for (std::size_t at = 0; at < query.size();) {
        const std::size_t end = std::min(query.find('&', at), query.size());
        const std::string_view pair = query.substr(at, end - at);
        at = end + 1;
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const std::string_view value =
            equals < pair.size() ? pair.substr(equals + 1) : std::string_view{};
        if (!visit(pair.substr(0, equals), value)) return;
    }
}

/// Trimmed, with inner runs of blanks as one space.
void append_header_value(std::string& to, std::string_view value) {
    value = base::trim(value);
    bool in_blank = false;
    for (const char c : value) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank) to += c;
        if (blank && !in_blank) to += ' ';
        in_blank = blank;
    }
}

std::string re_encode(std::string_view raw) {
    return base::uri_encode(base::uri_decode(raw, base::Plus::space));
}

}  // namespace

std::string canonical_path(std::string_view raw_path, Flavour flavour) {
    if (raw_path.empty()) return "/";
    if (flavour == Flavour::s3) {
        return base::uri_encode(base::uri_decode(raw_path), base::Slash::keep);
    }
    return base::uri_encode(normalise(raw_path), base::Slash::keep);
}

std::string canonical_query(std::string_view raw_query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    each_parameter(raw_query, [&](std::string_view name, std::string_view value) {
        if (name == "X-Amz-Signature") return true;
        parameters.emplace_back(re_encode(name), re_encode(value));
        return true;
    });
    std::sort(parameters.begin(), parameters.end());
    std::string out;
    out.reserve(raw_query.size() + 64);
    for (const auto& [name, value] : parameters) {
        if (!out.empty()) out += '&';
        out.append(name).append(1, '=').append(value);
    }
    return out;
}

void append_canonical_headers(std::string& to, const Credential& credential,
                              const HeaderList& headers) {
    for (const std::string& name : credential.signed_headers) {
        to.append(name).append(1, ':');
        bool first = true;
        for (const auto& [sent_name, value] : headers) {
            if (!base::equals_ignore_case(sent_name, name)) continue;
            if (!first) to += ',';
            append_header_value(to, value);
            first = false;
        }
        to += '\n';
    }
}

std::optional<std::string> query_parameter(std::string_view raw_query, std::string_view name) {
    std::optional<std::string> found;
    each_parameter(raw_query, [&](std::string_view raw_name, std::string_view raw_value) {
        if (base::uri_decode(raw_name, base::Plus::space) != name) return true;
        found = base::uri_decode(raw_value, base::Plus::space);
        return false;
    });
    return found;
}

std::optional<std::string_view> find_header(const HeaderList& headers, std::string_view name) {
    for (const auto& [sent_name, value] : headers) {
        if (base::equals_ignore_case(sent_name, name)) return std::string_view(value);
    }
    return std::nullopt;
}

}  // namespace stormglass::wire::sigv4
