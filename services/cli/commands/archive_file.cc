#include "services/cli/commands/archive_file.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dateline::cli {
namespace {

constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";

struct FreeStream {
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

}  // namespace

class ArchiveFile::Input {
 public:
  explicit Input(const std::string& path)
      : path_(path), in_(path, std::ios::binary), compressed_(ZSTD_DStreamInSize()), plain_(ZSTD_DStreamOutSize()) {
    std::string magic(kZstdMagic.size(), '\0');
    in_.read(magic.data(), static_cast<std::streamsize>(magic.size()));
    if (magic == kZstdMagic) stream_.reset(ZSTD_createDCtx());
    in_.clear();
    in_.seekg(0);
  }
  bool is_open() const { return in_.is_open(); }

  // Appends more; false at the end.
  absl::StatusOr<bool> Read(std::string* out) {
    while (true) {
      if (at_.pos == at_.size) {
        in_.read(compressed_.data(), static_cast<std::streamsize>(compressed_.size()));
        at_ = {compressed_.data(), static_cast<size_t>(in_.gcount()), 0};
        if (at_.size == 0) return left_ == 0 ? absl::StatusOr<bool>(false) : Damaged("it ends early");
      }
      if (stream_ == nullptr) {
        out->append(compressed_.data(), at_.size);
        at_.pos = at_.size;
        return true;
      }
      ZSTD_outBuffer to{plain_.data(), plain_.size(), 0};
      left_ = ZSTD_decompressStream(stream_.get(), &to, &at_);
      if (ZSTD_isError(left_)) return Damaged(ZSTD_getErrorName(left_));
      out->append(plain_.data(), to.pos);
      if (to.pos > 0) return true;
    }
  }

 private:
  absl::Status Damaged(std::string_view why) const {
    return Error(absl::StatusCode::kDataLoss, "FILE_DAMAGED",
                 fmt::format("{} is damaged: {}; take another copy of it", path_, why));
  }

  const std::string path_;
  std::ifstream in_;
  std::unique_ptr<ZSTD_DCtx, FreeStream> stream_;  // Null: the file is plain.
  std::vector<char> compressed_;
  std::vector<char> plain_;
  ZSTD_inBuffer at_{nullptr, 0, 0};
  size_t left_ = 0;  // Not 0 inside a frame.
};

ArchiveFile::ArchiveFile(std::string path, std::unique_ptr<Input> input)
    : path_(std::move(path)), input_(std::move(input)) {}

ArchiveFile::~ArchiveFile() = default;

absl::StatusOr<std::unique_ptr<ArchiveFile>> ArchiveFile::Open(const std::string& path) {
  auto input = std::make_unique<Input>(path);
  if (!input->is_open()) {
    return Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND", fmt::format("{} cannot be read", path));
  }
  return std::unique_ptr<ArchiveFile>(new ArchiveFile(path, std::move(input)));
}

absl::StatusOr<bool> ArchiveFile::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  return input_->Read(&buffer_);
}

absl::StatusOr<bool> ArchiveFile::Next(std::string* line) {
  size_t from = at_;
  while (true) {
    const size_t end = buffer_.find('\n', from);
    if (end != std::string::npos) {
      line->assign(buffer_, at_, end - at_);
      at_ = end + 1;
      return true;
    }
    from = buffer_.size() - at_;  // Where it goes on once what was read is gone.
    DATELINE_ASSIGN_OR_RETURN(const bool more, Fill());
    if (more) continue;
    line->assign(buffer_);
    buffer_.clear();
    return !line->empty();
  }
}

}  // namespace dateline::cli
