#pragma once
// A real PostgreSQL server for tests, in a folder of its own: made by initdb (once for each version and user of the
// machine, then copied), run as an unprivileged user, reached over TCP on 127.0.0.1 with a password, and gone with the
// object. It is no service of the machine and touches none. Ends the process when the server is not installed or does
// not start, because a test that is passed over proves nothing. Used by one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/sql/postgres/connection.h"
#include "common/testing/child_process.h"
#include "common/testing/temp_dir.h"

namespace dateline::testing {

class PostgresServer {
 public:
  struct Options {
    bool fsync = false;                      // On where a test measures or kills.
    std::vector<std::string> settings = {};  // Further ones, "name=value".
  };

  PostgresServer() : PostgresServer(Options()) {}
  explicit PostgresServer(Options options);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // One server for all tests of this process that do not harm it.
  static PostgresServer& Shared();

  // A new, empty database; the connection string to it.
  std::string NewDatabase();
  // The connection string to a database of this name.
  std::string ConnectionTo(std::string_view database) const;
  uint16_t port() const { return port_; }
  const std::string& password() const { return password_; }
  // The folder of the cluster.
  std::string data() const { return folder_.File("data"); }

  // Starts again on the same port, and waits until it answers.
  void Start();
  void Stop();   // As an operator does: fast shutdown; sessions are ended.
  void Kill();   // SIGKILL to all of its processes: a crash.
  void Pause();  // SIGSTOP: the machine hangs.
  void Resume();
  // A standby that follows this server and answers reads. Promote() makes it the primary.
  std::unique_ptr<PostgresServer> MakeStandby();
  void Promote();

 private:
  PostgresServer(Options options, const PostgresServer& primary);
  void WriteSettings();
  void Signal(int number);
  void Launch();
  void Await();

  const Options options_;
  TempDir folder_;
  uint16_t port_ = 0;
  std::string password_;
  std::unique_ptr<ChildProcess> process_;
  int databases_ = 0;
};

}  // namespace dateline::testing
