#ifndef PAYMENTS_SERVER_STORE_SQLITE_REQUEST_IDS_H_
#define PAYMENTS_SERVER_STORE_SQLITE_REQUEST_IDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "payments/storage/v1/records.pb.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// A table of who has which request_id: the row of a resource, or nobody, for good
// (a tombstone). Used within a transaction, by one thread; the connection must
// outlive it.
class SqliteRequestIds {
 public:
  struct Holder {
    int64_t row = 0;
    std::optional<int64_t> resource_row;  // Unset: a tombstone.
    storage::v1::RequestFingerprint fingerprint;
  };

  SqliteRequestIds(SqliteConnection* connection, const std::string& table);

  absl::StatusOr<std::optional<Holder>> Find(const std::string& tenant,
                                             const std::string& request_id);
  absl::Status Insert(const std::string& tenant, const std::string& request_id,
                      int64_t create_time_us, std::optional<int64_t> resource_row,
                      const storage::v1::RequestFingerprint& fingerprint);
  // To the resource that takes the place of a failed one.
  absl::Status HandOver(int64_t row, int64_t create_time_us, int64_t resource_row,
                        const storage::v1::RequestFingerprint& fingerprint);

 private:
  SqliteStatement find_;
  SqliteStatement insert_;
  SqliteStatement hand_over_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_REQUEST_IDS_H_
