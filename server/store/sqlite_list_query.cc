#include "server/store/sqlite_list_query.h"

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"

namespace payments {

SqliteListQuery::SqliteListQuery(absl::string_view columns, absl::string_view table,
                                 const std::string& tenant)
    : sql_(absl::StrCat("SELECT ", columns, " FROM ", table, " WHERE tenant = ?")) {
  Add(tenant);
}

void SqliteListQuery::StartBehind(const std::optional<ListPosition>& after) {
  if (!after.has_value()) return;
  absl::StrAppend(&sql_, " AND (create_time_us, name) < (?, ?)");
  Add(ToMicros(after->time));
  Add(after->name);
}

std::string SqliteListQuery::Sql() const {
  return absl::StrCat(sql_, " ORDER BY create_time_us DESC, name DESC");
}

void SqliteListQuery::BindTo(SqliteQuery* query) const {
  for (const auto& value : values_) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      query->Bind(*number);
    } else {
      query->Bind(std::get<std::string>(value));
    }
  }
}

}  // namespace payments
