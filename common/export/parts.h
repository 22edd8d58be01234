#pragma once
// What all written forms of a release share: its parts as views into its text, tables as rows and cells, dates as text.
// Pure functions; safe on damaged records: a span that does not lie inside the text is empty, never an error.
// The views live as long as the release.

#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace dateline::exporting {

// The bytes that `span` names; empty when it does not lie inside `text`.
std::string_view Slice(std::string_view text, const release::v1::Span& span);

// Whether a part is main text: LEAD, BODY, HEADING, QUOTE, LIST or TABLE, or not judged.
bool IsMainText(release::v1::Section::Kind kind);

// "About", "Contact" and the like for parts that are not main text; empty for main text and captions.
std::string_view PartLabel(release::v1::Section::Kind kind);

// One part of the text.
struct Part {
  release::v1::Section::Kind kind = release::v1::Section::KIND_UNSPECIFIED;
  std::string_view text;
};

// The parts in order. A release whose sections are absent gives its whole text as one BODY.
std::vector<Part> PartsOf(const release::v1::Release& release);

// The pieces of `text` between empty lines, in order; none is empty.
std::vector<std::string_view> Paragraphs(std::string_view text);

// The rows of a TABLE part, each a list of cells.
std::vector<std::vector<std::string_view>> TableRows(std::string_view text);

// "2025-03-11", "2025-03" or "2025"; empty when the year is not known, since ISO 8601 cannot leave it out.
std::string IsoDate(const google::type::Date& date);
// "2025-03-11T09:30:00Z". Times out of the range of Timestamp give an empty text.
std::string IsoTime(const google::protobuf::Timestamp& time);
// The exact time of publication if it is known, else the date, else empty.
std::string PublishText(const release::v1::Release& release);

// A stretch of running text, or a link with its words.
struct Run {
  std::string_view text;
  // Null for plain text.
  const release::v1::Link* link = nullptr;
};

// `text`, which is a view into the release's text, cut at the links to the web in it; together the runs are `text`.
std::vector<Run> RunsOf(const release::v1::Release& release, std::string_view text);

// The first image whose caption stands in `text`, a view into the release's text; null when there is none.
const release::v1::Image* ImageOf(const release::v1::Release& release, std::string_view text);

// Who says the first attributed quote in `text`, a view into the release's text; empty when nobody is named.
std::string_view SpeakerOf(const release::v1::Release& release, std::string_view text);

// Whether `uri` is http or https: the only schemes that may become a link or an image of a page.
bool IsWebUri(std::string_view uri);

// `uri` with everything percent-encoded that may not stand in a URI: spaces, controls, quotes, brackets, non-ASCII.
std::string EncodeUri(std::string_view uri);

}  // namespace dateline::exporting
