// The front door alone: front_door_main --config FILE [--status FILE].
#include <cstdio>
#include <string_view>

#include "planes/front_door/run.h"

int main(int argc, char** argv) {
    stormglass::front_door::Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        if (name == "--config") options.config_path = argv[i + 1];
        if (name == "--status") options.status_path = argv[i + 1];
        if (name == "--log-level") options.log_level = argv[i + 1];
    }
    if (options.config_path.empty()) {
        std::fputs("usage: front_door_main --config FILE [--status FILE] [--log-level LEVEL]\n",
                   stderr);
        return 2;
    }
    return stormglass::front_door::run_front_door(options);
}
