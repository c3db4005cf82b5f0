#include "server/app/public_routes.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace payments {
namespace {

constexpr char kActionsPrefix[] = "/actions/";

class PublicRoutes {
 public:
  PublicRoutes(HttpServer::Handler callbacks, HttpServer::Handler actions)
      : callbacks_(std::move(callbacks)), actions_(std::move(actions)) {}

  void operator()(HttpServer::Request request, HttpServer::Reply reply) {
    HttpServer::Handler& handler =
        absl::StartsWith(request.path, kActionsPrefix) ? actions_ : callbacks_;
    handler(std::move(request), std::move(reply));
  }

 private:
  HttpServer::Handler callbacks_;
  HttpServer::Handler actions_;
};

ActionPage ToPage(PayerAction action) {
  ActionPage page;
  if (action.is_pending) page.kind = ActionPage::Kind::kPending;
  if (action.form.has_value()) {
    page.kind = ActionPage::Kind::kForm;
    page.post_url = action.form->url();
    page.fields = {action.form->fields().begin(), action.form->fields().end()};
  }
  page.return_url = std::move(action.return_url);
  page.language = std::move(action.language);
  return page;
}

// The page, from what the engine says of the action.
class PageReply {
 public:
  explicit PageReply(ActionHandlers::Done done) : done_(std::move(done)) {}

  void operator()(absl::StatusOr<PayerAction> action) && {
    if (!action.ok()) return std::move(done_)(action.status());
    std::move(done_)(ToPage(*std::move(action)));
  }

 private:
  ActionHandlers::Done done_;
};

absl::Status NotStarted() { return absl::UnavailableError("the engine has not started"); }

}  // namespace

HttpServer::Handler MakePublicRoutes(HttpServer::Handler callbacks, HttpServer::Handler actions) {
  return PublicRoutes(std::move(callbacks), std::move(actions));
}

ActionHandlers MakeActionHandlers(PaymentEngine* const* engine) {
  ActionHandlers handlers;
  handlers.open = [engine](const std::string& token, ActionHandlers::Done done) {
    if (*engine == nullptr) return std::move(done)(NotStarted());
    (*engine)->OpenAction(token, PageReply(std::move(done)));
  };
  handlers.result = [engine](const std::string& token, std::map<std::string, Secret> fields,
                             ActionHandlers::Done done) {
    if (*engine == nullptr) return std::move(done)(NotStarted());
    (*engine)->FinishAction(token, std::move(fields), PageReply(std::move(done)));
  };
  return handlers;
}

}  // namespace payments
