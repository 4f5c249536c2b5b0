// guestbook: a small stateless web application, as an example of one that survives the loss of an
// instance, of a zone and of its database's primary.
#include <csignal>
#include <cstdio>
#include <string_view>
#include <thread>

#include "app.h"
#include "config.h"
#include "database.h"
#include "entries.h"
#include "log.h"
#include "resolver.h"
#include "server.h"

namespace {

constexpr const char* usage =
    "guestbook: a sample web application. Configuration comes from the environment:\n"
    "  DB_ENDPOINT=host[:port] DB_NAME DB_USER   the database (MySQL protocol)\n"
    "  DB_PASSWORD_FILE=path (or DB_PASSWORD)    its password\n"
    "  PORT=8080 LISTEN_ADDRESS=0.0.0.0          where to serve\n"
    "  INSTANCE_ID AZ                            shown on the page\n";

sigset_t end_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

int serve(const guestbook::Config& config) {
    using namespace guestbook;
    Resolver resolver;
    Database database({.host = config.database_host,
                       .port = config.database_port,
                       .user = config.database_user,
                       .password = config.database_password,
                       .name = config.database_name},
                      resolver);
    Entries entries(database);
    App app(config, entries);
    Server server({.address = config.listen, .port = config.port},
                  [&](const Request& request) { return app.handle(request); });
    if (const auto listening = server.listen(); !listening) {
        log(Level::error, "cannot_listen", {{"reason", listening.error().message}});
        return 1;
    }
    log(Level::info, "listening",
        {{"port", std::to_string(server.port())},
         {"instance", config.instance},
         {"zone", config.zone},
         {"database", config.database_host}});
    std::thread loop([&] { server.run(); });
    const sigset_t signals = end_signals();
    int received = 0;
    sigwait(&signals, &received);
    log(Level::info, "stopping", {{"signal", std::to_string(received)}});
    server.stop();
    loop.join();
    log(Level::info, "stopped");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view option = argc > 1 ? argv[1] : "";
    if (option == "--help" || option == "-h") {
        std::fputs(usage, stdout);
        return 0;
    }
    if (argc > 1) {
        std::fputs(usage, stderr);
        return 2;
    }
    // Blocked before any thread exists, so that sigwait alone receives them.
    const sigset_t signals = end_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    const auto config = guestbook::read_config(guestbook::environment_variable);
    if (!config) {
        std::fprintf(stderr, "guestbook: %s\n%s", config.error().message.c_str(), usage);
        return 2;
    }
    return serve(*config);
}
