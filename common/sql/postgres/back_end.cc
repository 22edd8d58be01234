#include "common/sql/postgres/back_end.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/config/schema.h"

namespace dateline::sql::postgres {
namespace {

absl::Status Check(const std::string& service, const BackEndOptions& options) {
  if (!options.postgres()) return absl::OkStatus();
  if (options.connection.empty() == options.connection_file.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                 fmt::format("{0}.backend = postgres needs {0}.postgres.connection or {0}.postgres.connection_file; "
                             "give one of the two",
                             service));
  }
  return CheckConnectionOptions(ConnectionOf(options, service));
}

}  // namespace

void AddBackEndOptions(config::Schema& schema, const std::string& service, BackEndOptions* options) {
  using std::chrono::milliseconds;
  schema.Choice(service + ".backend", &options->back_end, {"sqlite", "postgres"},
                "where data is kept: in a file of this machine, or by a PostgreSQL server, which replicas may share");
  schema.Secret(service + ".postgres.connection", &options->connection,
                "postgres: libpq's connection string, key=value or postgresql://…; TLS by sslmode and sslrootcert");
  schema.String(service + ".postgres.connection_file", &options->connection_file,
                "postgres: a file that holds the connection string instead; read at every connect");
  schema.String(service + ".postgres.password_file", &options->password_file,
                "postgres: a file that holds only the password; read at every connect");
  schema.Int(service + ".postgres.readers", &options->readers, 1, 64,
             "postgres: connections that read at the same time; a few more write and watch");
  schema.Duration(service + ".postgres.reconnect_max", &options->reconnect_max, milliseconds(0), milliseconds(60'000),
                  "postgres: how long writes wait for a server that is away");
  schema.Validate([service, options] { return Check(service, *options); });
}

ConnectionOptions ConnectionOf(const BackEndOptions& options, std::string_view application,
                               std::shared_ptr<const Patience> patience) {
  ConnectionOptions connection;
  connection.connection = options.connection;
  connection.connection_file = options.connection_file;
  connection.password_file = options.password_file;
  connection.application_name = std::string(application);
  connection.patience = std::move(patience);
  return connection;
}

}  // namespace dateline::sql::postgres
