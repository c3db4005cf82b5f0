#ifndef PAYMENTS_SERVER_APP_PUBLIC_ROUTES_H_
#define PAYMENTS_SERVER_APP_PUBLIC_ROUTES_H_

#include "server/engine/payment_engine.h"
#include "server/http/action_endpoint.h"
#include "server/http/http_server.h"

namespace payments {

// Everything that the public listener serves: /actions/… to payers' browsers, and
// anything else to providers that call back.
HttpServer::Handler MakePublicRoutes(HttpServer::Handler callbacks, HttpServer::Handler actions);

// Payers' pages by the engine that `engine` points to; 503 while it points to none. It is
// read on the executor that the engine runs on, and outlives the handlers.
ActionHandlers MakeActionHandlers(PaymentEngine* const* engine);

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_PUBLIC_ROUTES_H_
