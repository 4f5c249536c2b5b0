// What the environment tells the application. The process keeps no other configuration and no
// state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "result.h"

namespace guestbook {

struct Config {
    std::string instance = "local";  // INSTANCE_ID
    std::string zone = "local";      // AZ
    std::string listen = "0.0.0.0";  // LISTEN_ADDRESS
    std::uint16_t port = 8080;       // PORT; 0 takes a free one
    std::string database_host;       // DB_ENDPOINT, "host:port"; the port may be left out
    std::uint16_t database_port = 3306;
    std::string database_user;      // DB_USER
    std::string database_name;      // DB_NAME
    std::string database_password;  // DB_PASSWORD_FILE (preferred) or DB_PASSWORD
};

using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads the configuration; the error names the variable that is missing or wrong.
Result<Config> read_config(const Lookup& lookup);

/// The process's own environment.
std::optional<std::string> environment_variable(const std::string& name);

}  // namespace guestbook
