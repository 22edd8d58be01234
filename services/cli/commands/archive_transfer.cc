#include "services/cli/commands/archive_transfer.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/status.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::AdminService;
using storage::v1::ArchiveRecord;
using storage::v1::ExportArchiveRequest;
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

// Reads the export of a service to its end, or until `take` answers false.
absl::Status ReadExport(Admin& stub, const std::string& token,
                        const std::function<bool(ExportArchiveResponse&)>& take) {
  ExportArchiveRequest request;
  request.set_resume_token(token);
  grpc::ClientContext context;
  const auto reader = stub.ExportArchive(&context, request);
  ExportArchiveResponse response;
  while (reader->Read(&response)) {
    if (take(response)) continue;
    context.TryCancel();
    reader->Finish();
    return absl::OkStatus();
  }
  return rpc::FromGrpc(reader->Finish());
}

// Calls `take` with each record of a file, until it fails.
absl::Status ReadFile(const std::string& file, const std::function<absl::Status(ArchiveRecord, size_t bytes)>& take) {
  std::ifstream in(file);
  if (!in) return Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND", fmt::format("{} cannot be read", file));
  std::string line;
  for (uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    ArchiveRecord record;
    const auto parsed = google::protobuf::util::JsonStringToMessage(line, &record);
    if (!parsed.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_ARCHIVE_RECORD",
                   fmt::format("{}, line {}: {}", file, number, parsed.ToString()));
    }
    if (absl::Status taken = take(std::move(record), line.size()); !taken.ok()) return taken;
  }
  return absl::OkStatus();
}

std::string KeyOf(const ArchiveRecord& record) {
  if (record.has_document()) return record.document().name();
  return fmt::format("{}/revisions/{}", record.revision().release().name(), record.revision().release().revision());
}

size_t DigestOf(const ArchiveRecord& record) {
  return std::hash<std::string>()(record.SerializeAsString());
}

// Whether the archive holds every record of the file as the file has it.
absl::Status Compare(Admin& stub, const std::string& file) {
  std::unordered_map<std::string, size_t> stored;
  const absl::Status read = ReadExport(stub, {}, [&stored](ExportArchiveResponse& response) {
    stored[KeyOf(response.record())] = DigestOf(response.record());
    return true;
  });
  if (!read.ok()) return read;
  uint64_t same = 0;
  uint64_t others = 0;
  const absl::Status compared = ReadFile(file, [&](const ArchiveRecord& record, size_t) {
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

int ImportArchive(Session& session, const std::string& file, bool compare) {
  if (session.endpoints() == nullptr) return kUsage;
  const auto stub = AdminStub(session);
  storage::v1::ImportArchiveRequest request;
  uint64_t imported = 0;
  uint64_t skipped = 0;
  size_t bytes = 0;
  const auto send = [&]() -> absl::Status {
    if (request.records().empty()) return absl::OkStatus();
    storage::v1::ImportArchiveResponse response;
    absl::Status status = rpc::Call(*stub, &Admin::ImportArchive, request, &response, {.deadline = kImportDeadline});
    imported += response.imported_count();
    skipped += response.skipped_count();
    request.clear_records();
    bytes = 0;
    return status;
  };
  absl::Status status = ReadFile(file, [&](ArchiveRecord record, size_t record_bytes) -> absl::Status {
    // A large record does not go with others, so that no call grows too large.
    if (bytes + record_bytes > kImportBytes) {
      if (absl::Status sent = send(); !sent.ok()) return sent;
    }
    *request.add_records() = std::move(record);
    bytes += record_bytes;
    return request.records_size() < kImportRecords ? absl::OkStatus() : send();
  });
  if (status.ok()) status = send();
  Say(fmt::format("{} records imported, {} were there already.", imported, skipped));
  if (status.ok() && compare) status = Compare(*stub, file);
  return status.ok() ? kOk : session.Report(status);
}

}  // namespace dateline::cli
