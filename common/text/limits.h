#pragma once
// The limits on documents that ingestion, storage, extraction and the command share, so that what one of them accepts
// the next does not refuse. Constants only.

#include <cstddef>
#include <cstdint>

namespace dateline::text {

// The largest document that Dateline takes, in bytes as received (before decoding).
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{32} << 20;

// The largest message that carries a document: its bytes, and room for the fields beside them. What servers take and
// channels allow, wherever a document passes.
inline constexpr std::int64_t kMaxDocumentMessageBytes = static_cast<std::int64_t>(kMaxDocumentBytes) + (1 << 20);

// How many leading bytes Sniff looks at.
inline constexpr std::size_t kSniffBytes = std::size_t{64} << 10;

// How many leading bytes are searched for a charset declared in HTML or XML, as in the HTML standard.
inline constexpr std::size_t kCharsetPrescanBytes = 1024;

}  // namespace dateline::text
