#ifndef PAYMENTS_SERVER_BASE_KEY_RING_H_
#define PAYMENTS_SERVER_BASE_KEY_RING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/secret.h"
#include "server/base/random.h"

namespace payments {

// The server's key, kept outside the database, and what is derived from it: one
// key for data at rest, one for callback URLs, one for request fingerprints
// (HKDF-SHA-256, so that no use can be played against another).
//
// Immutable after construction and so thread-safe.
class KeyRing {
 public:
  static constexpr size_t kMasterKeyBytes = 32;

  // `master` has kMasterKeyBytes. `random` is for nonces; not owned.
  static absl::StatusOr<KeyRing> Create(std::string key_id, const Secret& master, Random* random);

  const std::string& key_id() const { return key_id_; }

  // AES-256-GCM. `context` is bound to the text (as additional data): opening with
  // another one fails. The result holds version, key id, nonce, text and tag.
  std::string Seal(const Secret& text, absl::string_view context) const;
  // kDataLoss: not sealed by this key in this context, or altered.
  absl::StatusOr<Secret> Open(absl::string_view sealed, absl::string_view context) const;

  // HMAC-SHA-256 under the callback key, the first 16 bytes, as 32 hex digits.
  std::string CallbackMac(absl::string_view text) const;
  // HMAC-SHA-256 under the fingerprint key, the first 16 bytes.
  std::string FingerprintMac(absl::string_view text) const;

 private:
  KeyRing(std::string key_id, Secret at_rest, Secret callback, Secret fingerprint, Random* random);

  std::string key_id_;
  Secret at_rest_;
  Secret callback_;
  Secret fingerprint_;
  Random* random_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_KEY_RING_H_
