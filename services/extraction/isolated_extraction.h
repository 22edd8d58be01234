#pragma once
// Extracts a document in a process of its own, so that whatever becomes of it touches nothing else: a document that
// ended a worker before, or took too long, is tried once more in here. The child is this program once more (main.cc
// gives it to RunIsolatedChild), reads the document from its standard input and writes what it found to its standard
// output; it is killed at the time limit, may take only so much memory, leaves no core dump, and dies with its parent.
// Links neither gRPC nor ZeroMQ. Thread-safe.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/storage/v1/document.pb.h"
#include "services/extraction/extract.h"

namespace dateline::extraction {

struct IsolationOptions {
  // What is started; "--isolated-document=MEMORY,SECONDS" is added to the arguments.
  std::string program = "/proc/self/exe";
  std::vector<std::string> arguments = {};
  std::chrono::milliseconds time_limit{15'000};
  uint64_t memory_max = uint64_t{2} << 30;  // Bytes of address space. Not kept in builds with sanitizers.
};

// What ExtractDocument gives, by way of a child. Besides its errors INVALID_ARGUMENT (EXTRACTION_CRASHED) when the
// child ended without an answer, naming how; DEADLINE_EXCEEDED (EXTRACTION_TIMEOUT); UNAVAILABLE (NO_CHILD) when none
// could be started, which says nothing of the document. Blocks for at most a little longer than the time limit.
absl::StatusOr<Extraction> ExtractIsolated(const IsolationOptions& options, const storage::v1::Document& document);

// The child's side. The exit status of the process, or nothing when the arguments do not call for a child.
std::optional<int> RunIsolatedChild(int argc, char** argv);

}  // namespace dateline::extraction
