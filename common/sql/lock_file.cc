#include "common/sql/lock_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "common/base/error.h"
#include "common/sql/error_map.h"
#include "fmt/format.h"

namespace dateline::sql {
namespace {

// The process number that the owner wrote; for the message only.
std::string ReadOwner(int descriptor) {
  std::array<char, 32> buffer{};
  const ssize_t size = pread(descriptor, buffer.data(), buffer.size(), 0);
  std::string owner(buffer.data(), size > 0 ? static_cast<size_t>(size) : 0);
  while (!owner.empty() && owner.back() == '\n') owner.pop_back();
  return owner.empty() ? "unknown" : owner;
}

void WriteOwner(int descriptor) {
  const std::string owner = fmt::format("{}\n", getpid());
  // The lock holds without this note too.
  if (ftruncate(descriptor, 0) == 0) static_cast<void>(pwrite(descriptor, owner.data(), owner.size(), 0) > 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<LockFile>> LockFile::Acquire(const std::string& database_path) {
  const std::string path = database_path + ".lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0 && errno == EROFS) {
    return Error(
        absl::StatusCode::kFailedPrecondition, kReasonDatabaseNotWritable,
        fmt::format("{}: the file system is read-only; make it writable, or give the database another place", path),
        {{"path", path}});
  }
  if (descriptor < 0) {
    const std::string cause = std::error_code(errno, std::generic_category()).message();
    return Error(absl::StatusCode::kFailedPrecondition, "DATABASE_NOT_OPENED",
                 fmt::format("{}: {}; make the folder and give the service permission", path, cause), {{"path", path}});
  }
  auto lock = std::unique_ptr<LockFile>(new LockFile(descriptor));
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = ReadOwner(descriptor);
    return Error(absl::StatusCode::kFailedPrecondition, kReasonDatabaseInUse,
                 fmt::format("database {} is in use by process {}; stop it, or give this one another path",
                             database_path, owner),
                 {{"path", database_path}, {"process", owner}});
  }
  WriteOwner(descriptor);
  return lock;
}

LockFile::~LockFile() {
  close(descriptor_);
}

}  // namespace dateline::sql
