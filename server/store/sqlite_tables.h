#ifndef PAYMENTS_SERVER_STORE_SQLITE_TABLES_H_
#define PAYMENTS_SERVER_STORE_SQLITE_TABLES_H_

#include "server/store/sqlite_callbacks.h"
#include "server/store/sqlite_cards.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_event_log.h"
#include "server/store/sqlite_event_pruning.h"
#include "server/store/sqlite_payments.h"

namespace payments {

// Every table, seen through one connection, which must outlive it. One thread.
struct SqliteTables {
  explicit SqliteTables(SqliteConnection* connection)
      : log(connection),
        event_pruning(connection),
        payments(connection, &log),
        cards(connection, &log),
        callbacks(connection) {}

  SqliteEventLog log;
  SqliteEventPruning event_pruning;
  SqlitePayments payments;
  SqliteCards cards;
  SqliteCallbacks callbacks;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_TABLES_H_
