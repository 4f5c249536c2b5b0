#include "wire/body/form.h"

#include <charconv>
#include <cmath>
#include <set>

#include "base/strings.h"
#include "wire/body/json.h"

namespace stormglass::wire::body {
namespace {

Unexpected malformed(std::string message) {
    return aws_error("MalformedQueryString", std::move(message));
}

Unexpected bad_value(const Path& path, const std::string& value) {
    return aws_error("InvalidParameterValue",
                     fmt::format("Value ({}) for parameter {} is invalid.", value, path.text()));
}

class Reader {
public:
    Reader(const Form& form, FormDialect dialect, Problems& problems)
        : form_(form), dialect_(dialect), problems_(problems) {}

    Result<void> structure(const std::string& prefix, const Shape& shape, void* to,
                           const Path& path, int depth) {
        if (depth > depth_max) return malformed("Parameters nest too deep.");
        std::vector<bool> seen(shape.members.size());
        for (std::size_t i = 0; i < shape.members.size(); ++i) {
            const Member& member = shape.members[i];
            const std::string name = prefix + member.query_name;
            if (!exists(name)) continue;
            seen[i] = true;
            const Path at{&path, member.name};
            TRY(value(name, *member.shape, member.flattened, engage(member, to), at, depth + 1));
        }
        check_required(shape, seen, path, problems_);
        return {};
    }

private:
    /// Is there a parameter of this name, or one that begins with it and a dot?
    bool exists(const std::string& name) const {
        const auto at = form_.lower_bound(name);
        if (at == form_.end()) return false;
        if (at->first == name) return true;
        const auto below = form_.lower_bound(name + ".");
        return below != form_.end() && below->first.starts_with(name + ".");
    }

    Result<void> value(const std::string& name, const Shape& shape, bool flattened, void* to,
                       const Path& path, int depth) {
        switch (shape.kind) {
            case Kind::structure:
                return structure(name + ".", shape, to, path, depth);
            case Kind::list:
                TRY(list(name, shape, flattened, to, path, depth));
                break;
            case Kind::map:
                TRY(map(name, shape, flattened, to, path, depth));
                break;
            default: {
                const auto at = form_.find(name);
                if (at == form_.end()) return bad_value(path, "");
                TRY(scalar(at->second, shape, to, path));
            }
        }
        check_value(shape, to, path, problems_);
        return {};
    }

    /// The numbers N for which "prefixN" or "prefixN." exists, ascending.
    std::set<std::size_t> indices(const std::string& prefix) const {
        std::set<std::size_t> found;
        for (auto at = form_.lower_bound(prefix);
             at != form_.end() && at->first.starts_with(prefix); ++at) {
            std::size_t number = 0;
            const char* begin = at->first.data() + prefix.size();
            const char* end = at->first.data() + at->first.size();
            const auto [stop, error] = std::from_chars(begin, end, number);
            if (error == std::errc{} && (stop == end || *stop == '.')) found.insert(number);
        }
        return found;
    }

    Result<void> list(const std::string& name, const Shape& shape, bool flattened, void* to,
                      const Path& path, int depth) {
        shape.access->mark_present(to);
        std::string prefix = name + ".";
        if (dialect_ == FormDialect::query && !flattened) {
            const std::string named = prefix + shape.element_name + ".";
            prefix = indices(named).empty() ? prefix + "member." : named;
        }
        std::size_t count = 0;
        for (const std::size_t index : indices(prefix)) {
            const Path at{&path, "", ++count};
            TRY(value(prefix + std::to_string(index), *shape.element, false,
                      shape.access->append(to), at, depth + 1));
        }
        return {};
    }

    Result<void> map(const std::string& name, const Shape& shape, bool flattened, void* to,
                     const Path& path, int depth) {
        shape.access->mark_present(to);
        const std::string prefix = name + (flattened ? "." : ".entry.");
        for (const std::size_t index : indices(prefix)) {
            const std::string entry = prefix + std::to_string(index) + ".";
            const auto key = form_.find(entry + shape.key_name);
            if (key == form_.end()) return malformed("Missing key of " + entry);
            const Path at{&path, key->second.c_str()};
            const std::string at_value = entry + shape.value_name;
            if (!exists(at_value)) return malformed("Missing value of " + entry);
            TRY(value(at_value, *shape.element, false, shape.access->insert(to, key->second), at,
                      depth + 1));
        }
        return {};
    }

    static Result<void> scalar(const std::string& text, const Shape& shape, void* to,
                               const Path& path) {
        switch (shape.kind) {
            case Kind::boolean: {
                const bool yes = base::equals_ignore_case(text, "true") || text == "1";
                if (!yes && !base::equals_ignore_case(text, "false") && text != "0") {
                    return bad_value(path, text);
                }
                *static_cast<bool*>(to) = yes;
                return {};
            }
            case Kind::integer: {
                const auto number = base::parse_integer(text);
                if (!number) return bad_value(path, text);
                *static_cast<std::int64_t*>(to) = *number;
                return {};
            }
            case Kind::number: {
                char* end = nullptr;
                *static_cast<double*>(to) = std::strtod(text.c_str(), &end);
                if (text.empty() || *end != '\0') return bad_value(path, text);
                return {};
            }
            case Kind::timestamp:
                return timestamp(text, *static_cast<base::Time*>(to), path);
            case Kind::blob: {
                auto bytes = base::base64_decode(text);
                if (!bytes) return bad_value(path, text);
                *static_cast<std::string*>(to) = std::move(*bytes);
                return {};
            }
            default:
                *static_cast<std::string*>(to) = text;
                return {};
        }
    }

    static Result<void> timestamp(const std::string& text, base::Time& to, const Path& path) {
        if (auto time = base::parse_time(text)) {
            to = *time;
            return {};
        }
        char* end = nullptr;
        const double seconds = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !std::isfinite(seconds)) return bad_value(path, text);
        to = base::from_epoch_seconds(seconds);
        return {};
    }

    const Form& form_;
    const FormDialect dialect_;
    Problems& problems_;
};

}  // namespace

Result<Form> parse_form(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const auto end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        std::string value = equals == std::string_view::npos
                                ? std::string{}
                                : base::uri_decode(pair.substr(equals + 1), base::Plus::space);
        std::string name = base::uri_decode(pair.substr(0, equals), base::Plus::space);
        if (!is_utf8(name) || !is_utf8(value)) return malformed("Parameters must be UTF-8.");
        form.insert_or_assign(std::move(name), std::move(value));
        if (form.size() > form_parameters_max) return malformed("Too many parameters.");
    }
    return form;
}

Result<void> read_form(const Form& form, FormDialect dialect, const Shape& shape, void* object,
                       Problems& problems) {
    return Reader(form, dialect, problems).structure("", shape, object, Path{}, 0);
}

}  // namespace stormglass::wire::body
