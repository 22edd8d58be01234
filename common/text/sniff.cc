#include "common/text/sniff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string>

#include "common/base/error.h"
#include "common/text/limits.h"
#include "common/text/utf8.h"

namespace dateline::text {
namespace {

using std::string_view_literals::operator""sv;

// A format that is told by fixed bytes at a fixed place.
struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view format;
  std::string_view remedy;
};

constexpr std::string_view kConvert = "convert it to text or HTML first";

constexpr std::array kMagics = {
    Magic{0, "%PDF-"sv, "PDF document", "convert it to text first, for example with pdftotext"},
    Magic{0, "PK\x03\x04"sv, "ZIP archive or Office document", "unpack it, or save the document as text or HTML"},
    Magic{0, "PK\x05\x06"sv, "ZIP archive", "unpack it first"},
    Magic{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "Microsoft Office document", "save it as text or HTML"},
    Magic{0, "{\\rtf"sv, "RTF document", kConvert},
    Magic{0, "\x1F\x8B"sv, "gzip archive", "decompress it first"},
    Magic{4, "1AY&SY"sv, "bzip2 archive", "decompress it first"},
    Magic{0,
          "\xFD"
          "7zXZ\0"sv,
          "xz archive", "decompress it first"},
    Magic{0, "\x28\xB5\x2F\xFD"sv, "zstd archive", "decompress it first"},
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, "7-Zip archive", "unpack it first"},
    Magic{0, "Rar!\x1A\x07"sv, "RAR archive", "unpack it first"},
    Magic{257, "ustar"sv, "tar archive", "unpack it first"},
    Magic{0, "\x89PNG\r\n\x1A\n"sv, "PNG image", "give the page or the text, not the image"},
    Magic{0, "\xFF\xD8\xFF"sv, "JPEG image", "give the page or the text, not the image"},
    Magic{0, "GIF89a"sv, "GIF image", "give the page or the text, not the image"},
    Magic{0, "GIF87a"sv, "GIF image", "give the page or the text, not the image"},
    Magic{8, "WEBP"sv, "WebP image", "give the page or the text, not the image"},
    Magic{8, "WAVE"sv, "WAVE audio", "give the page or the text, not the recording"},
    Magic{0, "II*\0"sv, "TIFF image", "give the page or the text, not the image"},
    Magic{0, "MM\0*"sv, "TIFF image", "give the page or the text, not the image"},
    Magic{4, "ftyp"sv, "MP4 video", "give the page or the text, not the video"},
    Magic{0, "OggS\0"sv, "Ogg media file", "give the page or the text, not the recording"},
    Magic{0, "ID3\x03"sv, "MP3 audio", "give the page or the text, not the recording"},
    Magic{0, "ID3\x04"sv, "MP3 audio", "give the page or the text, not the recording"},
    Magic{0, "\x1A\x45\xDF\xA3"sv, "Matroska or WebM video", "give the page or the text, not the video"},
    Magic{0, "wOFF"sv, "web font", "give the page or the text"},
    Magic{0, "wOF2"sv, "web font", "give the page or the text"},
    Magic{0,
          "\x7F"
          "ELF"sv,
          "ELF program", "give a text or HTML document"},
    Magic{0, "\xCA\xFE\xBA\xBE"sv, "Java class or Mach-O program", "give a text or HTML document"},
    Magic{0, "\0asm"sv, "WebAssembly module", "give a text or HTML document"},
    Magic{0, "SQLite format 3\0"sv, "SQLite database", "give a text or HTML document"},
    Magic{0, "%!PS"sv, "PostScript document", "convert it to text first, for example with ps2ascii"},
};

const Magic* FindMagic(std::string_view bytes) {
  for (const Magic& magic : kMagics) {
    if (bytes.size() < magic.offset || bytes.substr(magic.offset, magic.bytes.size()) != magic.bytes) continue;
    // Words that could stand in a text need the frame that the format puts before them.
    if (magic.offset == 8 && !bytes.starts_with("RIFF")) continue;
    if (magic.offset == 4 && magic.bytes == "ftyp" && bytes.front() != '\0') continue;
    if (magic.offset == 4 && magic.bytes != "ftyp" && !bytes.starts_with("BZh")) continue;
    return &magic;
  }
  return nullptr;
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Charsets of two or four bytes a character, in which NUL bytes are ordinary.
bool IsWideCharset(std::string_view charset) {
  const std::string name = Lower(charset);
  return name.starts_with("utf-16") || name.starts_with("utf16") || name.starts_with("utf-32") ||
         name.starts_with("utf32") || name.starts_with("ucs-2") || name.starts_with("unicode");
}

bool HasWideMark(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") || bytes.starts_with("\0\0\xFE\xFF"sv);
}

// Control characters that text does not hold: all of C0 but tab, line ends, form feed, backspace and escape (which
// ISO-2022 charsets and terminal logs use). Counted in one pass without branches: it goes over much of every document.
struct ControlCounts {
  std::size_t controls = 0;
  std::size_t nuls = 0;
};
ControlCounts CountControls(std::string_view bytes) {
  constexpr std::size_t kRun = 128;  // so that a count fits into a byte
  ControlCounts counts;
  while (!bytes.empty()) {
    const std::string_view run = bytes.substr(0, kRun);
    bytes.remove_prefix(run.size());
    unsigned char controls = 0;
    unsigned char nuls = 0;
    for (const char c : run) {
      const auto byte = static_cast<unsigned char>(c);
      const bool control = (byte < 0x20) & ((byte < '\b') | (byte > '\r')) & (byte != 0x1B);
      controls = static_cast<unsigned char>(controls + static_cast<unsigned char>(control));
      nuls = static_cast<unsigned char>(nuls + static_cast<unsigned char>(byte == 0));
    }
    counts.controls += controls;
    counts.nuls += nuls;
  }
  return counts;
}

// Whether `lower` has `<name` followed by something that ends a tag name.
bool HasTag(std::string_view lower, std::string_view name) {
  const std::string open = fmt::format("<{}", name);
  for (std::size_t at = lower.find(open); at != std::string_view::npos; at = lower.find(open, at + 1)) {
    const std::size_t next = at + open.size();
    if (next == lower.size()) return false;
    if (lower[next] == '>' || lower[next] == ' ' || lower[next] == '/' || lower[next] == '\n' || lower[next] == '\r' ||
        lower[next] == '\t') {
      return true;
    }
  }
  return false;
}

// Text or markup? A document whose first sign is "<" is markup; inside other text a few block tags decide.
Sniffed SniffText(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const std::string head = Lower(TrimSpace(bytes).substr(0, 4096));
  const bool html =
      head.starts_with("<!doctype html") || HasTag(head, "html") || HasTag(head, "head") || HasTag(head, "body");
  if (html) return {ContentKind::kHtml, "HTML"};
  if (head.starts_with("<?xml") || head.starts_with("<rss") || head.starts_with("<feed") ||
      head.starts_with("<rdf:rdf")) {
    return {ContentKind::kXml, "XML"};
  }
  if (head.starts_with("<")) {
    for (const std::string_view tag :
         {"div"sv, "p"sv, "h1"sv, "h2"sv, "article"sv, "main"sv, "section"sv, "meta"sv, "title"sv, "table"sv, "ul"sv,
          "span"sv, "script"sv, "!--"sv, "br"sv, "a"sv, "blockquote"sv}) {
      if (HasTag(head, tag) || (tag == "!--" && head.starts_with("<!--"))) return {ContentKind::kHtml, "HTML"};
    }
  }
  const std::size_t paragraphs = head.find("</p>");
  if (paragraphs != std::string::npos && HasTag(head, "p")) return {ContentKind::kHtml, "HTML"};
  return {ContentKind::kText, "plain text"};
}

}  // namespace

Sniffed Sniff(std::string_view bytes, std::string_view charset) {
  const std::string_view head = bytes.substr(0, kSniffBytes);
  if (const Magic* magic = FindMagic(head); magic != nullptr) return {ContentKind::kBinary, magic->format};
  if (HasWideMark(head) || IsWideCharset(charset)) {
    // Two-byte text is judged by its ASCII letters.
    std::string narrow;
    std::copy_if(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(head.size(), 8192)),
                 std::back_inserter(narrow), [](char c) { return c != '\0' && static_cast<unsigned char>(c) < 0x80; });
    if (head.size() <= 2) return {ContentKind::kEmpty, "empty"};
    return SniffText(narrow);
  }
  // White space beyond the head still makes an empty document.
  if (TrimSpace(head).empty() && TrimSpace(bytes).empty()) return {ContentKind::kEmpty, "empty"};
  const auto [controls, nuls] = CountControls(head);
  // Pages with a stray NUL byte exist, and browsers show them; plain text with one is no text.
  if (nuls > 0 && (nuls * 1000 > head.size() || SniffText(head).kind != ContentKind::kHtml)) {
    return {ContentKind::kBinary, "binary data"};
  }
  // A stray control character occurs in real text; one in fifty does not.
  if (controls > 0 && controls * 50 >= head.size()) return {ContentKind::kBinary, "binary data"};
  return SniffText(head);
}

absl::Status CheckDocument(std::string_view bytes, std::string_view what, std::string_view charset) {
  const std::string name(what);
  if (bytes.size() > kMaxDocumentBytes) {
    return Error(
        absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE",
        fmt::format("{} has {} bytes, over the limit of {}; split it, or give only the release", what, bytes.size(),
                    kMaxDocumentBytes),
        {{"document", name}, {"bytes", std::to_string(bytes.size())}, {"limit", std::to_string(kMaxDocumentBytes)}});
  }
  const Sniffed sniffed = Sniff(bytes, charset);
  if (sniffed.kind == ContentKind::kEmpty) {
    return Error(absl::StatusCode::kInvalidArgument, "EMPTY_DOCUMENT",
                 fmt::format("{} is empty: it has {}; give a text or HTML document", what,
                             bytes.empty() ? "no bytes" : "only white space"),
                 {{"document", name}});
  }
  if (sniffed.kind == ContentKind::kBinary) {
    const Magic* magic = FindMagic(bytes);
    return Error(absl::StatusCode::kInvalidArgument, "BINARY_CONTENT",
                 fmt::format("{} is no text: it seems to be {} {}; {}", what,
                             sniffed.format == "binary data" ? "some" : "a", sniffed.format,
                             magic != nullptr ? magic->remedy
                                              : "if it is UTF-16 or UTF-32, pass the charset, e.g. --charset=utf-16le"),
                 {{"document", name}, {"format", std::string(sniffed.format)}});
  }
  return absl::OkStatus();
}

std::string_view ContentKindName(ContentKind kind) {
  switch (kind) {
    case ContentKind::kEmpty:
      return "empty";
    case ContentKind::kBinary:
      return "binary";
    case ContentKind::kHtml:
      return "html";
    case ContentKind::kXml:
      return "xml";
    case ContentKind::kText:
      return "text";
  }
  return "unknown";
}

}  // namespace dateline::text
