#ifndef PAYMENTS_SERVER_SERVICE_AUTHENTICATOR_H_
#define PAYMENTS_SERVER_SERVICE_AUTHENTICATOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/support/string_ref.h"
#include "server/engine/payment_engine.h"

namespace payments {

// A call's metadata, as gRPC gives it.
using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Tells who calls. Implementations are immutable, so thread-safe.
class Authenticator {
 public:
  virtual ~Authenticator() = default;

  // kUnauthenticated, CREDENTIALS: none, or wrong ones; which of the two is not said.
  virtual absl::StatusOr<Caller> Authenticate(const CallMetadata& metadata) const = 0;
};

// For --dev: everybody is the principal "dev" of the tenant "default", and an operator.
class DevAuthenticator : public Authenticator {
 public:
  absl::StatusOr<Caller> Authenticate(const CallMetadata& metadata) const override;
};

// Someone who may call, as configured.
struct BearerPrincipal {
  std::string name;
  std::string tenant;
  std::string key_sha256_hex;  // SHA-256 of the key, 64 hexadecimal digits.
  bool is_operator = false;
};

// `authorization: Bearer KEY`. The keys themselves are not known here, only their
// digests: keys are long and random, so a plain digest is enough. Every configured
// digest is compared, each in constant time, so the time taken tells nothing.
class BearerAuthenticator : public Authenticator {
 public:
  static constexpr size_t kKeyBytesMax = 512;

  // kInvalidArgument: a digest is not 64 hexadecimal digits, or is there twice.
  static absl::StatusOr<std::unique_ptr<BearerAuthenticator>> Create(
      const std::vector<BearerPrincipal>& principals);

  absl::StatusOr<Caller> Authenticate(const CallMetadata& metadata) const override;

 private:
  static constexpr size_t kDigestBytes = 32;
  using Digest = std::array<uint8_t, kDigestBytes>;
  struct Entry {
    Caller caller;
    Digest key_digest;
  };

  explicit BearerAuthenticator(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  const std::vector<Entry> entries_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_AUTHENTICATOR_H_
