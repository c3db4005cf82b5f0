#include "server/base/signal_mask.h"

#include <pthread.h>

#include <initializer_list>

namespace payments {

SignalMask::SignalMask() : before_() {
  sigset_t all;
  sigfillset(&all);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&all, fault);
  }
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalMask::~SignalMask() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace payments
