// The command line. Each command is a function in cli_*.cc; the subcommands that run as processes of
// their own inside the glass (lb, front-door, vpc-services, instance-init) are hidden from --help.
#include <CLI/CLI.hpp>

#include "app/cli.h"
#include "app/gameday/command.h"
#include "app/planes.h"
#include "app/realm_paths.h"
#include "substrate/container/instance_init.h"

namespace stormglass::app {
namespace {

void add_data_dir(CLI::App& command, std::string& data_dir) {
    command.add_option("--data-dir", data_dir, "Where everything is kept")
        ->capture_default_str()
        ->type_name("DIR");
}

void add_up(CLI::App& app, UpOptions& options, int& code) {
    auto* up = app.add_subcommand("up", "Start the daemon and wait until it is ready");
    add_data_dir(*up, options.data_dir);
    up->add_option("--port", options.port, "Of the API; 0 takes a free one")
        ->check(CLI::Range(0, 65535))->capture_default_str();
    up->add_option("--bind", options.bind, "Address of the API")
        ->check(CLI::ValidIPV4)->capture_default_str();
    up->add_option("--region", options.region, "Default region")->capture_default_str();
    up->add_option("--account-id", options.account_id, "Account of the root user")
        ->check([](const std::string& text) {
            const bool good = text.size() == 12 && text.find_first_not_of("0123456789") == std::string::npos;
            return good ? std::string{} : std::string("an account id has 12 digits");
        })->capture_default_str();
    up->add_option("--auth", options.auth, "enforce, or open: any key is taken for root's")
        ->check(CLI::IsMember({"enforce", "open"}))->capture_default_str();
    up->add_option("--http-port", options.http_port, "Of the front door for listeners on port 80")
        ->check(CLI::Range(1, 65535))->capture_default_str();
    up->add_option("--https-port", options.https_port, "Of the front door for listeners on port 443")
        ->check(CLI::Range(1, 65535))->capture_default_str();
    up->add_option("--clock-speed", options.clock_speed, "How fast the control plane's clock runs")
        ->check(CLI::Range(0.1, 1000.0))->capture_default_str();
    up->add_option("--log-level", options.log_level)
        ->check(CLI::IsMember({"debug", "info", "warn", "error"}))->capture_default_str();
    up->add_flag("--foreground", options.foreground, "Do not detach; log to stderr");
    up->callback([&options, &code] { code = command_up(options); });
}

struct Arguments {
    std::string data_dir, format = "shell", service, id;
    bool purge = false, json = false, follow = false;
    std::vector<std::string> words;
};

void add_looking_commands(CLI::App& app, Arguments& a, int& code) {
    auto* down = app.add_subcommand("down", "Stop everything; nothing keeps running");
    add_data_dir(*down, a.data_dir);
    down->add_flag("--purge", a.purge, "Also delete the data");
    down->callback([&] { code = command_down(a.data_dir, a.purge ? DataFate::purge : DataFate::keep); });

    auto* env = app.add_subcommand("env", "Environment for terraform, aws and SDKs");
    add_data_dir(*env, a.data_dir);
    env->add_option("--format", a.format)->check(CLI::IsMember({"shell", "json", "dotenv"}))
        ->capture_default_str();
    env->callback([&] { code = command_env(a.data_dir, a.format); });

    auto* status = app.add_subcommand("status", "What is really there, as observed now");
    add_data_dir(*status, a.data_dir);
    status->add_flag("--json", a.json);
    status->callback([&] { code = command_status(a.data_dir, a.json ? Form::json : Form::text); });

    auto* events = app.add_subcommand("events", "The timeline of all that happened");
    add_data_dir(*events, a.data_dir);
    events->add_flag("--follow", a.follow, "Go on as things happen");
    events->add_flag("--json", a.json, "One JSON object a line");
    events->callback([&] {
        code = command_events(a.data_dir, a.follow ? Follow::yes : Follow::no,
                              a.json ? Form::json : Form::text);
    });

    auto* coverage = app.add_subcommand("coverage", "Operations implemented, of those AWS publishes");
    add_data_dir(*coverage, a.data_dir);
    coverage->add_option("--service", a.service, "Names them for one service");
    coverage->add_flag("--json", a.json);
    coverage->callback([&] { code = command_coverage(a.service, a.json ? Form::json : Form::text); });
}

void add_inside_commands(CLI::App& app, Arguments& a, int& code) {
    auto* logs = app.add_subcommand("logs", "Console output of an instance (i-...) or log of a process");
    add_data_dir(*logs, a.data_dir);
    logs->add_option("ID", a.id)->required();
    logs->callback([&] { code = command_logs(a.data_dir, a.id); });

    auto* shell = app.add_subcommand("shell", "A shell (or a command after --) inside an instance");
    add_data_dir(*shell, a.data_dir);
    shell->add_option("ID", a.id)->required();
    shell->add_option("COMMAND", a.words);
    shell->callback([&] { code = command_shell(a.data_dir, a.id, a.words); });

    auto* cost = app.add_subcommand("cost", "What the running architecture would cost on AWS, an hour and a month");
    add_data_dir(*cost, a.data_dir);
    cost->add_flag("--json", a.json);
    cost->callback([&] { code = command_cost(a.data_dir, a.json ? Form::json : Form::text); });

    auto* mail = app.add_subcommand("mail", "What e-mail subscriptions received; with a number: that mail");
    add_data_dir(*mail, a.data_dir);
    mail->add_option("MAIL", a.id, "A number of the list, or last");
    mail->add_flag("--json", a.json);
    mail->callback([&] { code = command_mail(a.data_dir, a.id, a.json ? Form::json : Form::text); });

    auto* hosts = app.add_subcommand("hosts", "Lines for /etc/hosts with the balancers' names");
    add_data_dir(*hosts, a.data_dir);
    hosts->callback([&] { code = command_hosts(a.data_dir); });

    auto* ca = app.add_subcommand("ca", "The CA certificate that signs our TLS, as PEM");
    add_data_dir(*ca, a.data_dir);
    ca->callback([&] { code = command_ca(a.data_dir); });
}

struct AzArguments {
    ZoneOrder order;
    bool json = false;
};

void add_az(CLI::App& app, std::string& data_dir, AzArguments& a, int& code) {
    auto* az = app.add_subcommand("az", "Power cut of an Availability Zone, and its end");
    az->require_subcommand(1);
    add_data_dir(*az, data_dir);
    auto* list = az->add_subcommand("list", "Zones and their state");
    add_data_dir(*list, data_dir);
    list->add_flag("--json", a.json);
    list->callback([&] { code = command_az_list(data_dir, a.json ? Form::json : Form::text); });
    auto* failing = az->add_subcommand("fail", "All of the zone is gone at one instant");
    add_data_dir(*failing, data_dir);
    failing->add_option("ZONE", a.order.zone)->required();
    failing->add_option("--mode", a.order.mode,
                        "power; partition: links cut, processes alive; slow: latency and loss")
        ->check(CLI::IsMember({"power", "partition", "slow"}))->capture_default_str();
    failing->add_option("--latency", a.order.latency_ms, "Added each way (slow)")
        ->check(CLI::Range(0, latency_ms_max))->type_name("MS");
    failing->add_option("--loss", a.order.loss_percent, "Packets lost each way (slow)")
        ->check(CLI::Range(0, 100))->type_name("PERCENT");
    failing->callback([&] {
        a.order.action = "fail";
        code = command_az_order(data_dir, a.order);
    });
    auto* restore = az->add_subcommand("restore", "Power and links come back");
    add_data_dir(*restore, data_dir);
    restore->add_option("ZONE", a.order.zone)->required();
    restore->callback([&] {
        a.order.action = "restore";
        code = command_az_order(data_dir, a.order);
    });
}

void add_gameday(CLI::App& app, GamedayOptions& options, int& code) {
    auto* gameday = app.add_subcommand("gameday", "Scripted failures under load, with a report; exit 1 if an objective is missed");
    add_data_dir(*gameday, options.data_dir);
    gameday->add_option("FILE", options.script, "The script; its format: src/app/gameday/README.md")->required();
    gameday->add_option("--html", options.html_file, "Also write the report as a page with plots")->type_name("FILE");
    gameday->add_option("--json-file", options.json_file, "Also write the report as JSON")->type_name("FILE");
    gameday->add_flag("--json", options.json, "Print the report as JSON; progress goes to stderr");
    gameday->add_option("--cacert", options.ca_file, "Check the balancer's certificate by this file")
        ->check(CLI::ExistingFile);
    gameday->callback([&options, &code] { code = command_gameday(options); });
}

int run(int argc, char** argv) {
    CLI::App app{"Stormglass: a highly available AWS web architecture, for real, on one machine"};
    app.name("stormglass");
    app.set_version_flag("--version", std::string("stormglass ") + version);
    app.require_subcommand(1);
    int code = exit_done;
    UpOptions up;
    Arguments arguments;
    GamedayOptions gameday;
    up.data_dir = arguments.data_dir = gameday.data_dir = default_data_dir();
    add_up(app, up, code);
    add_looking_commands(app, arguments, code);
    add_inside_commands(app, arguments, code);
    AzArguments az;
    add_az(app, arguments.data_dir, az, code);
    add_gameday(app, gameday, code);
    add_plane_commands(app, code);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_wrong_use;
    }
    return code;
}

}  // namespace
}  // namespace stormglass::app

int main(int argc, char** argv) {
    // An instance's init starts before anything else: its descriptors carry meaning.
    if (argc > 1 && std::string_view(argv[1]) == "instance-init") {
        return stormglass::substrate::run_instance_init(argc, argv);
    }
    return stormglass::app::run(argc, argv);
}
