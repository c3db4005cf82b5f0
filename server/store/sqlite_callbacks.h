#ifndef PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_
#define PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine/store.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// The table of providers' calls. Used within a transaction, by one thread; the
// connection must outlive it.
class SqliteCallbacks {
 public:
  explicit SqliteCallbacks(SqliteConnection* connection);

  absl::StatusOr<int64_t> Record(const CallbackRecord& record);
  // The first verdict stays. kNotFound if there is no such call.
  absl::Status Finish(int64_t id, const std::string& verdict);
  absl::StatusOr<std::vector<CallbackRecord>> ListUnfinished(int64_t after_id, int limit);

 private:
  SqliteConnection* connection_;
  SqliteStatement insert_;
  SqliteStatement finish_;
  SqliteStatement list_unfinished_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_
