#include "services/ingestion/polling/item_document.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/export/html.h"
#include "common/text/utf8.h"
#include "services/ingestion/intake.h"

namespace dateline::ingestion {
namespace {

void Describe(const ItemRecord& item, storage::v1::Document* document) {
  const state::ItemState& state = item.state;
  if (!state.document_uri().empty()) document->set_uri(state.document_uri());
  document->set_source(item.source);
  document->set_guid(item.guid);
  storage::v1::FeedHints& hints = *document->mutable_feed_hints();
  hints.set_title(state.title());
  hints.set_summary(state.summary());
  hints.set_language(state.language());
  if (state.publish_us() != 0) *hints.mutable_publish_time() = ToTimestamp(FromMicros(state.publish_us()));
  for (const std::string& author : state.authors()) hints.add_authors(author);
}

std::string Paragraphs(std::string_view plain) {
  std::string out;
  for (const std::string_view line : text::SplitLines(plain)) {
    if (!text::TrimSpace(line).empty()) out += fmt::format("<p>{}</p>\n", exporting::EscapeHtml(line));
  }
  return out;
}

}  // namespace

bool HasPage(const ItemRecord& item, const v1::Source& source) {
  // Items without an address have one made of the source's own.
  return !item.state.link().empty() || !item.uri.starts_with(source.uri());
}

absl::StatusOr<storage::v1::Document> PageDocument(const ItemRecord& item, http::Response page, WallTime now) {
  v1::IngestUrlRequest request;
  request.set_url(item.state.link().empty() ? item.uri : item.state.link());
  DATELINE_ASSIGN_OR_RETURN(storage::v1::PutDocumentRequest put, PreparePage(request, std::move(page), now));
  Describe(item, put.mutable_document());
  return std::move(*put.mutable_document());
}

std::optional<storage::v1::Document> ContentDocument(const ItemRecord& item, WallTime now) {
  const state::ItemState& state = item.state;
  const bool whole = !state.content().empty();
  const std::string& words = whole ? state.content() : state.summary();
  if (text::TrimSpace(words).empty()) return std::nullopt;
  const std::string body = whole && state.content_type() != "text/plain" ? words : Paragraphs(words);
  std::string page = fmt::format(
      "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{0}</title></head><body><article><h1>{0}</h1>\n{1}\n"
      "</article></body></html>",
      exporting::EscapeHtml(state.title()), body);
  storage::v1::Document document;
  document.set_uri(item.uri);
  document.set_given_uri(state.link().empty() ? item.uri : state.link());
  document.set_content_type("text/html");
  document.set_charset("utf-8");
  *document.mutable_fetch_time() = ToTimestamp(now);
  document.set_content(text::ReplaceInvalidUtf8(page));
  Describe(item, &document);
  return document;
}

}  // namespace dateline::ingestion
