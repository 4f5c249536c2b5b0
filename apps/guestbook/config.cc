// What the environment tells the application.
#include "config.h"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "text.h"

namespace guestbook {
namespace {

enum class Zero { allowed, refused };

Result<std::uint16_t> parse_port(const std::string& variable, std::string_view text, Zero zero) {
    std::uint16_t port = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = error == std::errc{} && stop == text.data() + text.size();
    if (!whole || (port == 0 && zero == Zero::refused)) {
        return fail(variable + ": '" + std::string(text) + "' is not a port");
    }
    return port;
}

Result<std::string> read_password(const Lookup& lookup) {
    if (const auto path = lookup("DB_PASSWORD_FILE")) {
        std::ifstream file(*path);
        if (!file) return fail("DB_PASSWORD_FILE: cannot read " + *path);
        std::string text(std::istreambuf_iterator<char>(file), {});
        while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
        return text;
    }
    if (const auto password = lookup("DB_PASSWORD")) return *password;
    return fail("DB_PASSWORD_FILE or DB_PASSWORD must be set");
}

Result<> read_database(const Lookup& lookup, Config& config) {
    for (auto [name, to] : {std::pair{"DB_ENDPOINT", &config.database_host},
                            {"DB_USER", &config.database_user},
                            {"DB_NAME", &config.database_name}}) {
        const auto value = lookup(name);
        if (!value || value->empty()) return fail(std::string(name) + " must be set");
        *to = *value;
    }
    const std::size_t colon = config.database_host.rfind(':');
    if (colon != std::string::npos) {
        const std::string text = config.database_host.substr(colon + 1);
        const auto port = parse_port("DB_ENDPOINT", text, Zero::refused);
        if (!port) return std::unexpected(port.error());
        config.database_port = *port;
        config.database_host.resize(colon);
    }
    auto password = read_password(lookup);
    if (!password) return std::unexpected(password.error());
    config.database_password = std::move(*password);
    return {};
}

}  // namespace

Result<Config> read_config(const Lookup& lookup) {
    Config config;
    for (auto [name, to] : {std::pair{"INSTANCE_ID", &config.instance},
                            {"AZ", &config.zone},
                            {"LISTEN_ADDRESS", &config.listen}}) {
        if (const auto value = lookup(name)) *to = *value;
    }
    if (const auto text = lookup("PORT")) {
        const auto port = parse_port("PORT", *text, Zero::allowed);
        if (!port) return std::unexpected(port.error());
        config.port = *port;
    }
    if (const auto database = read_database(lookup, config); !database) {
        return std::unexpected(database.error());
    }
    return config;
}

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace guestbook
