#pragma once
// Tells from its bytes what a document is, so that ingestion can refuse at the door, with a message that helps, what
// extraction could never read. It judges bytes only: a declared content type can lie. Pure, thread-safe, looks at
// kSniffBytes at most.

#include <string_view>

#include "absl/status/status.h"

namespace dateline::text {

// What the bytes are.
enum class ContentKind {
  kEmpty,   // nothing, or nothing but white space
  kBinary,  // no text: a known binary format, NUL bytes, or too many control characters
  kHtml,    // HTML or XHTML
  kXml,     // XML that is not XHTML, such as a feed
  kText,    // any other text
};

// The verdict.
struct Sniffed {
  ContentKind kind = ContentKind::kEmpty;
  // What it seems to be, for people: "PDF document", "ZIP archive", "HTML"; "binary data" when unknown.
  std::string_view format;
};

// Tells what `bytes` are. UTF-16 and UTF-32 text counts as text if it begins with a byte order mark or if `charset`
// (the declared one, may be empty) says that it is such.
Sniffed Sniff(std::string_view bytes, std::string_view charset = {});

// OK if `bytes` can be a document. Otherwise INVALID_ARGUMENT with the reason EMPTY_DOCUMENT, BINARY_CONTENT or
// DOCUMENT_TOO_LARGE; the message begins with `what` (a path, a URL, "standard input", …) and ends with the remedy.
absl::Status CheckDocument(std::string_view bytes, std::string_view what, std::string_view charset = {});

// The short name of a kind: "empty", "binary", "html", "xml", "text".
std::string_view ContentKindName(ContentKind kind);

}  // namespace dateline::text
