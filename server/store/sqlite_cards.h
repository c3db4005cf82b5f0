#ifndef PAYMENTS_SERVER_STORE_SQLITE_CARDS_H_
#define PAYMENTS_SERVER_STORE_SQLITE_CARDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/store.h"
#include "server/store/commit_effects.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_event_log.h"
#include "server/store/sqlite_list_query.h"
#include "server/store/sqlite_request_ids.h"

namespace payments {

// The tables of cards and their request_ids; as SqlitePayments.
class SqliteCards {
 public:
  SqliteCards(SqliteConnection* connection, SqliteEventLog* log);

  absl::StatusOr<Claim<StoredCard>> Create(CardWrite write,
                                           const storage::v1::RequestFingerprint& fingerprint,
                                           CommitEffects* effects);
  absl::StatusOr<StoredCard> Commit(CardWrite write, CommitEffects* effects);

  absl::StatusOr<StoredCard> Get(const std::string& tenant, const std::string& name);
  absl::StatusOr<Page<v1::Card>> List(const std::string& tenant, const CardQuery& query);
  absl::StatusOr<std::vector<StoredCard>> ListDue(absl::Time now, int limit);

 private:
  // What a commit compares.
  struct Version {
    int64_t row = 0;
    int64_t sequence = 0;
    v1::CardState state = v1::CARD_STATE_UNSPECIFIED;
  };

  absl::StatusOr<Version> FindVersion(const std::string& tenant, const std::string& name);
  absl::StatusOr<StoredCard> Load(int64_t row);
  absl::StatusOr<StoredCard> ReadStored(const SqliteQuery& query);
  absl::StatusOr<Page<v1::Card>> ReadPage(const SqliteListQuery& select, const std::string& tenant,
                                          const CardQuery& query);
  absl::StatusOr<int64_t> InsertRow(const CardWrite& write);

  SqliteConnection* connection_;
  SqliteEventLog* log_;
  SqliteRequestIds request_ids_;
  SqliteStatement find_version_;
  SqliteStatement load_;
  SqliteStatement find_;
  SqliteStatement insert_;
  SqliteStatement update_;
  SqliteStatement list_due_;
  std::string record_bytes_;  // Reused.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_CARDS_H_
