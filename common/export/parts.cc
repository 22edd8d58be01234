#include "common/export/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "common/text/utf8.h"

namespace dateline::exporting {

using release::v1::Image;
using release::v1::Link;
using release::v1::Release;
using release::v1::Section;

namespace {

// Bytes of the release's text.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Piece PieceOf(const Release& release, std::string_view text) {
  const auto begin = static_cast<std::size_t>(text.data() - release.text().data());
  return {begin, begin + text.size()};
}

bool Inside(const release::v1::Span& span, const Piece& piece) {
  return span.start() >= piece.begin && span.start() < span.end() && span.end() <= piece.end;
}

}  // namespace

std::string_view Slice(std::string_view text, const release::v1::Span& span) {
  if (span.start() >= span.end() || span.end() > text.size()) return {};
  return text.substr(span.start(), span.end() - span.start());
}

bool IsMainText(Section::Kind kind) {
  switch (kind) {
    case Section::LEAD:
    case Section::BODY:
    case Section::HEADING:
    case Section::QUOTE:
    case Section::LIST:
    case Section::TABLE:
    case Section::KIND_UNSPECIFIED:
      return true;
    default:
      return false;
  }
}

std::string_view PartLabel(Section::Kind kind) {
  switch (kind) {
    case Section::ABOUT:
      return "About";
    case Section::CONTACT:
      return "Contact";
    case Section::NOTES:
      return "Notes";
    case Section::RELATED:
      return "Related";
    case Section::EMBARGO:
      return "Embargo";
    default:
      return {};
  }
}

std::vector<Part> PartsOf(const Release& release) {
  std::vector<Part> parts;
  for (const Section& section : release.sections()) {
    const std::string_view text = Slice(release.text(), section.span());
    if (!text.empty()) parts.push_back({section.kind(), text});
  }
  if (parts.empty() && !release.text().empty()) parts.push_back({Section::BODY, release.text()});
  return parts;
}

std::vector<std::string_view> Paragraphs(std::string_view text) {
  std::vector<std::string_view> paragraphs;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find("\n\n", begin), text.size());
    const std::string_view paragraph = text::TrimSpace(text.substr(begin, end - begin));
    if (!paragraph.empty()) paragraphs.push_back(paragraph);
    begin = end + 2;
  }
  return paragraphs;
}

std::vector<std::vector<std::string_view>> TableRows(std::string_view text) {
  std::vector<std::vector<std::string_view>> rows;
  for (const std::string_view line : text::SplitLines(text)) {
    std::vector<std::string_view> cells;
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t end = std::min(line.find('\t', begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

std::string IsoDate(const google::type::Date& date) {
  const bool month = date.month() >= 1 && date.month() <= 12;
  const bool day = month && date.day() >= 1 && date.day() <= 31;
  if (date.year() < 1 || date.year() > 9999) return {};
  if (day) return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
  if (month) return fmt::format("{:04}-{:02}", date.year(), date.month());
  return fmt::format("{:04}", date.year());
}

std::string IsoTime(const google::protobuf::Timestamp& time) {
  // 0001-01-01 to 9999-12-31, as Timestamp itself allows.
  if (time.seconds() < -62135596800 || time.seconds() > 253402300799) return {};
  const std::chrono::sys_seconds at{std::chrono::seconds(time.seconds())};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string PublishText(const Release& release) {
  if (release.publish().has_time()) return IsoTime(release.publish().time());
  return IsoDate(release.publish().date());
}

std::vector<Run> RunsOf(const Release& release, std::string_view text) {
  const Piece piece = PieceOf(release, text);
  std::vector<Run> runs;
  std::size_t at = piece.begin;
  const auto plain = [&](std::size_t end) {
    if (end > at) runs.push_back({text.substr(at - piece.begin, end - at), nullptr});
    at = end;
  };
  // Links are in the order of the text, so those of the piece are one stretch.
  const auto first = std::partition_point(release.links().begin(), release.links().end(),
                                          [&](const Link& link) { return link.span().start() < piece.begin; });
  for (auto it = first; it != release.links().end() && it->span().start() < piece.end; ++it) {
    const release::v1::Span& span = it->span();
    const bool usable =
        span.start() >= at && span.start() < span.end() && span.end() <= piece.end && IsWebUri(it->uri());
    if (!usable) continue;
    plain(span.start());
    runs.push_back({text.substr(at - piece.begin, span.end() - at), &*it});
    at = span.end();
  }
  plain(piece.end);
  return runs;
}

const Image* ImageOf(const Release& release, std::string_view text) {
  const Piece piece = PieceOf(release, text);
  for (const Image& image : release.images()) {
    if (IsWebUri(image.uri()) && Inside(image.span(), piece)) return &image;
  }
  return nullptr;
}

std::string_view SpeakerOf(const Release& release, std::string_view text) {
  const Piece piece = PieceOf(release, text);
  const auto first =
      std::partition_point(release.quotes().begin(), release.quotes().end(),
                           [&](const release::v1::Quote& quote) { return quote.span().start() < piece.begin; });
  for (auto it = first; it != release.quotes().end() && it->span().start() < piece.end; ++it) {
    if (!it->speaker().empty() && Inside(it->span(), piece)) return it->speaker();
  }
  return {};
}

bool IsWebUri(std::string_view uri) {
  return uri.starts_with("https://") || uri.starts_with("http://");
}

std::string EncodeUri(std::string_view uri) {
  constexpr std::string_view kNever = "\"<>\\^`{|}";
  std::string out;
  for (const char c : uri) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || kNever.find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace dateline::exporting
