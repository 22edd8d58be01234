#include "services/storage/administration/archive_backup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/storage/administration/archive_export.h"

namespace dateline::storage {
namespace {

constexpr size_t kExportBytes = size_t{4} << 20;
constexpr int kLevel = 3;

class OpenFile {
 public:
  OpenFile(const std::string& path, int flags) : path_(path), handle_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~OpenFile() {
    if (handle_ >= 0) close(handle_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return handle_ >= 0; }
  absl::Status Failure() const {
    const int error = errno;
    if (error == EEXIST) {
      return Error(absl::StatusCode::kAlreadyExists, "BACKUP_EXISTS",
                   fmt::format("{} is there already; give another file_name", path_), {{"path", path_}});
    }
    if (error == ENOSPC || error == EDQUOT) {
      return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                   fmt::format("{}: no space; make some and back up again", path_), {{"path", path_}});
    }
    return Error(absl::StatusCode::kFailedPrecondition, "BACKUP_FAILED",
                 fmt::format("{}: {}; check the folder and its volume", path_, std::strerror(error)),
                 {{"path", path_}});
  }
  absl::Status Write(const char* data, size_t size) {
    while (size > 0) {
      const ssize_t written = write(handle_, data, size);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Failure();
      data += written;
      size -= static_cast<size_t>(written);
    }
    return absl::OkStatus();
  }
  absl::StatusOr<size_t> Read(char* data, size_t size) {
    while (true) {
      const ssize_t got = read(handle_, data, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return Failure();
    }
  }
  absl::Status Flush() { return fsync(handle_) == 0 ? absl::OkStatus() : Failure(); }
  absl::Status Empty() {
    return ftruncate(handle_, 0) == 0 && lseek(handle_, 0, SEEK_SET) == 0 ? absl::OkStatus() : Failure();
  }

 private:
  const std::string path_;
  const int handle_;
};

struct FreeStream {
  void operator()(ZSTD_CCtx* stream) const { ZSTD_freeCCtx(stream); }
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

class Compressor {
 public:
  explicit Compressor(OpenFile& file) : file_(file), stream_(ZSTD_createCCtx()), out_(ZSTD_CStreamOutSize()) {
    ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel, kLevel);
    // So that a reader finds whatever was changed.
    ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
  }
  absl::Status Add(std::string_view bytes) { return Run(bytes, ZSTD_e_continue); }
  absl::Status Finish() { return Run({}, ZSTD_e_end); }

 private:
  absl::Status Run(std::string_view bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const size_t left = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
      if (ZSTD_isError(left)) {
        return Error(absl::StatusCode::kInternal, "BACKUP_FAILED", fmt::format("zstd: {}", ZSTD_getErrorName(left)));
      }
      DATELINE_RETURN_IF_ERROR(file_.Write(out_.data(), out.pos));
      if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return absl::OkStatus();
    }
  }

  OpenFile& file_;
  const std::unique_ptr<ZSTD_CCtx, FreeStream> stream_;
  std::vector<char> out_;
};

absl::Status Damaged(const std::string& path, std::string_view why) {
  return Error(absl::StatusCode::kDataLoss, "BACKUP_DAMAGED",
               fmt::format("the copy {} is damaged: {}; check the disk and back up again", path, why),
               {{"path", path}});
}

// Writes everything; how many lines.
absl::StatusOr<uint64_t> WriteAll(ArchiveRows& rows, OpenFile& file) {
  Compressor compressor(file);
  ExportPlace place;
  const Epoch epoch = RandomEpoch();
  uint64_t lines = 0;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const auto records, ArchiveExporter(rows, kExportBytes, epoch).Run(place));
    if (records.empty()) break;
    for (const auto& record : records) {
      std::string json;
      if (!google::protobuf::util::MessageToJsonString(record.record(), &json).ok()) {
        return Error(absl::StatusCode::kInternal, "BACKUP_FAILED", "a record cannot be written as JSON");
      }
      json += '\n';
      DATELINE_RETURN_IF_ERROR(compressor.Add(json));
      ++lines;
    }
    DATELINE_ASSIGN_OR_RETURN(place, ReadExportToken(records.back().resume_token()));
  }
  DATELINE_RETURN_IF_ERROR(compressor.Finish());
  DATELINE_RETURN_IF_ERROR(file.Flush());
  return lines;
}

// Decompresses the file to its end, whose checksum tells of every other byte, and counts its lines.
absl::Status ReadBack(const std::string& path, uint64_t lines) {
  OpenFile file(path, O_RDONLY);
  if (!file.is_open()) return file.Failure();
  const std::unique_ptr<ZSTD_DCtx, FreeStream> stream(ZSTD_createDCtx());
  std::vector<char> compressed(ZSTD_DStreamInSize());
  std::vector<char> plain(ZSTD_DStreamOutSize());
  uint64_t found = 0;
  size_t left = 1;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const size_t got, file.Read(compressed.data(), compressed.size()));
    if (got == 0) break;
    ZSTD_inBuffer in{compressed.data(), got, 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer out{plain.data(), plain.size(), 0};
      left = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(left)) return Damaged(path, ZSTD_getErrorName(left));
      found += static_cast<uint64_t>(std::count(plain.data(), plain.data() + out.pos, '\n'));
    }
  }
  if (left != 0) return Damaged(path, "it ends early");
  if (found != lines) return Damaged(path, fmt::format("{} of {} records are in it", found, lines));
  return absl::OkStatus();
}

}  // namespace

absl::Status BackUpByExport(ArchiveTransactions& transactions, const std::string& path) {
  uint64_t lines = 0;
  {
    OpenFile file(path, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.is_open()) return file.Failure();
    // Runs again when the connection was lost.
    const auto write = [&](ArchiveRows& rows) -> absl::Status {
      DATELINE_RETURN_IF_ERROR(file.Empty());
      DATELINE_ASSIGN_OR_RETURN(lines, WriteAll(rows, file));
      return absl::OkStatus();
    };
    DATELINE_RETURN_IF_ERROR(transactions.Read(write));
  }
  return ReadBack(path, lines);
}

}  // namespace dateline::storage
