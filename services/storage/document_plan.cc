#include "services/storage/document_plan.h"

#include "services/storage/commit_plan.h"
#include "services/storage/content.h"
#include "services/storage/names.h"

namespace dateline::storage {

void HashContent(DocumentPlan* plan) {
  plan->content.sha256 = Sha256Bytes(plan->document.content());
  plan->document.set_content_bytes(plan->document.content().size());
  plan->document.set_content_sha256(BytesToHex(plan->content.sha256));
}

void CompletePlan(uint32_t version, WallTime now, DocumentPlan* plan) {
  v1::Document& document = plan->document;
  plan->content.compressed = CompressContent(document.content());
  document.clear_content();
  document.set_version(version);
  document.set_name(DocumentName(document.uri(), version));
  document.set_state(v1::Document::STATE_PENDING);
  document.clear_failure();
  document.clear_releases();
  plan->event = DocumentStoredEvent(document, now);
}

void SetVersion(uint32_t version, DocumentPlan* plan) {
  if (plan->document.version() == version) return;
  plan->document.set_version(version);
  plan->document.set_name(DocumentName(plan->document.uri(), version));
  plan->event = DocumentStoredEvent(plan->document, plan->event.time);
}

bool SameDocument(const v1::Document& latest, const v1::Document& put) {
  if (latest.content_sha256() != put.content_sha256()) return false;
  if (!put.feed_hints().has_recipe() || latest.content_bytes() == 0) return true;
  const v1::RecipeReading& before = latest.feed_hints().recipe();
  const v1::RecipeReading& now = put.feed_hints().recipe();
  return before.title() == now.title() && before.date() == now.date() && before.body_html() == now.body_html();
}

void CopyOutcome(const v1::Document& outcome, DocumentRow* row) {
  row->document.set_state(outcome.state());
  row->document.set_failure(outcome.failure());
  *row->document.mutable_releases() = outcome.releases();
  row->result.clear_releases();
  for (const std::string& release : outcome.releases()) row->result.add_releases()->set_name(release);
}

bool SameSighting(const v1::Document& a, const v1::Document& b) {
  return a.source() == b.source() && a.given_uri() == b.given_uri() && a.guid() == b.guid();
}

}  // namespace dateline::storage
