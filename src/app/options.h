// What `stormglass up` was told.
#pragma once

#include <string>

namespace stormglass::app {

struct UpOptions {
    std::string data_dir;
    int port = 4566;
    std::string bind = "127.0.0.1";
    std::string region = "us-east-1";
    std::string account_id = "123456789012";
    std::string auth = "enforce";
    int http_port = 80;
    int https_port = 443;
    double clock_speed = 1.0;
    std::string log_level = "info";
    bool foreground = false;
};

}  // namespace stormglass::app
