#ifndef PAYMENTS_SERVER_BASE_SIGNAL_MASK_H_
#define PAYMENTS_SERVER_BASE_SIGNAL_MASK_H_

#include <csignal>

namespace payments {

// Blocks every signal but those of faults while it lives, so that a thread started
// meanwhile never receives one: SIGTERM stays with main, and writing to a connection
// that is gone gives EPIPE instead of SIGPIPE. To be used around the start of a thread,
// not within it: what came meanwhile is delivered when the mask ends. For one thread.
class SignalMask {
 public:
  SignalMask();
  ~SignalMask();
  SignalMask(const SignalMask&) = delete;
  SignalMask& operator=(const SignalMask&) = delete;

 private:
  sigset_t before_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_SIGNAL_MASK_H_
