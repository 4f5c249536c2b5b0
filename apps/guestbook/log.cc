// One JSON object a line on standard output.
#include "log.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "json.h"

namespace guestbook {
namespace {

std::string timestamp() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%FT%T", &parts);
    std::snprintf(text.data() + size, text.size() - size, ".%03dZ", static_cast<int>(ms % 1000));
    return text.data();
}

// Upper case: metric filters look for these very words.
std::string_view name_of(Level level) {
    switch (level) {
        case Level::info:
            return "INFO";
        case Level::warn:
            return "WARN";
        case Level::error:
            return "ERROR";
    }
    return "INFO";
}

}  // namespace

void log(Level level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
    std::string line = R"({"time":")" + timestamp() + R"(","level":")";
    line += name_of(level);
    line += R"(","event":)" + json_string(event);
    for (const auto& [name, value] : fields) {
        line += "," + json_string(name) + ":" + json_string(value);
    }
    line += "}\n";
    // One write is one line, however many threads and processes share the file.
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, line.data(), line.size());
}

}  // namespace guestbook
