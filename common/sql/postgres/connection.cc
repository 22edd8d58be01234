#include "common/sql/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/secret_file.h"
#include "common/base/status_macros.h"
#include "common/sql/postgres/error_map.h"
#include "fmt/format.h"

namespace dateline::sql::postgres {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Older ones lack what the pipelines and the schemas need.
constexpr int kServerVersionMin = 120'000;
// Answers that the server may owe before they are fetched, so that its own buffers never fill up.
constexpr size_t kPendingMax = 512;
constexpr size_t kPreparedMax = 512;
constexpr size_t kWhatBytesMax = 160;
constexpr milliseconds kLookWhetherOver{200};

absl::Status InvalidConnection(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, kReasonInvalidConnection, why);
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  auto text = ReadSecretFile(path);
  if (!text.ok()) return InvalidConnection(ToStd(text.status().message()));
  return text;
}

struct Target {
  std::string connection;
  std::string password;
};

absl::StatusOr<Target> ReadTarget(const ConnectionOptions& options) {
  Target target{.connection = options.connection, .password = {}};
  if (!options.connection_file.empty()) {
    DATELINE_ASSIGN_OR_RETURN(target.connection, ReadSecret(options.connection_file));
  }
  if (!options.password_file.empty()) {
    DATELINE_ASSIGN_OR_RETURN(target.password, ReadSecret(options.password_file));
  }
  // A plain word would be taken for the name of a database.
  char* error = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(target.connection.c_str(), &error);
  PQfreemem(error);
  if (parsed == nullptr) {
    // libpq's own message may quote the string, and with it a password.
    return InvalidConnection(fmt::format(
        "{}: not a connection string; write \"host=… port=… dbname=… user=…\" or postgresql://user@host/name",
        options.connection_file.empty() ? "the PostgreSQL connection" : options.connection_file));
  }
  PQconninfoFree(parsed);
  return target;
}

std::string Describe(PGconn* handle) {
  const auto text = [](const char* value) { return value == nullptr ? std::string_view() : std::string_view(value); };
  return fmt::format("{}@{}:{}/{}", text(PQuser(handle)), text(PQhost(handle)), text(PQport(handle)),
                     text(PQdb(handle)));
}

// A SELECT without locks changes nothing that others can see.
bool MayWrite(std::string_view sql) {
  return !sql.starts_with("SELECT");
}

void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

absl::Status CheckConnectionOptions(const ConnectionOptions& options) {
  return ReadTarget(options).status();
}

Connection::~Connection() {
  PQfinish(handle_);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  if (options.patience->over(steady_clock::now())) {
    return Error(absl::StatusCode::kUnavailable, kReasonDatabaseClosed,
                 "this process is stopping and connects to no database any more; repeat the request");
  }
  std::unique_ptr<Connection> connection(new Connection(options));
  DATELINE_RETURN_IF_ERROR(connection->Connect());
  DATELINE_RETURN_IF_ERROR(connection->SetSession());
  return connection;
}

absl::Status Connection::Connect() {
  DATELINE_ASSIGN_OR_RETURN(const Target target, ReadTarget(options_));
  const bool ending = options_.patience->ended(steady_clock::now());
  const std::string timeout =
      ending ? "2" : std::to_string(std::max<int64_t>(2, options_.connect_timeout.count() / 1'000));
  std::vector<const char*> keys;
  std::vector<const char*> values;
  const auto add = [&](const char* key, const std::string& value) {
    keys.push_back(key);
    values.push_back(value.c_str());
  };
  // What stands before "dbname", which holds the whole connection string, is only a default.
  static const std::string idle = "30", interval = "10", count = "3", unanswered_ms = "30000", utf8 = "UTF8";
  add("connect_timeout", timeout);
  add("keepalives_idle", idle);
  add("keepalives_interval", interval);
  add("keepalives_count", count);
  add("tcp_user_timeout", unanswered_ms);
  add("application_name", options_.application_name);
  add("dbname", target.connection);
  if (!target.password.empty()) add("password", target.password);
  add("client_encoding", utf8);
  keys.push_back(nullptr);
  values.push_back(nullptr);
  handle_ = PQconnectdbParams(keys.data(), values.data(), 1);
  DATELINE_CHECK(handle_ != nullptr, "no memory for a connection");
  where_ = Describe(handle_);
  PQsetNoticeReceiver(handle_, &IgnoreNotice, nullptr);
  if (PQstatus(handle_) != CONNECTION_OK) {
    const std::string_view message = PQerrorMessage(handle_);
    // libpq gives no SQLSTATE here; the words are the server's, in the language of its own messages.
    const bool refused = message.find("FATAL") != std::string_view::npos;
    std::string_view sqlstate;
    if (refused && (message.find("password authentication failed") != std::string_view::npos ||
                    message.find("no pg_hba.conf entry") != std::string_view::npos ||
                    message.find("role \"") != std::string_view::npos)) {
      sqlstate = "28000";
    } else if (refused && message.find("database \"") != std::string_view::npos) {
      sqlstate = "3D000";
    } else if (refused && message.find("too many clients") != std::string_view::npos) {
      sqlstate = "53300";
    }
    lost_ = ToStatus({.sqlstate = sqlstate, .message = message, .what = "connect", .where = where_});
    return lost_;
  }
  if (PQserverVersion(handle_) < kServerVersionMin) {
    return Error(absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotOpened,
                 fmt::format("database {}: the server is PostgreSQL {}; version {} is the oldest that will do", where_,
                             PQserverVersion(handle_) / 10'000, kServerVersionMin / 10'000));
  }
  PQsetnonblocking(handle_, 1);
  DATELINE_CHECK(PQenterPipelineMode(handle_) == 1, "a new connection takes pipelines");
  return absl::OkStatus();
}

absl::Status Connection::SetSession() {
  const auto set = [this](std::string_view name, std::chrono::milliseconds value) {
    Post("SELECT set_config($1, $2, false)", Parameters::Of(name, std::to_string(value.count())), Plan::kOnce);
  };
  set("statement_timeout", options_.statement_timeout);
  set("lock_timeout", options_.lock_timeout);
  set("idle_in_transaction_session_timeout", options_.idle_in_transaction_timeout);
  // The server, too, gives up a client whose host was cut off, within about a minute: else it would keep the locks of
  // that session, the turn of publishing among them, for the two hours that are Linux's default.
  Post(
      "SELECT set_config('tcp_keepalives_idle', '30', false), set_config('tcp_keepalives_interval', '10', false), "
      "set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '30000', false)",
      {}, Plan::kOnce);
  // An acknowledged commit is on disk, whatever the server's default says; stricter ones stay.
  Post("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'", {},
       Plan::kOnce);
  // To compile a statement, or to start further processes for it, takes longer than any of ours may run, and so does
  // reading a whole table: that is for what no index serves.
  Post(
      "SELECT set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false), "
      "set_config('max_parallel_workers_per_gather', '0', false)",
      {}, Plan::kOnce);
  // What is compressed is read back several times as fast; of the values that are written from now on. A server that
  // was built without it keeps its own.
  Post(
      "SELECT set_config(name, 'lz4', false) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY "
      "(enumvals)",
      {}, Plan::kOnce);
  // Ten thousand narrow rows are put in order in memory.
  Post(
      "SELECT set_config('work_mem', '16MB', false) WHERE pg_size_bytes(current_setting('work_mem')) < "
      "pg_size_bytes('16MB')",
      {}, Plan::kOnce);
  if (options_.by_key) {
    for (const std::string_view other : {"enable_hashjoin", "enable_mergejoin", "enable_material"}) {
      Post("SELECT set_config($1, 'off', false)", Parameters::Of(other), Plan::kOnce);
    }
    // So the plan does not depend on the values, and is made once.
    Post("SELECT set_config('plan_cache_mode', 'force_generic_plan', false)", {}, Plan::kOnce);
  }
  absl::Status set_up = Sync();
  Reset();
  return set_up;
}

int Connection::server_version() const {
  return PQserverVersion(handle_);
}

int Connection::socket() const {
  return PQsocket(handle_);
}

Connection::Ticket Connection::Send(std::string_view sql, const Parameters& parameters, Plan plan) {
  const Ticket ticket = ++last_ticket_;
  SendStatement(sql, parameters, plan, ticket);
  return ticket;
}

void Connection::Post(std::string_view sql, const Parameters& parameters, Plan plan) {
  SendStatement(sql, parameters, plan, 0);
}

std::string Connection::Prepared(std::string_view sql, const Parameters::Wire& wire) {
  std::string text(sql);
  if (const auto found = prepared_.find(text); found != prepared_.end()) return found->second;
  DATELINE_CHECK(prepared_.size() < kPreparedMax, "statements are constants; a text that varies has to be sent once");
  std::string name = fmt::format("s{}", ++prepared_count_);
  const auto types = std::vector<Oid>(wire.types.begin(), wire.types.end());
  if (PQsendPrepare(handle_, name.c_str(), text.c_str(), static_cast<int>(types.size()), types.data()) == 0) {
    Break("prepare");
    return name;
  }
  prepared_.emplace(text, name);
  pending_.push_back({.kind = Kind::kPrepare, .ticket = 0, .sql = std::move(text)});
  return name;
}

void Connection::SendStatement(std::string_view sql, const Parameters& parameters, Plan plan, Ticket ticket) {
  if (MayWrite(sql)) wrote_ = true;
  if (pending_.size() >= kPendingMax) Receive();
  if (!lost_.ok()) {
    if (failure_.ok()) failure_ = lost_;
    if (ticket != 0) answers_.emplace(ticket, lost_);
    return;
  }
  const Parameters::Wire wire = parameters.ToWire();
  int sent = 0;
  if (plan == Plan::kKept) {
    const std::string name = Prepared(sql, wire);
    if (lost_.ok()) {
      sent = PQsendQueryPrepared(handle_, name.c_str(), parameters.count(), wire.values.data(), wire.lengths.data(),
                                 wire.formats.data(), 1);
    }
  } else {
    const auto types = std::vector<Oid>(wire.types.begin(), wire.types.end());
    sent = PQsendQueryParams(handle_, std::string(sql).c_str(), parameters.count(), types.data(), wire.values.data(),
                             wire.lengths.data(), wire.formats.data(), 1);
  }
  if (sent == 0) {
    Break(sql);
    if (ticket != 0) answers_.insert_or_assign(ticket, lost_);
    return;
  }
  pending_.push_back({.kind = Kind::kStatement, .ticket = ticket, .sql = std::string(sql.substr(0, kWhatBytesMax))});
}

void Connection::Break(std::string_view what) {
  if (lost_.ok()) {
    lost_ = ToStatus({.sqlstate = {}, .message = PQerrorMessage(handle_), .what = what, .where = where_});
  }
  if (failure_.ok()) failure_ = lost_;
  for (const Pending& pending : pending_) {
    if (pending.ticket != 0) answers_.insert_or_assign(pending.ticket, failure_);
  }
  pending_.clear();
}

bool Connection::WaitForSocket(bool to_write) {
  pollfd wait{.fd = PQsocket(handle_), .events = static_cast<short>(POLLIN | (to_write ? POLLOUT : 0)), .revents = 0};
  // The server ends a slow statement itself; it is only given up when it does not.
  const auto normal = std::max(options_.silence_max, options_.statement_timeout * 3 / 2);
  const auto began = steady_clock::now();
  int ready = 0;
  while (ready == 0) {
    // That the process has to end is not told to whoever waits, so it looks.
    const milliseconds left = std::min(options_.patience->Left(began, steady_clock::now(), normal), kLookWhetherOver);
    if (left <= left.zero()) break;
    ready = poll(&wait, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) ready = 0;
  }
  if (ready <= 0) {
    const auto waited = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
    lost_ = ToStatus({.sqlstate = {},
                      .message = fmt::format("no answer within {} ms", waited.count()),
                      .what = "wait",
                      .where = where_});
    return false;
  }
  if ((wait.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(handle_) == 0) return false;
  return true;
}

bool Connection::Flush() {
  while (true) {
    const int left = PQflush(handle_);
    if (left == 0) return true;
    if (left < 0 || !WaitForSocket(true)) return false;
  }
}

pg_result* Connection::NextResult() {
  while (PQisBusy(handle_) != 0) {
    if (!WaitForSocket(false)) return nullptr;
  }
  return PQgetResult(handle_);
}

absl::Status Connection::Failed(pg_result* result, std::string_view what) const {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return ToStatus({.sqlstate = sqlstate == nullptr ? std::string_view() : std::string_view(sqlstate),
                   .message = primary == nullptr ? PQresultErrorMessage(result) : primary,
                   .what = what,
                   .where = where_});
}

void Connection::TakeAnswer(const Pending& pending) {
  pg_result* raw = NextResult();
  if (raw == nullptr) return Break(pending.sql);
  Result result(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (pending.kind == Kind::kSync) {
    if (status != PGRES_PIPELINE_SYNC) Break("end of a pipeline");
    return;
  }
  absl::Status outcome;
  if (status == PGRES_PIPELINE_ABORTED) {
    // Passed over because of what failed before it.
    outcome = failure_.ok() ? absl::AbortedError("passed over after an earlier failure") : failure_;
  } else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    outcome = Failed(raw, pending.sql);
  }
  const char* severity = PQresultErrorField(raw, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool fatal = severity != nullptr && std::string_view(severity) != "ERROR";
  if (PQstatus(handle_) == CONNECTION_BAD || (!outcome.ok() && fatal)) {
    lost_ = outcome.ok() || !IsConnectionLoss(outcome)
                ? ToStatus({.sqlstate = {}, .message = PQerrorMessage(handle_), .what = pending.sql, .where = where_})
                : outcome;
    if (pending.ticket != 0) answers_.insert_or_assign(pending.ticket, lost_);
    return Break(pending.sql);
  }
  if (!outcome.ok() && failure_.ok()) failure_ = outcome;
  if (!outcome.ok() && pending.kind == Kind::kPrepare) prepared_.erase(pending.sql);
  if (pending.ticket != 0) {
    if (outcome.ok()) {
      answers_.insert_or_assign(pending.ticket, std::move(result));
    } else {
      answers_.insert_or_assign(pending.ticket, outcome);
    }
  }
  // Between the answers of a pipeline stands one that is null.
  pg_result* rest = NextResult();
  if (rest != nullptr) {
    PQclear(rest);
    Break(pending.sql);
  }
}

void Connection::Receive() {
  if (!lost_.ok() || pending_.empty()) return;
  if (PQpipelineSync(handle_) == 0) return Break("send");
  pending_.push_back({.kind = Kind::kSync, .ticket = 0, .sql = "end of a pipeline"});
  if (!Flush()) return Break("send");
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.front());
    pending_.pop_front();
    TakeAnswer(next);
  }
}

absl::StatusOr<Result> Connection::Take(Ticket ticket) {
  auto found = answers_.find(ticket);
  if (found == answers_.end()) {
    Receive();
    found = answers_.find(ticket);
  }
  if (found == answers_.end()) return lost_.ok() ? absl::InternalError("the answer was taken before") : lost_;
  absl::StatusOr<Result> answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

absl::StatusOr<Result> Connection::Query(std::string_view sql, const Parameters& parameters, Plan plan) {
  return Take(Send(sql, parameters, plan));
}

absl::Status Connection::Sync() {
  Receive();
  return failure_.ok() ? lost_ : failure_;
}

absl::Status Connection::Script(std::string_view script) {
  wrote_ = true;
  DATELINE_RETURN_IF_ERROR(Sync());
  // Several statements in one string go only by the simple protocol, which pipelines exclude.
  if (PQexitPipelineMode(handle_) == 0) {
    Break("script");
    return lost_;
  }
  const Result result(PQexec(handle_, std::string(script).c_str()));
  if (PQstatus(handle_) == CONNECTION_BAD) {
    Break(script);
    return lost_;
  }
  const absl::Status outcome = result.failed() ? Failed(result.raw(), script) : absl::OkStatus();
  if (PQenterPipelineMode(handle_) == 0) Break("script");
  return outcome;
}

void Connection::Begin(std::string_view statement) {
  Reset();
  Post(statement);
  MarkClean();
}

absl::Status Connection::Commit() {
  const Ticket ticket = Send("COMMIT");
  const bool sent = lost_.ok();
  absl::StatusOr<Result> answer = Take(ticket);
  if (answer.ok()) {
    if (answer->tag() == "COMMIT") return absl::OkStatus();
    // The server ends a failed transaction by an undo, and says so only here.
    return failure_.ok() ? absl::AbortedError("the transaction had failed and was undone") : failure_;
  }
  if (sent && !lost_.ok()) {
    return Error(absl::StatusCode::kUnavailable, kReasonOutcomeUnknown,
                 fmt::format("database {}: the connection was lost during a commit, so its outcome is unknown; repeat "
                             "the request, which is harmless",
                             where_),
                 {{"path", where_}});
  }
  return answer.status();
}

void Connection::Rollback() {
  Receive();
  Reset();
  if (!lost_.ok()) return;
  Post("ROLLBACK");
  Receive();
  Reset();
}

void Connection::EndRead() {
  Post("COMMIT");
  if (lost_.ok() && PQpipelineSync(handle_) == 1) {
    pending_.push_back({.kind = Kind::kSync, .ticket = 0, .sql = "end of a pipeline"});
    PQflush(handle_);
  }
  MarkClean();
}

void Connection::Reset() {
  answers_.clear();
  failure_ = absl::OkStatus();
}

bool Connection::broken() {
  if (!lost_.ok()) return true;
  // The server's last words come before the end of the stream.
  pollfd look{.fd = PQsocket(handle_), .events = POLLIN, .revents = 0};
  while (lost_.ok() && poll(&look, 1, 0) == 1) {
    if (PQconsumeInput(handle_) == 0) Break("look");
  }
  return !lost_.ok();
}

absl::Status Connection::Listen(std::string_view channel) {
  return Query(fmt::format("LISTEN {}", channel), {}, Plan::kOnce).status();
}

absl::StatusOr<std::vector<std::string>> Connection::TakeNotifications() {
  if (!lost_.ok()) return lost_;
  if (PQconsumeInput(handle_) == 0) {
    Break("listen");
    return lost_;
  }
  std::vector<std::string> payloads;
  while (PGnotify* notification = PQnotifies(handle_)) {
    payloads.emplace_back(notification->extra);
    PQfreemem(notification);
  }
  return payloads;
}

}  // namespace dateline::sql::postgres
