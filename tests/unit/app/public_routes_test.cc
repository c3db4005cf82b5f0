#include "server/app/public_routes.h"

#include <map>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/service/fake_engine.h"

namespace payments {
namespace {

using testing::IsEmpty;

// Answers with the name that it was given.
HttpServer::Handler Named(const std::string& name) {
  return [name](const HttpServer::Request&, HttpServer::Reply reply) {
    std::move(reply)(HttpResponse{200, {}, Secret(name)});
  };
}

std::string RouteOf(const std::string& path) {
  HttpServer::Handler routes = MakePublicRoutes(Named("callbacks"), Named("actions"));
  HttpServer::Request request;
  request.path = path;
  std::string taken;
  routes(std::move(request),
         [&taken](const HttpResponse& response) { taken = std::string(response.body.Reveal()); });
  return taken;
}

TEST(PublicRoutesTest, ActionsAreForBrowsersAndAllElseForProviders) {
  EXPECT_EQ(RouteOf("/actions/a.t"), "actions");
  EXPECT_EQ(RouteOf("/actions/a.t/result"), "actions");
  EXPECT_EQ(RouteOf("/actions/"), "actions");
  for (const char* path :
       {"/callbacks/upay/p.t", "/", "", "/actions", "/Actions/x", "/x/actions/"}) {
    EXPECT_EQ(RouteOf(path), "callbacks") << path;
  }
}

class ActionHandlersTest : public testing::Test {
 protected:
  using Answer = absl::StatusOr<ActionPage>;

  ActionHandlers::Done Into() {
    return [this](Answer answer) { answer_ = std::move(answer); };
  }
  Answer Open() {
    handlers_.open("a.t", Into());
    return answer_;
  }
  Answer Finish() {
    handlers_.result("a.t", {{"MD", Secret("1")}}, Into());
    return answer_;
  }

  FakeEngine fake_;
  PaymentEngine* engine_ = &fake_;
  ActionHandlers handlers_ = MakeActionHandlers(&engine_);
  Answer answer_ = absl::InternalError("test: not answered");
};

TEST_F(ActionHandlersTest, BeforeTheEngineHasStartedTheyAreUnavailable) {
  engine_ = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(Open().status()));
  EXPECT_TRUE(absl::IsUnavailable(Finish().status()));
  engine_ = &fake_;
  EXPECT_TRUE(Open().ok()) << "it is looked at again each time";
}

TEST_F(ActionHandlersTest, AFormIsThePage) {
  PayerAction action;
  action.form.emplace().set_url("https://bank.test/acs");
  (*action.form->mutable_fields())["MD"] = "1";
  action.return_url = "https://shop.test/";
  action.language = "kk";
  fake_.ShowAction(action);
  const Answer page = Open();
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->post_url, "https://bank.test/acs");
  EXPECT_EQ(page->fields, (std::map<std::string, std::string>{{"MD", "1"}}));
  EXPECT_EQ(page->return_url, "https://shop.test/");
  EXPECT_EQ(page->language, "kk");
  EXPECT_EQ(fake_.calls().front().method, "OpenAction");
  EXPECT_EQ(fake_.calls().front().request, "a.t");
}

TEST_F(ActionHandlersTest, WithoutAFormThereIsNothingToDo) {
  const Answer page = Finish();
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->post_url, IsEmpty());
  EXPECT_THAT(page->fields, IsEmpty());
  EXPECT_EQ(fake_.calls().front().method, "FinishAction");
  EXPECT_EQ(fake_.calls().front().fields.at("MD").Reveal(), "1");
}

TEST_F(ActionHandlersTest, WhatTheEngineRefusesIsPassedOn) {
  fake_.FailWith(absl::NotFoundError("not ours"));
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  EXPECT_TRUE(absl::IsNotFound(Finish().status()));
}

}  // namespace
}  // namespace payments
