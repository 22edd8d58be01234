#pragma once
// Turns the bytes of a document into UTF-8. The charset is, in this order: a byte order mark, what the caller declares
// (HTTP header, command line), what HTML or XML declares in its first bytes, else strict UTF-8. Nothing is guessed from
// statistics: a wrong guess would put wrong letters into names that other people then quote. Pure, thread-safe, linear.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::text {

// How to read the bytes.
struct DecodeOptions {
  // The declared charset by any of its usual names ("windows-1252", "latin1", "Shift_JIS"); empty when none is.
  std::string_view charset = {};
  // The declared media type, with or without parameters: its charset parameter is used when `charset` is empty.
  std::string_view content_type = {};
  // Begins the error messages: a path, a URL, "standard input".
  std::string_view what = "document";
};

// UTF-8 text without byte order mark.
struct Decoded {
  // The text; borrowed from the document where its bytes are the text already.
  std::string_view text() const { return converted.has_value() ? std::string_view(*converted) : unchanged; }

  std::string_view unchanged;
  std::optional<std::string> converted;
  // The charset it was read as, lower case, for example "utf-8" or "windows-1252".
  std::string charset;
  // Where that came from: "bom", "declared", "content_type", "document" or "default".
  std::string_view basis;
  // How many ill-formed sequences became U+FFFD.
  std::size_t replacements = 0;
};

// Decodes. Errors, all INVALID_ARGUMENT: INVALID_UTF8 (what is read as UTF-8 is not; names the byte offset and the
// remedy), UNKNOWN_CHARSET (declared by the caller; one that only the document declares and nobody knows is passed
// over), DOCUMENT_TOO_LARGE (over kMaxDocumentBytes, before or after decoding). HTML is read as browsers do, unless the
// caller declares UTF-8 in `charset`: few ill-formed bytes become U+FFFD, many mean windows-1252.
absl::StatusOr<Decoded> Decode(std::string_view bytes, const DecodeOptions& options);

// The charset that the first kCharsetPrescanBytes of HTML (meta charset, meta http-equiv) or XML (encoding) declare, in
// lower case; empty when none. UTF-16 declared there means UTF-8, as in the HTML standard.
std::string PrescanCharset(std::string_view bytes);

// The value of the charset parameter of a media type, lower case; empty when absent.
std::string CharsetOfContentType(std::string_view content_type);

}  // namespace dateline::text
