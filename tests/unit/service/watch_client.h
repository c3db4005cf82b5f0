#ifndef PAYMENTS_TESTS_UNIT_SERVICE_WATCH_CLIENT_H_
#define PAYMENTS_TESTS_UNIT_SERVICE_WATCH_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "payments/v1/payments_service.grpc.pb.h"

namespace payments {

// A client's side of one stream.
class Watch {
 public:
  using Response = v1::WatchEventsResponse;

  Watch(v1::PaymentsService::Stub& stub, const v1::WatchEventsRequest& request)
      : reader_(stub.WatchEvents(&context_, request)) {}

  // The next message; one without item if the stream has ended.
  Response Next() {
    Response response;
    if (!reader_->Read(&response)) response.Clear();
    // Whatever comes, it says where to go on from.
    EXPECT_EQ(response.cursor().empty(), response.item_case() == Response::ITEM_NOT_SET);
    if (!response.cursor().empty()) cursor_ = response.cursor();
    return response;
  }
  // Reads on to the next message of this kind; skips the others.
  Response Next(Response::ItemCase kind) {
    while (true) {
      Response response = Next();
      if (response.item_case() == kind || response.item_case() == Response::ITEM_NOT_SET) {
        return response;
      }
    }
  }
  v1::Event NextEvent() { return Next(Response::kEvent).event(); }

  // Of the end of the stream; reads what is left before it.
  grpc::Status End() {
    while (Next().item_case() != Response::ITEM_NOT_SET) {
    }
    return reader_->Finish();
  }
  void Cancel() { context_.TryCancel(); }
  const std::string& cursor() const { return cursor_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Response>> reader_;
  std::string cursor_;
};

inline v1::WatchEventsRequest FromBeginning() {
  v1::WatchEventsRequest request;
  request.set_beginning(true);
  return request;
}

inline v1::WatchEventsRequest After(const std::string& cursor) {
  v1::WatchEventsRequest request;
  request.set_after_cursor(cursor);
  return request;
}

inline v1::WatchEventsRequest UntilFinal(const std::vector<std::string>& names) {
  v1::WatchEventsRequest request = FromBeginning();
  request.set_stop_when_final(true);
  for (const std::string& name : names) request.mutable_filter()->add_names(name);
  return request;
}

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_SERVICE_WATCH_CLIENT_H_
