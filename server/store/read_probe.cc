#include "server/store/read_probe.h"

namespace payments {
namespace {

// 64 events by chance. CROSS JOIN: each is looked for, and the table is not scanned.
constexpr char kSample[] = R"sql(
WITH RECURSIVE sample (n, event_id) AS (
  SELECT 1, (SELECT max(id) FROM events)
  UNION ALL
  SELECT n + 1, abs(random() % (1 + (SELECT max(id) FROM events))) FROM sample WHERE n < 64
)
SELECT count(event) FROM sample CROSS JOIN events ON events.id = sample.event_id
)sql";

}  // namespace

ReadProbe::ReadProbe(SqliteConnection* connection)
    : connection_(connection), sample_(connection, kSample) {}

absl::Status ReadProbe::Run() {
  connection_->ForgetReads();
  return SqliteQuery(&sample_).Step().status();
}

}  // namespace payments
