#include "common/sql/postgres/testing/server.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/testing/ports.h"
#include "common/testing/wait.h"
#include "fmt/format.h"

namespace dateline::testing {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartMax{60'000};
constexpr std::string_view kUser = "dateline";

// Debian keeps every version in a folder of its own. DATELINE_POSTGRES_BIN names another.
std::string Program(std::string_view name) {
  static const std::string folder = [] {
    if (const char* given = std::getenv("DATELINE_POSTGRES_BIN"); given != nullptr) return std::string(given);
    for (int version = 30; version >= 12; --version) {
      const std::string path = fmt::format("/usr/lib/postgresql/{}/bin", version);
      if (std::filesystem::exists(path + "/initdb")) return path;
    }
    return std::string();
  }();
  DATELINE_CHECK(!folder.empty(), "no PostgreSQL server; install Debian's package postgresql (deploy/packages/test)");
  return fmt::format("{}/{}", folder, name);
}

// PostgreSQL refuses root, so root runs it as somebody else.
const passwd* Nobody() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = getpwnam(name); entry != nullptr) return entry;
  }
  DATELINE_CHECK(false, "neither the user postgres nor the user nobody exists");
}

ChildProcess::Options AsUser(std::vector<std::string> command) {
  ChildProcess::Options options{.env = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC"}, {"PGOPTIONS", ""}}, .directory = "/"};
  if (const passwd* user = Nobody(); user != nullptr) {
    options.program = "/usr/bin/setpriv";
    options.args = {fmt::format("--reuid={}", user->pw_uid), fmt::format("--regid={}", user->pw_gid), "--clear-groups",
                    "--pdeathsig=KILL"};
    options.args.insert(options.args.end(), command.begin(), command.end());
  } else {
    options.program = command.front();
    options.args.assign(command.begin() + 1, command.end());
  }
  return options;
}

void Run(std::vector<std::string> command) {
  const std::string what = fmt::format("{}", command.front());
  const auto done = RunToEnd(AsUser(std::move(command)), kStartMax);
  DATELINE_CHECK(done.ok(), done.status().ToString());
  DATELINE_CHECK(done->status == 0, fmt::format("{} failed: {}{}", what, done->out, done->err));
}

void GiveTo(const std::filesystem::path& path) {
  if (const passwd* user = Nobody(); user != nullptr) {
    DATELINE_CHECK(chown(path.c_str(), user->pw_uid, user->pw_gid) == 0, "cannot chown " + path.string());
  }
}

// A cluster as initdb makes it, kept for the next test: initdb takes longer than most tests. Made under a lock, and
// anew when an earlier attempt did not come to its end.
std::string Template() {
  const std::string base =
      (std::filesystem::temp_directory_path() / fmt::format("dateline-postgres-{}", geteuid())).string();
  std::filesystem::create_directories(base);
  GiveTo(base);
  const int lock = open((base + "/lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  DATELINE_CHECK(lock >= 0 && flock(lock, LOCK_EX) == 0, "cannot lock " + base);
  const std::string version = std::filesystem::path(Program("")).parent_path().parent_path().filename().string();
  const std::string made = fmt::format("{}/{}-1", base, version);
  if (!std::filesystem::exists(made)) {
    const std::string making = made + ".making";
    std::filesystem::remove_all(making);
    const std::string secret = base + "/password";
    std::ofstream(secret) << UuidV4() << '\n';
    std::filesystem::permissions(secret, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    GiveTo(secret);
    Run({Program("initdb"), "-D", making, "-U", std::string(kUser), "--pwfile=" + secret, "-A", "scram-sha-256", "-E",
         "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=2"});
    std::filesystem::copy_file(secret, making + "/password", std::filesystem::copy_options::overwrite_existing);
    GiveTo(making + "/password");
    std::filesystem::rename(making, made);
  }
  close(lock);
  return made;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (std::atoi(entry.path().filename().c_str()) == 0) continue;
    const std::string stat = ReadFile(entry.path() / "stat");
    const size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos || name_end + 4 >= stat.size()) continue;
    // "pid (name) state ppid …"
    if (std::atol(stat.c_str() + name_end + 4) == parent) children.push_back(std::atoi(stat.c_str()));
  }
  return children;
}

}  // namespace

PostgresServer::PostgresServer(Options options) : options_(std::move(options)), port_(FreePorts(1).front()) {
  const std::string source = Template();
  GiveTo(folder_.path());
  Run({"/bin/cp", "-r", "--reflink=auto", source, data()});
  password_ = ReadFile(source + "/password");
  while (!password_.empty() && password_.back() == '\n') password_.pop_back();
  WriteSettings();
  Start();
}

PostgresServer::PostgresServer(Options options, const PostgresServer& primary)
    : options_(std::move(options)), port_(FreePorts(1).front()), password_(primary.password_) {
  GiveTo(folder_.path());
  Run({Program("pg_basebackup"), "-D", data(), "-R", "-c", "fast", "--no-sync", "-d",
       primary.ConnectionTo("postgres")});
  WriteSettings();
  Start();
}

PostgresServer::~PostgresServer() {
  if (process_ == nullptr) return;
  // Immediate shutdown: nothing of the folder is needed any more. Its children end with it.
  process_->Signal(SIGQUIT);
  process_->Wait(milliseconds(10'000));
}

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server;
  return server;
}

void PostgresServer::WriteSettings() {
  std::string text = fmt::format(
      "port={}\nlisten_addresses='127.0.0.1'\nunix_socket_directories=''\nfsync={}\nfull_page_writes={}\n"
      "shared_buffers=32MB\nmax_connections=100\nautovacuum_naptime=10s\nlog_min_messages=warning\nmax_wal_senders=4\n"
      "wal_level=replica\nwal_keep_size=64MB\nhot_standby=on\nmax_wal_size=256MB\nmin_wal_size=8MB\n"
      "dynamic_shared_memory_type=posix\n",
      port_, options_.fsync ? "on" : "off", options_.fsync ? "on" : "off");
  for (const std::string& setting : options_.settings) text += setting + "\n";
  std::ofstream(data() + "/postgresql.auto.conf", std::ios::app) << text;
  GiveTo(data() + "/postgresql.auto.conf");
}

std::string PostgresServer::ConnectionTo(std::string_view database) const {
  return fmt::format("host=127.0.0.1 port={} user={} password={} dbname={}", port_, kUser, password_, database);
}

void PostgresServer::Start() {
  Launch();
  Await();
}

void PostgresServer::Launch() {
  auto started = ChildProcess::Start(AsUser({Program("postgres"), "-D", data()}));
  DATELINE_CHECK(started.ok(), started.status().ToString());
  process_ = *std::move(started);
}

void PostgresServer::Await() {
  const bool answers = WaitUntil(kStartMax, [this] {
    // The sessions of a server that was killed outlive it for a moment, and a new one does not start beside them.
    if (!process_->Running() && process_->Stderr().find("still in use") != std::string::npos) Launch();
    DATELINE_CHECK(process_->Running(), "the PostgreSQL server ended: " + process_->Stderr());
    return sql::postgres::Connection::Open({.connection = ConnectionTo("postgres")}).ok();
  });
  DATELINE_CHECK(answers, "the PostgreSQL server does not answer: " + process_->Stderr());
}

void PostgresServer::Stop() {
  process_->Signal(SIGINT);
  DATELINE_CHECK(process_->Wait(kStartMax).has_value(), "the PostgreSQL server does not stop");
}

void PostgresServer::Kill() {
  Signal(SIGKILL);
  DATELINE_CHECK(process_->Wait(kStartMax).has_value(), "the PostgreSQL server does not end");
  // What the kernel would do at a reboot; a new server refuses while the old one seems to live.
  std::filesystem::remove(data() + "/postmaster.pid");
}

void PostgresServer::Pause() {
  Signal(SIGSTOP);
}

void PostgresServer::Resume() {
  Signal(SIGCONT);
}

void PostgresServer::Signal(int number) {
  // The server's processes make groups of their own, so each is told; the first one first, lest it start others.
  const std::vector<pid_t> children = ChildrenOf(process_->pid());
  process_->Signal(number);
  for (const pid_t child : children) kill(child, number);
}

std::string PostgresServer::NewDatabase() {
  const std::string name = fmt::format("test_{}", ++databases_);
  auto connection = sql::postgres::Connection::Open({.connection = ConnectionTo("postgres")});
  DATELINE_CHECK(connection.ok(), connection.status().ToString());
  const absl::Status made = (*connection)->Script("CREATE DATABASE " + name);
  DATELINE_CHECK(made.ok(), made.ToString());
  return ConnectionTo(name);
}

std::unique_ptr<PostgresServer> PostgresServer::MakeStandby() {
  return std::unique_ptr<PostgresServer>(new PostgresServer(options_, *this));
}

void PostgresServer::Promote() {
  auto connection = sql::postgres::Connection::Open({.connection = ConnectionTo("postgres")});
  DATELINE_CHECK(connection.ok(), connection.status().ToString());
  const auto promoted = (*connection)->Query("SELECT pg_promote(true, 60)");
  DATELINE_CHECK(promoted.ok() && promoted->Bool(0, 0), "the standby is not promoted");
}

}  // namespace dateline::testing
