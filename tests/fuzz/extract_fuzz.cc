// Any bytes as a document: extraction ends in a release that keeps every invariant of services/extraction/invariants.h,
// or in an INVALID_ARGUMENT with a reason. The first byte chooses how the document is declared, so that one corpus
// reaches all paths.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "services/extraction/extract.h"
#include "services/extraction/invariants.h"

namespace {

using dateline::extraction::Extractor;
using dateline::extraction::Input;

const Extractor& Shared() {
  static const std::unique_ptr<const Extractor> extractor = *Extractor::Create();
  return *extractor;
}

void Require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n", what.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 4> kTypes = {"", "text/plain", "text/html", "text/html; charset=windows-1252"};
  constexpr std::array<std::string_view, 4> kCharsets = {"", "utf-8", "utf-16le", "gb18030"};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Input input{.bytes = bytes,
                    .uri = "https://newsroom.example/2024/03/05/a",
                    .content_type = kTypes[data[0] & 3U],
                    .charset = kCharsets[(data[0] >> 2U) & 3U],
                    .default_region = (data[0] & 16U) != 0 ? "KE" : "",
                    .collect_lines = true};
  const auto extraction = Shared().ExtractAll(input);
  if (!extraction.ok()) {
    Require(extraction.status().code() == absl::StatusCode::kInvalidArgument,
            std::string(extraction.status().message()));
    Require(!dateline::ErrorReason(extraction.status()).empty(), "an error without a reason");
    return 0;
  }
  std::string problem = dateline::extraction::FindBrokenInvariant(extraction->release);
  Require(problem.empty(), problem);
  for (const auto& item : extraction->items) {
    problem = dateline::extraction::FindBrokenInvariant(item);
    Require(problem.empty(), "an item: " + problem);
  }
  return 0;
}
