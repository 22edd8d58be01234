#include "common/testing/ports.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "fmt/format.h"

namespace dateline::testing {
namespace {

constexpr int kFirstPort = 20000;
constexpr int kBlockPorts = 100;
constexpr int kBlocks = 120;

// Whether a server could listen on this port now.
bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  // With this, connections that linger after their end do not count, as they do not for a server.
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  const bool free = bound && listen(fd, 1) == 0;
  close(fd);
  return free;
}

// Takes the lock of a block for the rest of the process's life; the descriptor is never closed on purpose.
bool LockBlock(int block) {
  const std::string folder =
      (std::filesystem::temp_directory_path() / fmt::format("dateline-test-ports-{}", getuid())).string();
  mkdir(folder.c_str(), 0700);
  const std::string file = fmt::format("{}/{}", folder, kFirstPort + block * kBlockPorts);
  const int fd = open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  close(fd);
  return false;
}

class Allocator {
 public:
  // The first port of a block of which the first `span` ports are free.
  int TakeBlock(int span) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return TakeBlockLocked(span);
  }

  std::vector<uint16_t> TakePorts(int count) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    std::vector<uint16_t> ports;
    while (ports.size() < static_cast<size_t>(count)) {
      if (next_ == end_) {
        next_ = TakeBlockLocked(1);
        end_ = next_ + kBlockPorts;
      }
      if (IsFree(next_)) ports.push_back(static_cast<uint16_t>(next_));
      ++next_;
    }
    return ports;
  }

 private:
  int TakeBlockLocked(int span) REQUIRES(mutex_) {
    // Each process begins elsewhere, so that a server left over from one test rarely meets the next.
    for (; tried_ < kBlocks; ++tried_) {
      const int block = (static_cast<int>(getpid()) + tried_) % kBlocks;
      if (!LockBlock(block)) continue;
      const int base = kFirstPort + block * kBlockPorts;
      int free = 0;
      while (free < span && IsFree(base + free)) ++free;
      if (free < span) continue;
      ++tried_;
      return base;
    }
    CheckFailed(__FILE__, __LINE__, "a free block of ports", "all ports from 20000 to 31999 are taken");
  }

  Mutex mutex_;
  int tried_ GUARDED_BY(mutex_) = 0;
  int next_ GUARDED_BY(mutex_) = 0;
  int end_ GUARDED_BY(mutex_) = 0;
};

Allocator& GlobalAllocator() {
  static Allocator allocator;
  return allocator;
}

}  // namespace

std::vector<uint16_t> FreePorts(int count) {
  DATELINE_CHECK(count >= 1 && count <= kBlockPorts, "1 to 100 ports at a time");
  return GlobalAllocator().TakePorts(count);
}

uint16_t FreePortBase(int span) {
  DATELINE_CHECK(span >= 1 && span <= kBlockPorts, "a block has 1 to 100 ports");
  return static_cast<uint16_t>(GlobalAllocator().TakeBlock(span));
}

}  // namespace dateline::testing
