// One JSON object a line on standard output, as log collectors like it. Never a secret.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace guestbook {

enum class Level { info, warn, error };

/// Writes one line, whole, from any thread.
void log(Level level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

}  // namespace guestbook
