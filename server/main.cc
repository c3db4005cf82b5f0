// payments-server: flags, then configuration, then the server, then a signal.

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "providers/builtin_providers.h"
#include "server/app/payments_server.h"
#include "server/app/process.h"
#include "server/app/provider_list.h"
#include "server/app/store_commands.h"
#include "server/base/random.h"
#include "server/base/stderr_logger.h"
#include "server/base/system_clock.h"
#include "server/config/config.h"

ABSL_FLAG(std::string, config, "", "the configuration, a textproto; required");
ABSL_FLAG(std::string, backup, "", "copy the database, in use or not, to this new file, then end");
ABSL_FLAG(bool, check_config, false, "say what is wrong with the configuration, then end");
ABSL_FLAG(bool, dev, false, "no credentials and no TLS, on loopback only; as `dev: true`");
ABSL_FLAG(bool, list_providers, false, "print the providers and their settings, then end");
ABSL_FLAG(std::string, restore, "",
          "make this copy the database of a data directory that has none, then end");

namespace payments {
namespace {

constexpr char kUsage[] =
    "takes card payments through the configured providers.\n"
    "  payments-server --config FILE [--check-config] [--dev]\n"
    "  payments-server --config FILE --backup DEST\n"
    "  payments-server --config FILE --restore SOURCE\n"
    "  payments-server --list-providers\n"
    "Exit codes: 0 all is well, 1 failed, 2 the configuration is wrong.\n"
    "docs/configuration.md says more.";

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitConfiguration = 2;

// "--check-config=true" to "--check_config=true": the flags library knows no dashes.
std::string WithoutDashes(const std::string& argument) {
  if (!absl::StartsWith(argument, "--")) return argument;
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(argument.substr(2), absl::MaxSplits('=', 1));
  const bool has_value = absl::StrContains(argument, "=");
  return absl::StrCat("--", absl::StrReplaceAll(parts.first, {{"-", "_"}}), has_value ? "=" : "",
                      parts.second);
}

// Parses the flags; what is left over is an error.
bool ParseFlags(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = 0; i < argc; ++i) {
    arguments.push_back(i == 0 ? argv[i] : WithoutDashes(argv[i]));
  }
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  absl::SetProgramUsageMessage(kUsage);
  const std::vector<char*> rest =
      absl::ParseCommandLine(static_cast<int>(pointers.size()), pointers.data());
  if (rest.size() == 1) return true;
  std::cerr << "payments-server: \"" << rest[1] << "\" is no flag; try --help\n";
  return false;
}

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    variables.insert(
        std::pair<std::string, std::string>(absl::StrSplit(*entry, absl::MaxSplits('=', 1))));
  }
  return variables;
}

absl::StatusOr<Config> ReadConfig(const std::vector<ProviderPlugin>& plugins) {
  const std::string file = absl::GetFlag(FLAGS_config);
  if (file.empty())
    return absl::InvalidArgumentError("payments-server: --config is required; try --help");
  return LoadConfig(file, {absl::GetFlag(FLAGS_dev), plugins, Environment()});
}

// What a command has to say.
int Report(const absl::StatusOr<std::string>& result) {
  if (!result.ok()) {
    std::cerr << "payments-server: " << result.status().message() << "\n";
    return kExitFailed;
  }
  std::cout << *result;
  return kExitOk;
}

// Serves until a signal comes.
int Serve(Config config, const std::vector<ProviderPlugin>& plugins) {
  const StopSignals signals;  // Only here: a command is ended by them at once.
  SystemClock clock;
  SystemRandom random;
  StderrLogger logger(&clock);
  absl::StatusOr<std::unique_ptr<PaymentsServer>> server =
      PaymentsServer::Start(std::move(config), plugins, {&clock, &random, &logger});
  if (!server.ok()) {
    std::cerr << "payments-server: " << server.status().message() << "\n";
    return kExitFailed;
  }
  const ServerAddresses& at = (*server)->addresses();
  std::cout << "payments-server grpc=" << at.grpc << " public_http=" << at.public_http
            << " admin_http=" << at.admin_http << std::endl;

  const int signal = signals.Wait();
  logger.Log(LogLevel::kInfo, "server_draining", {{"signal", signal}});
  if (!(*server)->Drain()) {
    logger.Log(LogLevel::kWarning, "server_stopped", {{"drained", "false"}});
    // Something still runs and uses what would be destroyed. What it was doing is on
    // disk as an intent, and the next start finds out about it.
    _exit(kExitFailed);
  }
  server->reset();
  logger.Log(LogLevel::kInfo, "server_stopped", {{"drained", "true"}});
  return kExitOk;
}

int Main(int argc, char** argv) {
  if (!ParseFlags(argc, argv)) return kExitFailed;
  const std::vector<ProviderPlugin> plugins = BuiltinProviders();
  if (absl::GetFlag(FLAGS_list_providers)) {
    std::cout << DescribeProviders(plugins);
    return kExitOk;
  }
  HardenProcess();
  absl::StatusOr<Config> config = ReadConfig(plugins);
  if (!config.ok()) {
    std::cerr << config.status().message() << "\n";
    return kExitConfiguration;
  }
  if (absl::GetFlag(FLAGS_check_config)) {
    std::cout << absl::GetFlag(FLAGS_config) << ": ok\n";
    return kExitOk;
  }
  const std::string backup = absl::GetFlag(FLAGS_backup);
  const std::string restore = absl::GetFlag(FLAGS_restore);
  if (!backup.empty() && !restore.empty()) {
    return Report(absl::InvalidArgumentError("--backup and --restore are two commands"));
  }
  if (!backup.empty()) return Report(RunBackup(config->data_directory, backup));
  if (!restore.empty()) {
    return Report(RunRestore(restore, config->data_directory, SystemClock().Now()));
  }
  return Serve(*std::move(config), plugins);
}

}  // namespace
}  // namespace payments

int main(int argc, char** argv) { return payments::Main(argc, argv); }
