// One release: the text with its facts marked, the facts beside it, and where all of it comes from.
#include <fmt/format.h>

#include "common/base/proto_time.h"
#include "common/export/html.h"
#include "common/export/parts.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/evidence.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"

namespace dateline::gateway {
namespace {

using release::v1::Release;
using release::v1::Section;

// A page stays light; who wants the rest of a very long text asks for it.
constexpr size_t kShownBytes = 60'000;
constexpr size_t kFactsShown = 12;

Value PartValue(const exporting::Part& part, MarkedText& marked) {
  Value value;
  value["label"] = exporting::PartLabel(part.kind);
  value["heading"] = part.kind == Section::HEADING;
  value["quote"] = part.kind == Section::QUOTE;
  value["caption"] = part.kind == Section::CAPTION;
  value["list"] = part.kind == Section::LIST;
  value["aside"] = !exporting::IsMainText(part.kind) && part.kind != Section::CAPTION;
  if (part.kind == Section::TABLE) {
    for (const auto& row : exporting::TableRows(part.text)) {
      Value cells;
      for (const std::string_view cell : row) cells["cells"].Append(Html{exporting::EscapeHtml(cell)});
      value["table"].Append(std::move(cells));
    }
    value["has_table"] = true;
    return value;
  }
  for (const std::string_view paragraph : exporting::Paragraphs(part.text)) {
    value["paragraphs"].Append(Html{marked.Mark(paragraph)});
  }
  return value;
}

void AddText(const Release& release, const Request& request, const std::vector<FactGroup>& groups, Value& page) {
  MarkedText marked(release.text(), groups);
  size_t shown = 0;
  for (const exporting::Part& part : exporting::PartsOf(release)) {
    shown += part.text.size();
    if (shown > kShownBytes && request.Query("whole").empty()) {
      page["cut"] = BytesText(release.text().size());
      break;
    }
    page["parts"].Append(PartValue(part, marked));
  }
}

void AddFacts(std::vector<FactGroup> groups, Value& page) {
  for (FactGroup& group : groups) {
    Value value;
    value["heading"] = group.heading;
    value["kind"] = group.kind;
    value["compact"] = group.kind == "place" || group.kind == "organization" || group.kind == "date";
    value["count"] = static_cast<int>(group.facts.size());
    size_t shown = 0;
    for (Fact& fact : group.facts) {
      // The first stand open; the others unfold, or the words in the text lead to them.
      Value& list = ++shown <= kFactsShown ? value["facts"] : value["more"];
      list.Append(std::move(fact.card));
    }
    if (shown > kFactsShown) value["more_count"] = static_cast<int>(shown - kFactsShown);
    page["groups"].Append(std::move(value));
  }
  page["groups_any"] = !groups.empty();
}

void AddPair(Value& list, std::string_view label, Value value) {
  if (!value.Truthy()) return;
  Value pair;
  pair["label"] = label;
  pair["value"] = std::move(value);
  list.Append(std::move(pair));
}

Html WebLink(const std::string& uri, const std::string& text) {
  if (!exporting::IsWebUri(uri)) return {exporting::EscapeHtml(text)};
  return {fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", exporting::EscapeHtml(exporting::EncodeUri(uri)),
                      exporting::EscapeHtml(text))};
}

void AddProvenance(const Site& site, const Release& release, Value& page) {
  Value& list = page["provenance"];
  AddPair(list, "Address", WebLink(release.uri(), Shortened(release.uri(), 90)));
  if (!release.source().empty()) {
    AddPair(list, "Source",
            Html{fmt::format("<a href=\"/{0}\">{1}</a>", exporting::EscapeHtml(release.source()),
                             exporting::EscapeHtml(site.overview().SourceTitle(release.source())))});
  }
  AddPair(list, "Language", LanguageName(release.language()));
  AddPair(list, "First stored", TimeElement(release.create_time(), MomentText(release.create_time()) + " UTC"));
  if (release.revision() > 1) {
    AddPair(list, "This revision", TimeElement(release.update_time(), MomentText(release.update_time()) + " UTC"));
  }
  if (release.sightings_size() > 1) AddPair(list, "Seen", Counted(release.sightings_size(), "time", "times"));
  for (const std::string& id : release.reference_ids()) AddPair(list, "Reference", id);
  AddPair(list, "Licence", release.license());
  std::string topics;
  for (const std::string& topic : release.topics()) topics += (topics.empty() ? "" : ", ") + topic;
  AddPair(list, "Topics", topics);
  if (release.has_extractor()) {
    AddPair(list, "Read by",
            fmt::format("Dateline {}, rules {}", release.extractor().version(), release.extractor().rules()));
  }
  for (const auto& candidate : release.publish().candidates()) {
    Value item;
    item["day"] = DayText(candidate.date());
    item["basis"] = candidate.basis();
    item["raw"] = Shortened(candidate.raw(), 80);
    item["chosen"] = candidate.basis() == release.publish().basis();
    page["candidates"].Append(std::move(item));
  }
  page["candidates_any"] = release.publish().candidates_size() > 1;
  for (const auto& notice : release.notices()) {
    Value item;
    item["reason"] = notice.reason();
    item["message"] = notice.message();
    page["notices"].Append(std::move(item));
  }
}

void AddHead(const Release& release, WallTime now, Value& page) {
  page["release"] = RowValue(release, now);
  page["id"] = IdOf(release.name());
  page["lang"] = release.language().empty() ? std::string("und") : release.language();
  page["dir"] = IsRightToLeft(release.language()) ? "rtl" : "ltr";
  if (exporting::IsWebUri(release.uri())) page["original"] = exporting::EncodeUri(release.uri());
  for (const auto& author : release.authors()) page["authors"].Append(author.display_name());
  const std::string published = DayText(release.publish().date());
  page["published"] = published.empty() ? std::string("not stated") : published;
  if (release.has_withdraw_time()) page["withdrawn"] = MomentText(release.withdraw_time()) + " UTC";
  if (release.has_embargo_time() && FromTimestamp(release.embargo_time()) > now) {
    page["embargo"] = MomentText(release.embargo_time()) + " UTC";
  }
  for (const auto& translation : release.translations()) {
    Value item;
    item["label"] = LanguageName(translation.language());
    item["href"] = translation.release().empty() ? std::string() : "/" + translation.release();
    if (!translation.release().empty()) page["translations"].Append(std::move(item));
  }
}

void AddRevisions(const Site& site, const Release& release, const std::string& id, Value& page) {
  storage::v1::ListReleaseRevisionsRequest list;
  list.set_name("releases/" + id);
  const auto revisions = Ask<storage::v1::ListReleaseRevisionsResponse>(site.backend(), list);
  if (!revisions.ok() || revisions->revisions_size() < 2) return;
  for (const auto& revision : revisions->revisions()) {
    Value item;
    const uint32_t number = revision.snapshot().revision();
    item["number"] = static_cast<int>(number);
    item["href"] = fmt::format("/releases/{}?revision={}", id, number);
    if (number > 1) item["diff"] = fmt::format("/releases/{}/diff?from={}&to={}", id, number - 1, number);
    item["when"] = Ago(revision.create_time(), site.now());
    item["current"] = number == release.revision();
    item["retraction"] = revision.change_class() == events::v1::CHANGE_CLASS_RETRACTION;
    page["revisions"].Append(std::move(item));
  }
  page["revisions_any"] = true;
  const uint32_t latest = revisions->revisions(0).snapshot().revision();
  if (release.revision() > 1) {
    page["changed"] = fmt::format("/releases/{}/diff?from={}&to={}", id, release.revision() - 1, release.revision());
  }
  if (latest > release.revision()) page["outdated"] = fmt::format("/releases/{}", id);
}

std::string_view RelationText(storage::v1::SimilarRelease::Relation relation) {
  using storage::v1::SimilarRelease;
  switch (relation) {
    case SimilarRelease::RELATION_IDENTICAL:
      return "the same words";
    case SimilarRelease::RELATION_NEAR_DUPLICATE:
      return "almost the same words";
    case SimilarRelease::RELATION_CONTAINS:
      return "is longer, holds this one";
    case SimilarRelease::RELATION_CONTAINED:
      return "is shorter, stands in this one";
    case SimilarRelease::RELATION_TRANSLATION:
      return "in another language";
    case SimilarRelease::RELATION_SAME_EVENT:
      return "of the same happening";
    default:
      return "similar";
  }
}

void AddSimilar(const Site& site, const std::string& id, Value& page) {
  storage::v1::ListSimilarReleasesRequest list;
  list.set_name("releases/" + id);
  list.set_page_size(8);
  const auto similar = Ask<storage::v1::ListSimilarReleasesResponse>(site.backend(), list);
  if (!similar.ok()) return;
  page["similar_any"] = !similar->releases().empty();
  for (const auto& other : similar->releases()) {
    Value item = RowValue(other.release(), site.now());
    item["relation"] = RelationText(other.relation());
    item["similarity"] = fmt::format("{:.0f} %", other.similarity() * 100);
    for (const std::string& contradiction : other.contradictions()) item["contradictions"].Append(contradiction);
    page["similar"].Append(std::move(item));
  }
}

}  // namespace

Response ReleasePage(const Site& site, const Request& request, const std::string& id) {
  storage::v1::GetReleaseRequest get;
  get.set_name("releases/" + id);
  if (const std::string_view revision = request.Query("revision"); !revision.empty()) {
    get.set_name(fmt::format("releases/{}/revisions/{}", id, revision));
  }
  const auto response = Ask<storage::v1::GetReleaseResponse>(site.backend(), get);
  if (!response.ok()) return site.Problem(request, response.status());
  const Release& release = response->release();
  Value page;
  AddHead(release, site.now(), page);
  std::vector<FactGroup> groups = FactGroups(release);
  AddText(release, request, groups, page);
  AddFacts(std::move(groups), page);
  AddProvenance(site, release, page);
  AddRevisions(site, release, id, page);
  AddSimilar(site, id, page);
  return site.Page(request, "release.html", std::move(page), {.title = release.title(), .nav = "latest"});
}

}  // namespace dateline::gateway
