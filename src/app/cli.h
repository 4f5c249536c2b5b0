// The commands behind main.cc. Each prints to stdout (errors to stderr) and returns the exit code.
#pragma once

#include <string>
#include <vector>

#include "app/options.h"
#include "app/realm_paths.h"
#include "app/teardown.h"
#include "app/zone_control.h"

namespace stormglass::app {

inline constexpr int exit_done = 0, exit_failed = 1, exit_wrong_use = 2;

enum class Form { text, json };
enum class Follow { no, yes };

int command_up(const UpOptions& options);
int command_down(const std::string& data_dir, DataFate fate);
int command_env(const std::string& data_dir, const std::string& format);
int command_status(const std::string& data_dir, Form form);
int command_events(const std::string& data_dir, Follow follow, Form form);
int command_coverage(const std::string& service, Form form);
int command_logs(const std::string& data_dir, const std::string& id);
int command_shell(const std::string& data_dir, const std::string& id,
                  const std::vector<std::string>& words);
/// What the running architecture would cost on AWS.
int command_cost(const std::string& data_dir, Form form);
/// `which`: a number of the list, an id or "last"; empty lists them.
int command_mail(const std::string& data_dir, const std::string& which, Form form);
int command_hosts(const std::string& data_dir);
int command_ca(const std::string& data_dir);

int command_az_list(const std::string& data_dir, Form form);
int command_az_order(const std::string& data_dir, const ZoneOrder& order);

/// The running daemon, or a complaint.
std::optional<DaemonFacts> require_daemon(const std::string& data_dir);
/// "stormglass: ..." on stderr; returns exit_failed.
int complain(const std::string& text);

}  // namespace stormglass::app
