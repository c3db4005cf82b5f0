// provider-sandbox: UPay's SOAP service and Epay's API, the banks behind them, and orders to
// misbehave.
// See docs/sandbox.md.

#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "providers/sandbox/sandbox.h"
#include "server/base/random.h"
#include "server/base/stderr_logger.h"
#include "server/base/system_clock.h"

ABSL_FLAG(std::string, http, "127.0.0.1:8090",
          "where the providers and the banks' pages listen; port 0: any");
ABSL_FLAG(std::string, grpc, "127.0.0.1:50061", "where SandboxService listens; port 0: any");
ABSL_FLAG(std::string, public_url, "", "how a browser reaches --http, such as http://sandbox:8090");
ABSL_FLAG(std::string, upay_username, "sandbox", "the merchant's username at UPay");
ABSL_FLAG(std::string, upay_password, "sandbox-password", "the merchant's password at UPay");
ABSL_FLAG(std::string, upay_partner_key, "sandbox-partner-key", "StPimsApiPartnerKey");
ABSL_FLAG(std::vector<std::string>, upay_service_id, {"628"}, "ServiceIds that exist");
ABSL_FLAG(std::string, epay_client_id, "sandbox", "the merchant's client_id at Epay");
ABSL_FLAG(std::string, epay_client_secret, "sandbox-client-secret*#",
          "the merchant's client_secret at Epay");
ABSL_FLAG(std::vector<std::string>, epay_terminal_id, {"sandbox-terminal"},
          "terminals that exist at Epay");
ABSL_FLAG(int, latency_ms, 0, "how long every answer takes, in milliseconds");
ABSL_FLAG(int, callback_retry_ms, 1000, "between attempts of a callback, in milliseconds");
ABSL_FLAG(bool, hold_callbacks, true, "send a callback after every change of a hold");
ABSL_FLAG(bool, transfer_callbacks, true, "send a callback when a transfer has ended");
ABSL_FLAG(bool, auto_confirm, false, "cards are active at once, without the bank's page");
ABSL_FLAG(bool, quiet, false, "log nothing");

namespace payments::sandbox {
namespace {

constexpr int kMillisecondsMax = 60 * 60 * 1000;  // One hour, as SandboxService has it.

class SilentLogger : public Logger {
 public:
  void Log(LogLevel /*level*/, absl::string_view /*event*/,
           std::initializer_list<LogField> /*fields*/) override {}
};

struct Address {
  std::string host;
  uint16_t port = 0;
};

absl::StatusOr<Address> ParseAddress(const char* flag, const std::string& text) {
  constexpr uint32_t kPortMax = 65535;
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port) || port > kPortMax) {
    return absl::InvalidArgumentError(absl::StrCat("--", flag, ": must be host:port"));
  }
  return Address{text.substr(0, colon), static_cast<uint16_t>(port)};
}

absl::StatusOr<absl::Duration> ParseMilliseconds(const char* flag, int milliseconds) {
  if (milliseconds < 0 || milliseconds > kMillisecondsMax) {
    return absl::InvalidArgumentError(absl::StrCat("--", flag, ": 0 to ", kMillisecondsMax));
  }
  return absl::Milliseconds(milliseconds);
}

absl::StatusOr<Sandbox::Options> OptionsFromFlags() {
  const auto http = ParseAddress("http", absl::GetFlag(FLAGS_http));
  if (!http.ok()) return http.status();
  const auto grpc = ParseAddress("grpc", absl::GetFlag(FLAGS_grpc));
  if (!grpc.ok()) return grpc.status();
  const auto latency = ParseMilliseconds("latency_ms", absl::GetFlag(FLAGS_latency_ms));
  if (!latency.ok()) return latency.status();
  const auto retry = ParseMilliseconds("callback_retry_ms", absl::GetFlag(FLAGS_callback_retry_ms));
  if (!retry.ok()) return retry.status();

  Sandbox::Options options;
  options.http = {http->host, http->port};
  options.grpc_address = grpc->host;
  options.grpc_port = grpc->port;
  options.public_url = absl::GetFlag(FLAGS_public_url);
  options.latency = *latency;
  options.upay.hold_callbacks = absl::GetFlag(FLAGS_hold_callbacks);
  UpayMethods::Options& upay = options.upay.upay;
  upay.credentials.username = absl::GetFlag(FLAGS_upay_username);
  upay.credentials.password = Secret(absl::GetFlag(FLAGS_upay_password));
  upay.credentials.partner_key = Secret(absl::GetFlag(FLAGS_upay_partner_key));
  upay.service_ids = absl::GetFlag(FLAGS_upay_service_id);
  upay.auto_confirm = absl::GetFlag(FLAGS_auto_confirm);
  options.epay.transfer_callbacks = absl::GetFlag(FLAGS_transfer_callbacks);
  EpayMethods::Options& epay = options.epay.epay;
  epay.client_id = absl::GetFlag(FLAGS_epay_client_id);
  epay.client_secret = Secret(absl::GetFlag(FLAGS_epay_client_secret));
  epay.terminal_ids = absl::GetFlag(FLAGS_epay_terminal_id);
  options.callbacks.retry_interval = *retry;
  return options;
}

// As many descriptors as the system lets us have: one a connection.
void RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // Without it fewer connections fit, no more.
}

// Blocks them in every thread started from here on, so that sigwait() gets them.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int Run() {
  const auto options = OptionsFromFlags();
  if (!options.ok()) {
    absl::FPrintF(stderr, "provider-sandbox: %s\n", options.status().message());
    return 2;
  }
  RaiseDescriptorLimit();
  const sigset_t ending = BlockEndingSignals();
  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<Logger> logger = std::make_unique<StderrLogger>(&clock);
  if (absl::GetFlag(FLAGS_quiet)) logger = std::make_unique<SilentLogger>();

  const auto sandbox = Sandbox::Start(*options, &clock, &random, logger.get());
  if (!sandbox.ok()) {
    absl::FPrintF(stderr, "provider-sandbox: %s\n", sandbox.status().message());
    return 1;
  }
  absl::PrintF("provider-sandbox http=%s:%d grpc=%s:%d\n", options->http.address,
               (*sandbox)->http_port(), options->grpc_address, (*sandbox)->grpc_port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ending, &signal);
  return 0;
}

}  // namespace
}  // namespace payments::sandbox

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("a payment provider that does what it is told, for tests");
  absl::ParseCommandLine(argc, argv);
  return payments::sandbox::Run();
}
