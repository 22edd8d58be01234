#pragma once
// A connection to a PostgreSQL server (libpq) with pipelining and its own prepared statements. Statements are sent
// without waiting (Send, Post); whoever needs an answer takes it (Take), which waits for everything sent so far in one
// round trip. After the first failure the server passes over what was sent behind it, and all of it answers with that
// failure. Values are always bound, never written into the text. Used by one thread at a time. Errors: error_map.h.
//
// Where to connect is libpq's own language (key=value or a postgresql:// URI: several hosts, TLS by sslmode and
// sslrootcert, target_session_attrs). It and the password may come from files, which are read at every connect, so that
// a secret can be rotated. Neither is ever part of a message.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/postgres/parameters.h"
#include "common/sql/postgres/patience.h"
#include "common/sql/postgres/result.h"

struct pg_conn;
struct pg_result;

namespace dateline::sql::postgres {

struct ConnectionOptions {
  std::string connection{};       // libpq's connection string; may be empty when it stands in a file.
  std::string connection_file{};  // A file that holds it instead.
  std::string password_file{};    // A file that holds only the password.
  std::string application_name = "dateline";
  std::chrono::milliseconds connect_timeout{5'000};               // For each host; whole seconds, at least 2.
  std::chrono::milliseconds statement_timeout{10'000};            // By the server; 0: none.
  std::chrono::milliseconds lock_timeout{5'000};                  // By the server; 0: none.
  std::chrono::milliseconds idle_in_transaction_timeout{15'000};  // After which the server ends the connection.
  std::chrono::milliseconds silence_max{20'000};  // Without a byte from the server while it owes an answer.
  // Rows are found by their keys, as writers do. A plan that the server makes while a table is next to empty, and
  // keeps, would go on reading all of it when it has grown, until the server has counted its rows: about a minute.
  bool by_key = false;
  // Shortens all waits when whoever has the connections is about to end. Never null.
  std::shared_ptr<const Patience> patience = std::make_shared<Patience>();
};

// Reads the files and checks the syntax, without connecting. INVALID_ARGUMENT (INVALID_CONNECTION).
absl::Status CheckConnectionOptions(const ConnectionOptions& options);

class Connection {
 public:
  // A statement that was sent and whose answer may be taken, once.
  using Ticket = uint64_t;
  // Whether the server keeps the plan of a statement. Once is for those whose best plan depends on the values.
  enum class Plan { kKept, kOnce };

  // UNAVAILABLE (DATABASE_CLOSED) when it is too late to connect (patience.h).
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Sends one statement. Never waits for its answer; failures are found when an answer is taken.
  Ticket Send(std::string_view sql, const Parameters& parameters = {}, Plan plan = Plan::kKept);
  // The same for a statement of whose answer only a failure matters; it is found by the next Take() or Sync().
  void Post(std::string_view sql, const Parameters& parameters = {}, Plan plan = Plan::kKept);
  // The answer to a statement that was sent since the last Reset(). Waits for all that were sent.
  absl::StatusOr<Result> Take(Ticket ticket);
  // Send and Take.
  absl::StatusOr<Result> Query(std::string_view sql, const Parameters& parameters = {}, Plan plan = Plan::kKept);
  // Waits for all that were sent; the first failure since the last Sync() or Reset().
  absl::Status Sync();
  // Runs one or more statements without parameters, as one transaction unless one is open. For schemas.
  absl::Status Script(std::string_view script);

  // Transactions. Begin only sends. Commit waits; OK means that the server said so. When the connection is lost while
  // it waits, the outcome is unknown: UNAVAILABLE (OUTCOME_UNKNOWN).
  void Begin(std::string_view statement = "BEGIN");
  absl::Status Commit();
  // Also after failures. The connection is ready for another transaction, or broken().
  void Rollback();
  // Ends a transaction that only read; its answer is awaited with the next statements.
  void EndRead();
  // Forgets answers that nobody took.
  void Reset();

  // Whether a statement that may write was sent since the last call of MarkClean().
  bool wrote() const { return wrote_; }
  void MarkClean() { wrote_ = false; }
  // Whether a statement failed since the last Reset(), so that an open transaction can only be rolled back.
  bool failed() const { return !failure_.ok(); }
  // The connection is lost. An idle connection is found so when the server has closed it; never waits.
  bool broken();

  // The database, without secrets: "user@host:port/name".
  const std::string& where() const { return where_; }
  int server_version() const;  // For example 150004.

  // Has the server tell this connection what is notified on `channel`, a plain name. Waits no longer than a statement.
  absl::Status Listen(std::string_view channel);
  // For whoever listens: the socket, and the payloads of the notifications that came. Reads what is there without
  // waiting.
  int socket() const;
  absl::StatusOr<std::vector<std::string>> TakeNotifications();

 private:
  enum class Kind { kPrepare, kStatement, kSync };
  struct Pending {
    Kind kind = Kind::kStatement;
    Ticket ticket = 0;  // 0: nobody takes the answer.
    std::string sql{};  // The beginning of a statement, for messages; of a prepare the whole of it.
  };

  explicit Connection(ConnectionOptions options) : options_(std::move(options)) {}
  absl::Status Connect();
  absl::Status SetSession();
  void SendStatement(std::string_view sql, const Parameters& parameters, Plan plan, Ticket ticket);
  // The name of the prepared statement; prepares it when it is new.
  std::string Prepared(std::string_view sql, const Parameters::Wire& wire);
  // Sends a mark and receives everything up to it.
  void Receive();
  // One answer, which also says when the connection is lost.
  pg_result* NextResult();
  bool Flush();
  bool WaitForSocket(bool to_write);
  void TakeAnswer(const Pending& pending);
  void Break(std::string_view what);
  absl::Status Failed(pg_result* result, std::string_view what) const;

  const ConnectionOptions options_;
  pg_conn* handle_ = nullptr;
  std::string where_;
  std::deque<Pending> pending_;
  std::unordered_map<Ticket, absl::StatusOr<Result>> answers_;
  std::unordered_map<std::string, std::string> prepared_;  // Text to name.
  uint64_t prepared_count_ = 0;
  Ticket last_ticket_ = 0;
  absl::Status failure_;  // The first since Reset().
  absl::Status lost_;     // Not OK: broken.
  bool wrote_ = false;
};

}  // namespace dateline::sql::postgres
