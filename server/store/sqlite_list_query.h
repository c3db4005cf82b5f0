#ifndef PAYMENTS_SERVER_STORE_SQLITE_LIST_QUERY_H_
#define PAYMENTS_SERVER_STORE_SQLITE_LIST_QUERY_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/engine/store.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// Puts together the SELECT of a page, newest first: only conditions that are asked
// for, so that SQLite can choose an index. Values are parameters, never SQL.
class SqliteListQuery {
 public:
  // "SELECT {columns} FROM {table} WHERE tenant = ?".
  SqliteListQuery(absl::string_view columns, absl::string_view table, const std::string& tenant);

  // " AND {condition}", with its parameters.
  template <typename... Values>
  void Where(absl::string_view condition, const Values&... values) {
    sql_.append(" AND ").append(condition.data(), condition.size());
    (Add(values), ...);
  }
  // " AND {column} IN (…)", unless there are no values.
  template <typename Values>
  void WhereIn(absl::string_view column, const Values& values) {
    if (values.empty()) return;
    std::string separator;
    sql_.append(" AND ").append(column.data(), column.size()).append(" IN (");
    for (const auto& value : values) {
      sql_.append(separator).append("?");
      separator = ", ";
      Add(value);
    }
    sql_.append(")");
  }
  void StartBehind(const std::optional<ListPosition>& after);

  // The statement so far, for an order of the caller's own.
  const std::string& Conditions() const { return sql_; }
  // Orders, and gives the statement; bind it with BindTo().
  std::string Sql() const;
  void BindTo(SqliteQuery* query) const;

 private:
  void Add(int64_t value) { values_.emplace_back(value); }
  void Add(const std::string& value) { values_.emplace_back(value); }

  std::string sql_;
  std::deque<std::variant<int64_t, std::string>> values_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_LIST_QUERY_H_
