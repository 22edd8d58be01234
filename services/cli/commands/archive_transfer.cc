#include "services/cli/commands/archive_transfer.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/call.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "services/cli/commands/archive_file.h"
#include "services/cli/export_stream.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::AdminService;
using storage::v1::ArchiveRecord;
using storage::v1::ExportArchiveResponse;
using Admin = AdminService::StubInterface;

constexpr std::chrono::milliseconds kImportDeadline{300'000};
constexpr int kImportRecords = 200;
constexpr size_t kImportBytes = size_t{24} << 20;
// After so many records it is noted how far the file is.
constexpr uint64_t kNoteEvery = 500;
constexpr int kDifferencesShown = 10;

std::unique_ptr<Admin> AdminStub(Session& session) {
  return AdminService::NewStub(session.Channel(session.endpoints()->storage.address));
}

// How far an export is: behind which record, and how long the file was then.
struct ExportPlace {
  std::string token;
  uint64_t bytes = 0;
};

ExportPlace ReadPlace(const std::string& path) {
  ExportPlace progress;
  std::ifstream(path) >> progress.token >> progress.bytes;
  return progress;
}

// Calls `take` with each record of a file, until it fails.
absl::Status ReadFile(const std::string& file, const std::function<absl::Status(ArchiveRecord, size_t bytes)>& take) {
  DATELINE_ASSIGN_OR_RETURN(const auto in, ArchiveFile::Open(file));
  std::string line;
  for (uint64_t number = 1;; ++number) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, in->Next(&line));
    if (!more) return absl::OkStatus();
    if (line.empty()) continue;
    ArchiveRecord record;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &record);
    if (!parsed.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_ARCHIVE_RECORD",
                   fmt::format("{}, line {}: {}", file, number, parsed.ToString()));
    }
    if (absl::Status taken = take(std::move(record), line.size()); !taken.ok()) return taken;
  }
}

std::string KeyOf(const ArchiveRecord& record) {
  if (record.has_document()) return record.document().name();
  if (record.has_entity_pin())
    return fmt::format("{} of {}", record.entity_pin().key(), static_cast<int>(record.entity_pin().kind()));
  if (record.has_retention_rule()) return fmt::format("retention of {}", record.retention_rule().source());
  if (record.has_erasure()) return fmt::format("erasure {}", record.erasure().hash());
  if (record.has_log()) return "the event log";
  if (record.has_event()) return fmt::format("event {}{}", record.event().topic(), record.event().sequence());
  if (record.has_group()) return fmt::format("group {} of {}", record.group().group(), record.group().topic());
  return fmt::format("{}/revisions/{}", record.revision().release().name(), record.revision().release().revision());
}

bool IsOfLog(const ArchiveRecord& record) {
  return record.has_log() || record.has_event() || record.has_group();
}

size_t DigestOf(const ArchiveRecord& record) {
  return std::hash<std::string>()(record.SerializeAsString());
}

// Whether the archive holds every record of the file as the file has it; those of the log only after a move.
absl::Status Compare(Admin& stub, const std::string& file, bool move) {
  std::unordered_map<std::string, size_t> stored;
  const absl::Status read = ReadExport(stub, {}, [&stored](ExportArchiveResponse& response) {
    stored[KeyOf(response.record())] = DigestOf(response.record());
    return true;
  });
  if (!read.ok()) return read;
  uint64_t same = 0;
  uint64_t others = 0;
  const absl::Status compared = ReadFile(file, [&](const ArchiveRecord& record, size_t) {
    if (!move && IsOfLog(record)) return absl::OkStatus();
    const std::string key = KeyOf(record);
    const auto found = stored.find(key);
    if (found != stored.end() && found->second == DigestOf(record)) {
      ++same;
    } else if (++others <= kDifferencesShown) {
      fmt::print("{}: {}\n", key, found == stored.end() ? "is not in the archive" : "differs from the file");
    }
    return absl::OkStatus();
  });
  if (!compared.ok()) return compared;
  Say(fmt::format("{} records are in the archive as in the file, {} are not.", same, others));
  if (others == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "ARCHIVE_DIFFERS",
               fmt::format("{} of {} records differ or are missing", others, same + others));
}

// Sends records in calls of bounded size; while one is on its way the next is read.
class RecordSender {
 public:
  RecordSender(Admin& stub, bool move) : stub_(stub), move_(move) {}
  ~RecordSender() { Await().IgnoreError(); }
  RecordSender(const RecordSender&) = delete;
  RecordSender& operator=(const RecordSender&) = delete;

  absl::Status Add(ArchiveRecord record, size_t bytes) {
    // A large record does not go with others, so that no call grows too large.
    if (bytes_ + bytes > kImportBytes) DATELINE_RETURN_IF_ERROR(Send());
    *request_.add_records() = std::move(record);
    bytes_ += bytes;
    return request_.records_size() < kImportRecords ? absl::OkStatus() : Send();
  }
  absl::Status Finish() {
    DATELINE_RETURN_IF_ERROR(Send());
    return Await();
  }
  uint64_t imported() const { return imported_; }
  uint64_t skipped() const { return skipped_; }

 private:
  absl::Status Send() {
    DATELINE_RETURN_IF_ERROR(Await());
    if (request_.records().empty()) return absl::OkStatus();
    request_.set_move(move_);
    sent_.Swap(&request_);
    request_.Clear();
    bytes_ = 0;
    call_ = std::async(std::launch::async, [this] {
      return rpc::Call(stub_, &Admin::ImportArchive, sent_, &response_, {.deadline = kImportDeadline});
    });
    return absl::OkStatus();
  }
  absl::Status Await() {
    if (!call_.valid()) return absl::OkStatus();
    absl::Status status = call_.get();
    if (!status.ok()) return status;
    imported_ += response_.imported_count();
    skipped_ += response_.skipped_count();
    return status;
  }

  Admin& stub_;
  const bool move_;
  storage::v1::ImportArchiveRequest request_;
  size_t bytes_ = 0;
  storage::v1::ImportArchiveRequest sent_;
  storage::v1::ImportArchiveResponse response_;
  std::future<absl::Status> call_;
  uint64_t imported_ = 0;
  uint64_t skipped_ = 0;
};

}  // namespace

int ExportArchive(Session& session, const std::string& file, bool resume) {
  if (session.endpoints() == nullptr) return kUsage;
  const std::string progress_file = file + ".progress";
  ExportPlace progress;
  std::error_code error;
  if (resume) {
    progress = ReadPlace(progress_file);
    // What was written behind the last note comes again.
    std::filesystem::resize_file(file, progress.bytes, error);
  } else if (std::filesystem::exists(file, error)) {
    return session.Report(Error(absl::StatusCode::kAlreadyExists, "FILE_EXISTS",
                                fmt::format("{} is there already; name another file, or give --resume", file)));
  }
  std::ofstream out(file, resume ? std::ios::app : std::ios::trunc);
  if (!out) {
    return session.Report(
        Error(absl::StatusCode::kFailedPrecondition, "FILE_NOT_WRITABLE", fmt::format("{} cannot be written", file)));
  }
  uint64_t count = 0;
  bool written = true;
  const auto note = [&] {
    out.flush();
    std::ofstream(progress_file, std::ios::trunc) << progress.token << ' ' << progress.bytes << '\n';
  };
  const absl::Status status = ReadExport(*AdminStub(session), progress.token, [&](ExportArchiveResponse& response) {
    std::string json;
    written = google::protobuf::util::MessageToJsonString(response.record(), &json).ok() &&
              static_cast<bool>(out << json << '\n');
    if (!written) return false;
    progress = {.token = response.resume_token(), .bytes = progress.bytes + json.size() + 1};
    if (++count % kNoteEvery == 0) note();
    return static_cast<bool>(out);
  });
  out.flush();
  if (!written || !out) {
    return session.Report(Error(absl::StatusCode::kResourceExhausted, "DISK_FULL",
                                fmt::format("{} cannot be written on; make space and go on with --resume", file)));
  }
  if (!status.ok()) {
    note();
    return session.Report(status);
  }
  std::filesystem::remove(progress_file, error);
  Say(fmt::format("{} records.", count));
  return kOk;
}

int ImportArchive(Session& session, const std::string& file, const ImportOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  const auto stub = AdminStub(session);
  RecordSender sender(*stub, options.move);
  absl::Status status =
      ReadFile(file, [&](ArchiveRecord record, size_t bytes) { return sender.Add(std::move(record), bytes); });
  if (status.ok()) status = sender.Finish();
  Say(fmt::format("{} records imported, {} were there already.", sender.imported(), sender.skipped()));
  if (status.ok() && options.compare) status = Compare(*stub, file, options.move);
  return status.ok() ? kOk : session.Report(status);
}

}  // namespace dateline::cli
