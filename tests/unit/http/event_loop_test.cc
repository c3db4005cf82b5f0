#include "server/http/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace payments {
namespace {

using ::testing::ElementsAre;

// Waits until everything posted before has run.
void Drain(EventLoop& loop) {
  std::promise<void> done;
  loop.Post([&done] { done.set_value(); });
  done.get_future().wait();
}

class SocketPair {
 public:
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_.data()), 0); }
  ~SocketPair() {
    close(fds_[0]);
    close(fds_[1]);
  }
  int near() const { return fds_[0]; }
  int far() const { return fds_[1]; }

 private:
  std::array<int, 2> fds_ = {};
};

TEST(EventLoopTest, RunsTasksInOrderOnItsThread) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  std::vector<int> order;
  bool was_loop_thread = false;
  for (int i = 0; i < 3; ++i) loop->Post([&order, i] { order.push_back(i); });
  loop->Post([&] { was_loop_thread = loop->IsLoopThread(); });
  Drain(*loop);
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
  EXPECT_TRUE(was_loop_thread);
  EXPECT_FALSE(loop->IsLoopThread());
}

TEST(EventLoopTest, NeverRunsATaskInsidePost) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  std::vector<int> order;
  loop->Post([&] {
    loop->Post([&] { order.push_back(2); });
    order.push_back(1);
  });
  Drain(*loop);
  Drain(*loop);
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(EventLoopTest, TakesTasksFromManyThreads) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  int count = 0;  // Of the loop thread.
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) loop->Post([&count] { ++count; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  Drain(*loop);
  EXPECT_EQ(count, 20'000);
}

TEST(EventLoopTest, RunsDelayedTasksInTheOrderTheyAreDueAndNeverEarly) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  const auto start = std::chrono::steady_clock::now();
  std::vector<int> order;
  std::promise<void> done;
  loop->PostAfter(absl::Milliseconds(60), [&] {
    order.push_back(3);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(60));
    done.set_value();
  });
  loop->PostAfter(absl::Milliseconds(20), [&] { order.push_back(2); });
  loop->PostAfter(absl::Seconds(-1), [&] { order.push_back(1); });
  done.get_future().wait();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(EventLoopTest, TasksDueAtOneMomentKeepTheirOrder) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  std::vector<int> order;
  std::promise<void> done;
  loop->Post([&] {
    for (int i = 0; i < 3; ++i)
      loop->PostAfter(absl::ZeroDuration(), [&, i] { order.push_back(i); });
    loop->PostAfter(absl::Milliseconds(1), [&] { done.set_value(); });
  });
  done.get_future().wait();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST(EventLoopTest, ATimerOfTheLoopThreadItselfWakesIt) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  std::promise<void> done;
  loop->Post([&] {
    loop->PostAfter(absl::Milliseconds(5),
                    [&] { loop->PostAfter(absl::Milliseconds(5), [&] { done.set_value(); }); });
  });
  done.get_future().wait();
}

TEST(EventLoopTest, DestroyingRunsWhatWasPostedAndDropsWhatIsNotDue) {
  auto ran = std::make_shared<std::atomic<int>>(0);
  auto token = std::make_shared<int>(0);
  const std::weak_ptr<int> dropped = token;
  std::unique_ptr<EventLoop> loop = EventLoop::Start();
  loop->PostAfter(absl::Hours(1), [token = std::move(token), ran] { ++*ran; });
  loop->PostAfter(absl::InfiniteDuration(), [ran] { ++*ran; });
  for (int i = 0; i < 100; ++i) loop->Post([ran] { ++*ran; });
  loop = nullptr;
  EXPECT_EQ(*ran, 100);
  EXPECT_TRUE(dropped.expired());
}

// Posts once more when it is destroyed.
class PostsAtItsEnd {
 public:
  PostsAtItsEnd(EventLoop* loop, std::shared_ptr<std::atomic<int>> ran)
      : loop_(loop), ran_(std::move(ran)) {}
  ~PostsAtItsEnd() {
    loop_->Post([ran = ran_] { ++*ran; });
    loop_->PostAfter(absl::ZeroDuration(), [ran = ran_] { ++*ran; });
  }

 private:
  EventLoop* loop_;
  std::shared_ptr<std::atomic<int>> ran_;
};

TEST(EventLoopTest, WhatIsPostedWhileItStopsIsDestroyedWithoutRunning) {
  auto ran = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<EventLoop> loop = EventLoop::Start();
  loop->PostAfter(absl::Hours(1), [last = std::make_unique<PostsAtItsEnd>(loop.get(), ran)] {});
  loop = nullptr;
  EXPECT_EQ(*ran, 0);
}

TEST(EventLoopTest, TellsWhenADescriptorIsReady) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  const SocketPair pair;
  std::promise<uint32_t> ready;
  loop->Post([&] {
    loop->Watch(pair.near(), EPOLLIN, [&](uint32_t events) {
      ready.set_value(events);
      loop->Unwatch(pair.near());  // From inside its own handler.
    });
  });
  ASSERT_EQ(write(pair.far(), "x", 1), 1);
  EXPECT_EQ(ready.get_future().get(), static_cast<uint32_t>(EPOLLIN));
  Drain(*loop);
}

TEST(EventLoopTest, WatchingAgainReplacesEventsAndHandler) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  const SocketPair pair;
  std::promise<uint32_t> ready;
  int first_calls = 0;
  loop->Post([&] {
    loop->Watch(pair.near(), EPOLLIN, [&](uint32_t /*events*/) { ++first_calls; });
    loop->Watch(pair.near(), EPOLLOUT, [&](uint32_t events) {
      ready.set_value(events);
      loop->Unwatch(pair.near());
    });
  });
  EXPECT_EQ(ready.get_future().get(), static_cast<uint32_t>(EPOLLOUT));
  EXPECT_EQ(first_calls, 0);
  Drain(*loop);
}

// Both are ready in one round; the first to be called unwatches the other, whose event
// is in hand already.
TEST(EventLoopTest, AnUnwatchedDescriptorIsNotCalledAnyMore) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  const SocketPair a;
  const SocketPair b;
  int calls = 0;
  std::promise<void> done;
  const auto on_ready = [&](uint32_t /*events*/) {
    ++calls;
    loop->Unwatch(a.near());
    loop->Unwatch(b.near());
    done.set_value();
  };
  ASSERT_EQ(write(a.far(), "x", 1), 1);
  ASSERT_EQ(write(b.far(), "x", 1), 1);
  loop->Post([&] {
    loop->Watch(a.near(), EPOLLIN, on_ready);
    loop->Watch(b.near(), EPOLLIN, on_ready);
  });
  done.get_future().wait();
  Drain(*loop);
  EXPECT_EQ(calls, 1);
}

TEST(EventLoopTest, ADescriptorNumberThatIsUsedAgainIsWatchedAnew) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  for (int i = 0; i < 3; ++i) {
    auto pair = std::make_unique<SocketPair>();
    std::promise<void> done;
    ASSERT_EQ(write(pair->far(), "x", 1), 1);
    loop->Post([&] {
      loop->Watch(pair->near(), EPOLLIN, [&](uint32_t /*events*/) {
        const int fd = pair->near();
        pair = nullptr;  // Closed first, unwatched after.
        loop->Unwatch(fd);
        done.set_value();
      });
    });
    done.get_future().wait();
    Drain(*loop);
  }
}

TEST(EventLoopTest, UnwatchingWhatIsNotWatchedDoesNothing) {
  const std::unique_ptr<EventLoop> loop = EventLoop::Start();
  loop->Post([&] { loop->Unwatch(12345); });
  Drain(*loop);
}

}  // namespace
}  // namespace payments
