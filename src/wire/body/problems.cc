#include "wire/body/problems.h"

#include <re2/re2.h>

#include <map>
#include <memory>
#include <mutex>

#include "base/strings.h"

namespace stormglass::wire {
namespace {

constexpr std::size_t value_shown_max = 256;

std::string lower_first(std::string_view name) {
    std::string out(name);
    if (!out.empty() && !(out.size() > 1 && std::isupper(static_cast<unsigned char>(out[1])))) {
        out[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(out[0])));
    }
    return out;
}

std::string number_text(double value) { return fmt::format("{}", value); }

std::size_t utf8_length(const std::string& text) {
    std::size_t length = 0;
    for (const unsigned char c : text) length += (c & 0xC0U) != 0x80U ? 1 : 0;
    return length;
}

/// Compiled once per pattern. A pattern that RE2 does not know (look-around) is not checked here:
/// the handlers that care check by hand.
const re2::RE2* compiled(const char* pattern) {
    static std::mutex mutex;
    static std::map<std::string_view, std::unique_ptr<re2::RE2>> cache;
    const std::lock_guard lock(mutex);
    auto& slot = cache[pattern];
    if (!slot) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        slot = std::make_unique<re2::RE2>(pattern, options);
    }
    return slot->ok() ? slot.get() : nullptr;
}

void check_bounds(const Shape& shape, double size, std::string value, const Path& path,
                  Problems& problems) {
    const bool number = shape.kind == Kind::integer || shape.kind == Kind::number;
    if (shape.min && size < *shape.min) {
        add_problem(problems, {number ? ProblemKind::too_small : ProblemKind::too_short,
                               path.text(), value, number_text(*shape.min)});
    }
    if (shape.max && size > *shape.max) {
        add_problem(problems, {number ? ProblemKind::too_large : ProblemKind::too_long, path.text(),
                               value, number_text(*shape.max)});
    }
}

void check_string(const Shape& shape, const std::string& value, const Path& path,
                  Problems& problems) {
    const auto shown = value.substr(0, value_shown_max);
    if (shape.min || shape.max) {
        check_bounds(shape, static_cast<double>(utf8_length(value)), shown, path, problems);
    }
    if (!shape.enum_values.empty()) {
        for (const char* allowed : shape.enum_values) {
            if (value == allowed) return;
        }
        std::string list;
        for (const char* allowed : shape.enum_values) {
            list += (list.empty() ? "" : ", ") + std::string(allowed);
        }
        add_problem(problems, {ProblemKind::enumeration, path.text(), shown, list});
        return;
    }
    if (shape.pattern == nullptr) return;
    const re2::RE2* pattern = compiled(shape.pattern);
    if (pattern != nullptr && !re2::RE2::FullMatch(value, *pattern)) {
        add_problem(problems, {ProblemKind::pattern, path.text(), shown, shape.pattern});
    }
}

std::string constraint(const Problem& problem) {
    switch (problem.kind) {
        case ProblemKind::missing:
            return "Member must not be null";
        case ProblemKind::too_short:
            return "Member must have length greater than or equal to " + problem.bound;
        case ProblemKind::too_long:
            return "Member must have length less than or equal to " + problem.bound;
        case ProblemKind::too_small:
            return "Member must have value greater than or equal to " + problem.bound;
        case ProblemKind::too_large:
            return "Member must have value less than or equal to " + problem.bound;
        case ProblemKind::pattern:
            return "Member must satisfy regular expression pattern: " + problem.bound;
        case ProblemKind::enumeration:
            return "Member must satisfy enum value set: [" + problem.bound + "]";
        case ProblemKind::type:
            return "Member must be a valid " + problem.bound;
    }
    return {};
}

}  // namespace

std::string Path::text() const {
    if (parent == nullptr) return {};
    std::string before = parent->text();
    if (index > 0) return before + "." + std::to_string(index) + ".member";
    return before.empty() ? lower_first(name) : before + "." + lower_first(name);
}

void add_problem(Problems& problems, Problem problem) {
    if (problems.size() < problems_max) problems.push_back(std::move(problem));
}

void check_value(const Shape& shape, const void* value, const Path& path, Problems& problems) {
    switch (shape.kind) {
        case Kind::string:
            return check_string(shape, *static_cast<const std::string*>(value), path, problems);
        case Kind::blob:
            if (!shape.min && !shape.max) return;
            return check_bounds(shape,
                                static_cast<double>(static_cast<const std::string*>(value)->size()),
                                "<binary>", path, problems);
        case Kind::integer: {
            const auto number = *static_cast<const std::int64_t*>(value);
            return check_bounds(shape, static_cast<double>(number), std::to_string(number), path,
                                problems);
        }
        case Kind::number: {
            const auto number = *static_cast<const double*>(value);
            return check_bounds(shape, number, number_text(number), path, problems);
        }
        case Kind::list:
        case Kind::map:
            if (!shape.min && !shape.max) return;
            return check_bounds(shape, static_cast<double>(shape.access->size(value)), "[...]",
                                path, problems);
        default:
            return;
    }
}

void check_required(const Shape& shape, const std::vector<bool>& seen, const Path& path,
                    Problems& problems) {
    for (std::size_t i = 0; i < shape.members.size(); ++i) {
        const Member& member = shape.members[i];
        if (!member.required || seen[i]) continue;
        const Path at{&path, member.name};
        add_problem(problems, {ProblemKind::missing, at.text(), "null", {}});
    }
}

std::string describe(const Problems& problems) {
    std::string text = fmt::format("{} validation error{} detected: ", problems.size(),
                                   problems.size() == 1 ? "" : "s");
    for (std::size_t i = 0; i < problems.size(); ++i) {
        const Problem& problem = problems[i];
        if (i > 0) text += "; ";
        const std::string value =
            problem.kind == ProblemKind::missing ? "null" : "'" + problem.value + "'";
        text += fmt::format("Value {} at '{}' failed to satisfy constraint: {}", value,
                            problem.path, constraint(problem));
    }
    return text;
}

}  // namespace stormglass::wire
