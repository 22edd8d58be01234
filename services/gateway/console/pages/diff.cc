// What was edited between two revisions: facts first, then words.
#include <fmt/format.h>

#include <charconv>

#include "common/export/html.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"

namespace dateline::gateway {
namespace {

using storage::v1::DiffReleaseRevisionsResponse;
using storage::v1::TextEdit;

// Kept stretches longer than this are shown by their ends.
constexpr size_t kContextBytes = 320;

uint32_t NumberOf(std::string_view text) {
  uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Paragraphs end as they do in the text.
std::string Lines(std::string_view text) {
  std::string out = exporting::EscapeHtml(text);
  for (size_t at = out.find('\n'); at != std::string::npos; at = out.find('\n', at + 5)) out.replace(at, 1, "<br>\n");
  return out;
}

std::string Kept(std::string_view text) {
  if (text.size() <= 2 * kContextBytes) return Lines(text);
  const std::string head = Shortened(text, kContextBytes);
  size_t tail = text.size() - kContextBytes;
  while (tail < text.size() && (static_cast<unsigned char>(text[tail]) & 0xC0) == 0x80) ++tail;
  return Lines(head) + "<span class=\"gap\">" + BytesText(tail - kContextBytes) + " unchanged</span>…" +
         Lines(text.substr(tail));
}

Html EditsHtml(const DiffReleaseRevisionsResponse& diff) {
  std::string out;
  for (const TextEdit& edit : diff.edits()) {
    switch (edit.kind()) {
      case TextEdit::KIND_REMOVED:
        out += "<del>" + Lines(edit.text()) + "</del>";
        break;
      case TextEdit::KIND_ADDED:
        out += "<ins>" + Lines(edit.text()) + "</ins>";
        break;
      default:
        out += Kept(edit.text());
    }
  }
  return {out};
}

}  // namespace

Response DiffPage(const Site& site, const Request& request, const std::string& id) {
  storage::v1::DiffReleaseRevisionsRequest wanted;
  wanted.set_name("releases/" + id);
  wanted.set_from_revision(NumberOf(request.Query("from")));
  wanted.set_to_revision(NumberOf(request.Query("to")));
  const auto diff = Ask<DiffReleaseRevisionsResponse>(site.backend(), wanted);
  if (!diff.ok()) return site.Problem(request, diff.status());
  storage::v1::GetReleaseRequest get;
  get.set_name(wanted.name());
  get.set_view(storage::v1::RELEASE_VIEW_BASIC);
  const auto release = Ask<storage::v1::GetReleaseResponse>(site.backend(), get);
  if (!release.ok()) return site.Problem(request, release.status());
  const uint32_t to = wanted.to_revision() == 0 ? release->release().revision() : wanted.to_revision();
  const uint32_t from = wanted.from_revision() == 0 ? to - 1 : wanted.from_revision();
  Value page;
  page["release"] = RowValue(release->release(), site.now());
  page["from"] = static_cast<int>(from);
  page["to"] = static_cast<int>(to);
  if (from > 1) page["earlier"] = fmt::format("/releases/{}/diff?from={}&to={}", id, from - 1, from);
  if (to < release->release().revision())
    page["later"] = fmt::format("/releases/{}/diff?from={}&to={}", id, to, to + 1);
  page["retraction"] = diff->change_class() == events::v1::CHANGE_CLASS_RETRACTION;
  page["changed"] = diff->changes_size() > 0;
  for (const auto& change : diff->changes()) {
    Value item;
    item["field"] = change.field();
    item["description"] = change.description();
    item["old"] = Shortened(change.old_value(), 400);
    item["new"] = Shortened(change.new_value(), 400);
    page["changes"].Append(std::move(item));
  }
  page["edits"] = EditsHtml(*diff);
  return site.Page(request, "diff.html", std::move(page),
                   {.title = "What changed: " + release->release().title(), .nav = "latest"});
}

}  // namespace dateline::gateway
