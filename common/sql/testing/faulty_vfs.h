#pragma once
// A SQLite VFS that passes everything to the real one, until a fault is armed: then the n-th write or fsync from now on
// fails as a full disk or a broken one would. For tests of everything that says it is durable. Register one, give its
// name as Database::Options::vfs, and keep it until all databases that use it are closed. Thread-safe.

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <string>

namespace dateline::testing {

class FaultyVfs {
 public:
  enum class Operation { kWrite, kSync };

  struct Fault {
    Operation operation = Operation::kWrite;
    int code = SQLITE_FULL;       // SQLITE_FULL for ENOSPC, SQLITE_IOERR_WRITE or SQLITE_IOERR_FSYNC for EIO.
    uint64_t after = 0;           // So many calls still succeed.
    uint64_t times = UINT64_MAX;  // So many calls fail; then all is well again.
  };

  // Registers a VFS with this unique name.
  explicit FaultyVfs(std::string name);
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  const std::string& name() const { return name_; }
  // Replaces the fault that is armed.
  void Arm(const Fault& fault);
  void Disarm();
  // Calls since the start, and those that were made to fail.
  uint64_t writes() const { return calls_[0]; }
  uint64_t syncs() const { return calls_[1]; }
  uint64_t failures() const { return failures_; }

  // For the C functions of the shim: SQLITE_OK, or the code that this call has to return.
  int Decide(Operation operation);

 private:
  const std::string name_;
  sqlite3_vfs vfs_;
  std::atomic<uint64_t> calls_[2] = {0, 0};
  std::atomic<uint64_t> failures_{0};
  std::atomic<bool> armed_{false};
  std::atomic<int> operation_{0};
  std::atomic<int> code_{0};
  std::atomic<uint64_t> first_{0};  // In the operation's own count of calls.
  std::atomic<uint64_t> last_{0};
};

}  // namespace dateline::testing
