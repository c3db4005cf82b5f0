#include "server/base/connection_acceptor.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <utility>

#include "gtest/gtest.h"

namespace payments {
namespace {

class ConnectionAcceptorTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<ListenSocket> socket = Listen("127.0.0.1", 0);
    ASSERT_TRUE(socket.ok()) << socket.status();
    ConnectionAcceptor::Options options;
    options.may_accept = [this] { return MayAccept(); };
    options.handle = [this](int fd, const sockaddr* address, socklen_t /*size*/) {
      EXPECT_EQ(address->sa_family, AF_INET);
      close(fd);
      ++accepted_;
      handled_.release();
    };
    acceptor_ = std::make_unique<ConnectionAcceptor>(*socket, std::move(options));
    acceptor_->Start();
  }

  bool MayAccept() {
    if (!may_accept_ && !asked_.exchange(true)) was_asked_.release();
    return may_accept_;
  }

  int Connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to = {};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(acceptor_->port()));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0 ? fd : -1;
  }

  std::atomic<bool> may_accept_ = true;
  std::atomic<bool> asked_ = false;
  std::atomic<int> accepted_ = 0;
  std::counting_semaphore<> was_asked_{0};
  std::counting_semaphore<> handled_{0};
  std::unique_ptr<ConnectionAcceptor> acceptor_;
};

TEST_F(ConnectionAcceptorTest, HandsConnectionsOver) {
  const int fd = Connect();
  handled_.acquire();
  close(fd);
}

TEST_F(ConnectionAcceptorTest, WhoMayNotBeAcceptedWaits) {
  may_accept_ = false;
  const int fd = Connect();
  was_asked_.acquire();
  EXPECT_EQ(accepted_, 0);
  may_accept_ = true;
  acceptor_->Continue();
  handled_.acquire();
  close(fd);
}

TEST_F(ConnectionAcceptorTest, AfterStopNobodyConnects) {
  acceptor_->Stop();
  EXPECT_EQ(Connect(), -1);
  EXPECT_EQ(accepted_, 0);
}

TEST_F(ConnectionAcceptorTest, WithoutDescriptorsThoseWhoConnectWait) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int fd = Connect();
  handled_.acquire();
  EXPECT_TRUE(HasDescriptors(0));
  // One more for the connection; none for the acceptor, which shares them here.
  const int lowest = dup(fd);
  close(lowest);
  const rlimit few = {static_cast<rlim_t>(lowest + 1), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  const int waiting = Connect();
  EXPECT_FALSE(HasDescriptors(0));
  EXPECT_EQ(accepted_, 1);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  handled_.acquire();
  EXPECT_EQ(accepted_, 2);
  close(waiting);
  close(fd);
}

}  // namespace
}  // namespace payments
