#ifndef PAYMENTS_SERVER_STORE_READ_PROBE_H_
#define PAYMENTS_SERVER_STORE_READ_PROBE_H_

#include "absl/status/status.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// Reads the file and not what is in the connection's memory: its beginning, and events
// all over it, so that of a large database most are not in the system's memory, either.
// Used by the thread of the connection, which must outlive it.
class ReadProbe {
 public:
  explicit ReadProbe(SqliteConnection* connection);

  // OK, or an error with its trouble.
  absl::Status Run();

 private:
  SqliteConnection* connection_;
  SqliteStatement sample_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_READ_PROBE_H_
