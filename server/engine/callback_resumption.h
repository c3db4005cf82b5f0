#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_RESUMPTION_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_RESUMPTION_H_

#include <memory>
#include <string>

#include "server/engine/callback_handling.h"
#include "server/engine/engine_core.h"

namespace payments {

// A stored callback, with its body, that is handled as if it had just come.
struct ResumedCallback {
  CallbackRecord record;
  // Taken before `record` was read: nobody else has judged it since.
  std::unique_ptr<CallbackMark> mark;
  std::string replayed_by;  // The principal; empty if nobody wished it.
};

void ResumeCallback(EngineCore* core, ResumedCallback resumed, CallbackHandled handled);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_RESUMPTION_H_
