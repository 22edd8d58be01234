#include "common/sql/testing/faulty_vfs.h"

#include <new>
#include <utility>

namespace dateline::testing {
namespace {

// What SQLite allocates for an open file: ours first, the real VFS's behind it.
struct File {
  sqlite3_file base;
  FaultyVfs* owner;
  sqlite3_file* real;
};

File* Ours(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
sqlite3_file* Real(sqlite3_file* file) {
  return Ours(file)->real;
}
sqlite3_vfs* RealVfs() {
  return sqlite3_vfs_find(nullptr);
}

int Close(sqlite3_file* file) {
  return Real(file)->pMethods->xClose(Real(file));
}
int Read(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), buffer, size, offset);
}
int Write(sqlite3_file* file, const void* buffer, int size, sqlite3_int64 offset) {
  if (const int code = Ours(file)->owner->Decide(FaultyVfs::Operation::kWrite); code != SQLITE_OK) return code;
  return Real(file)->pMethods->xWrite(Real(file), buffer, size, offset);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  if (const int code = Ours(file)->owner->Decide(FaultyVfs::Operation::kSync); code != SQLITE_OK) return code;
  return Real(file)->pMethods->xSync(Real(file), flags);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Lock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xLock(Real(file), level);
}
int Unlock(sqlite3_file* file, int level) {
  return Real(file)->pMethods->xUnlock(Real(file), level);
}
int CheckReservedLock(sqlite3_file* file, int* result) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), result);
}
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), operation, argument);
}
int SectorSize(sqlite3_file* file) {
  return Real(file)->pMethods->xSectorSize(Real(file));
}
int DeviceCharacteristics(sqlite3_file* file) {
  return Real(file)->pMethods->xDeviceCharacteristics(Real(file));
}
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, memory);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) {
  Real(file)->pMethods->xShmBarrier(Real(file));
}
int ShmUnmap(sqlite3_file* file, int remove) {
  return Real(file)->pMethods->xShmUnmap(Real(file), remove);
}

// Version 2: with shared memory, which the write-ahead log needs, without memory-mapped pages, which would bypass
// xWrite.
constexpr sqlite3_io_methods kMethods = {2,
                                         Close,
                                         Read,
                                         Write,
                                         Truncate,
                                         Sync,
                                         FileSize,
                                         Lock,
                                         Unlock,
                                         CheckReservedLock,
                                         FileControl,
                                         SectorSize,
                                         DeviceCharacteristics,
                                         ShmMap,
                                         ShmLock,
                                         ShmBarrier,
                                         ShmUnmap,
                                         nullptr,
                                         nullptr};

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  File* ours = new (file) File{};
  ours->owner = static_cast<FaultyVfs*>(vfs->pAppData);
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  const int code = RealVfs()->xOpen(RealVfs(), path, ours->real, flags, out_flags);
  ours->base.pMethods = ours->real->pMethods != nullptr ? &kMethods : nullptr;
  return code;
}

}  // namespace

FaultyVfs::FaultyVfs(std::string name) : name_(std::move(name)), vfs_(*RealVfs()) {
  // Everything but opening files is the real VFS's own function, which does not look at the object it is called on.
  vfs_.pNext = nullptr;
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + RealVfs()->szOsFile;
  vfs_.pAppData = this;
  vfs_.xOpen = Open;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

void FaultyVfs::Arm(const Fault& fault) {
  armed_ = false;
  operation_ = static_cast<int>(fault.operation);
  code_ = fault.code;
  first_ = calls_[static_cast<size_t>(fault.operation)] + fault.after + 1;
  last_ = fault.times > UINT64_MAX - first_ ? UINT64_MAX : first_ + fault.times - 1;
  armed_ = true;
}

void FaultyVfs::Disarm() {
  armed_ = false;
}

int FaultyVfs::Decide(Operation operation) {
  const uint64_t call = ++calls_[static_cast<size_t>(operation)];
  if (!armed_ || operation_ != static_cast<int>(operation) || call < first_ || call > last_) return SQLITE_OK;
  ++failures_;
  return code_;
}

}  // namespace dateline::testing
