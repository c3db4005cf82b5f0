#ifndef PAYMENTS_SERVER_APP_PROCESS_H_
#define PAYMENTS_SERVER_APP_PROCESS_H_

#include <csignal>

namespace payments {

// No core dumps and no debugger of another process: memory holds card data. And as
// many open files as the system lets us have.
void HardenProcess();

// Waits for SIGTERM and SIGINT. Made before any other thread, so that all of them
// have the signals blocked and only the waiting thread gets them. For one thread.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Returns the first one. From then on another one ends the process at once.
  int Wait() const;

 private:
  sigset_t signals_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_PROCESS_H_
