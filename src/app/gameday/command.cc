// stormglass gameday FILE
#include "app/gameday/command.h"

#include <cstdio>

#include "app/cli.h"
#include "app/gameday/run.h"
#include "base/file.h"

namespace stormglass::app {

int command_gameday(const GamedayOptions& options) {
    const auto text = base::read_file(options.script);
    if (!text) return complain(text.error().message);
    const auto script = gameday::parse_script(*text);
    if (!script) {
        complain(options.script + ": " + script.error().message);
        return exit_wrong_use;
    }
    const auto realm = look_at_realm(options.data_dir);
    const auto facts = running_daemon(realm.data_dir);
    if (!facts) return complain("no daemon runs on " + realm.data_dir + " (start it: stormglass up)");
    const auto say = [&](const std::string& line) {
        std::fprintf(options.json ? stderr : stdout, "%s\n", line.c_str());
        std::fflush(stdout);
    };
    const auto report = gameday::run_gameday(*script, {realm.data_dir, realm.program, *facts}, options.ca_file, say);
    if (!report) return complain(report.error().message);
    const std::string json = gameday::report_json(*report).dump(1, ' ', false, base::Json::error_handler_t::replace);
    std::printf("%s", options.json ? (json + "\n").c_str() : gameday::report_text(*report).c_str());
    for (const auto& [path, content] : {std::pair{options.json_file, json + "\n"}, {options.html_file, gameday::report_html(*report)}}) {
        if (path.empty()) continue;
        if (auto written = base::write_file(path, content, base::Access::shared); !written) return complain(written.error().message);
        say("report: " + path);
    }
    return report->passed() ? exit_done : exit_failed;
}

}  // namespace stormglass::app
