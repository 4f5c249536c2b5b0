#include "substrate/mysql/stillness.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "base/strings.h"

namespace stormglass::substrate::mysql {

Activity activity_of(int pid) {
    Activity found;
    std::error_code code;
    for (const auto& task :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), code)) {
        const auto folder = task.path().string();
        const auto times = base::split(base::read_file(folder + "/schedstat").value_or(""), ' ');
        if (const auto ran = base::parse_integer(times.empty() ? "" : times[0])) {
            found.run_ns += static_cast<std::uint64_t>(*ran);
        }
        const auto stat = base::read_file(folder + "/stat").value_or("");
        const auto name_end = stat.rfind(") ");
        if (name_end != stat.npos && stat.substr(name_end + 2, 1) == "R") found.wants_to_run = true;
    }
    return found;
}

}  // namespace stormglass::substrate::mysql
