// `stormglass cost`.
#include <cstdio>

#include "app/cli.h"
#include "app/cost/report.h"
#include "app/local_client.h"

namespace stormglass::app {

int command_cost(const std::string& data_dir, Form form) {
    const auto daemon = require_daemon(data_dir);
    if (!daemon) return exit_failed;
    const auto text = get_own(*daemon, "/_stormglass/cost");
    if (!text) return complain(text.error().message);
    if (form == Form::json) {
        std::printf("%s", text->c_str());
        return exit_done;
    }
    const auto report = base::parse_json(*text);
    if (!report) return complain(report.error().message);
    std::printf("%s", cost::report_text(*report).c_str());
    return exit_done;
}

}  // namespace stormglass::app
