#pragma once
// The choice of a service that keeps its data in a file of its machine or in PostgreSQL, as configuration: the keys are
// the same for every service, below its own prefix.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "common/sql/postgres/connection.h"

namespace dateline::config {
class Schema;
}

namespace dateline::sql::postgres {

struct BackEndOptions {
  std::string back_end = "sqlite";
  std::string connection{};
  std::string connection_file{};
  std::string password_file{};
  int readers = 4;
  std::chrono::milliseconds reconnect_max{5'000};

  bool postgres() const { return back_end == "postgres"; }
};

// Registers "<service>.backend", "<service>.postgres.connection", ".connection_file", ".password_file", ".readers" and
// ".reconnect_max", and what has to hold between them. `options` outlives parsing.
void AddBackEndOptions(config::Schema& schema, const std::string& service, BackEndOptions* options);
// How to connect; `application` is what the server shows.
ConnectionOptions ConnectionOf(const BackEndOptions& options, std::string_view application,
                               std::shared_ptr<const Patience> patience = std::make_shared<Patience>());

}  // namespace dateline::sql::postgres
