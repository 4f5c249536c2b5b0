// What is wrong with an input, collected while it is read; worded by the protocol afterwards.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "wire/shapes.h"

namespace stormglass::wire {

enum class ProblemKind { missing, too_short, too_long, too_small, too_large, pattern, enumeration, type };

struct Problem {
    ProblemKind kind;
    std::string path;   // "tags.1.member.key", members as the model spells them.
    std::string value;  // As sent, shortened.
    std::string bound;  // The limit, pattern or allowed values.
};
inline constexpr std::size_t problems_max = 10;

using Problems = std::vector<Problem>;

/// Where in the input one is; frames live on the stack of the walk.
struct Path {
    const Path* parent = nullptr;
    const char* name = "";
    std::size_t index = 0;  // From 1; 0 = not a list element.
    std::string text() const;
};

/// Checks a value just read against its shape's limits.
void check_value(const Shape& shape, const void* value, const Path& path, Problems& problems);
/// Adds what required members of `object` lack, `seen` being those that were read.
void check_required(const Shape& shape, const std::vector<bool>& seen, const Path& path,
                    Problems& problems);
void add_problem(Problems& problems, Problem problem);

/// "1 validation error detected: Value ..." as AWS's services say it.
std::string describe(const Problems& problems);

}  // namespace stormglass::wire
