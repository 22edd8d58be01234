#include "services/storage/commit_plan.h"

#include <utility>

#include "common/base/ids.h"
#include "common/base/proto_wire.h"
#include "services/storage/limits.h"
#include "services/storage/names.h"
#include "services/storage/release_record.h"
#include "services/storage/revisions/comparison.h"
#include "services/storage/store.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

constexpr std::string_view kPublished = "org.dateline.release.published";
constexpr std::string_view kRevised = "org.dateline.release.revised";
constexpr std::string_view kWithdrawn = "org.dateline.release.withdrawn";
constexpr std::string_view kLinked = "org.dateline.release.linked";
constexpr std::string_view kDocumentStored = "org.dateline.document.stored";

// The parts of an event that all of ours have.
eventlog::NewEvent Describe(std::string_view topic, std::string_view type, const std::string& subject,
                            const std::string& source, const std::string& uri, WallTime now) {
  eventlog::NewEvent event;
  event.topic = std::string(topic);
  event.id = UuidV4();
  event.type = std::string(type);
  event.subject = subject;
  event.partition_key = source.empty() ? UriHost(uri) : source;
  event.time = now;
  return event;
}

// Makes what is too large for an event small: without the facts, and with short titles.
void Thin(events::v1::ReleaseEvent* data) {
  const Release& whole = data->release();
  Release thin = BasicView(whole);
  thin.set_document(whole.document());
  thin.set_etag(whole.etag());
  thin.set_cluster(whole.cluster());
  thin.set_title(Shorten(thin.title(), kThinTitleBytesMax));
  thin.set_subtitle(Shorten(thin.subtitle(), kThinTitleBytesMax));
  *data->mutable_release() = std::move(thin);
  data->set_thinned(true);
}

// Packs the data without the text.
void PackReleaseEvent(events::v1::ReleaseEvent data, eventlog::NewEvent* event) {
  data.mutable_release()->clear_text();
  if (data.ByteSizeLong() > eventlog::kEventDataBytesMax) Thin(&data);
  event->data.PackFrom(data);
}

// Serialises the record once for both that need it: the revision, which is the facts and the text, and the data of the
// event, which is the facts, what storage sets, and what changed.
void SerializeRecord(const Release& stored_fields, ReleasePlan* plan) {
  std::string text;
  text.swap(*plan->record.mutable_text());
  const std::string facts = plan->record.SerializeAsString();
  text.swap(*plan->record.mutable_text());
  const std::string& whole = plan->record.text();
  plan->record_bytes.reserve(facts.size() + whole.size() + 16);
  plan->record_bytes = facts;
  if (!whole.empty()) AppendField(Release::kTextFieldNumber, whole, &plan->record_bytes);

  using Event = events::v1::ReleaseEvent;
  const size_t release_bytes = facts.size() + stored_fields.ByteSizeLong();
  std::string data;
  data.reserve(release_bytes + plan->changes.ByteSizeLong() + 16);
  AppendFieldHead(Event::kReleaseFieldNumber, release_bytes, &data);
  data += facts;
  stored_fields.AppendToString(&data);
  plan->changes.AppendToString(&data);
  if (data.size() <= eventlog::kEventDataBytesMax) {
    plan->event.data.set_type_url("type.googleapis.com/" + Event::descriptor()->full_name());
    *plan->event.data.mutable_value() = std::move(data);
    return;
  }
  Event event = plan->changes;
  *event.mutable_release() = plan->record;
  event.mutable_release()->MergeFrom(stored_fields);
  PackReleaseEvent(std::move(event), &plan->event);
}

}  // namespace

ReleasePlan PlanRelease(Release incoming, const DocumentGround& document, const ReleaseGround& ground,
                        const Release* stored, WallTime now) {
  ReleasePlan plan;
  plan.ground = ground;
  plan.time = now;
  plan.name = incoming.name();
  plan.revision = ground.revision;
  plan.document_order = std::max(ground.document_order, document.order);
  plan.record = std::move(incoming);
  const bool known = ground.revision > 0;
  Comparison comparison;
  if (known) {
    const bool stale = document.order < ground.document_order;
    if (!stale) comparison = CompareReleases(*stored, plan.record);
    if (!comparison.material) {
      plan.outcome = v1::CommittedRelease::OUTCOME_UNCHANGED;
      return plan;
    }
  }
  plan.outcome = known ? v1::CommittedRelease::OUTCOME_REVISED : v1::CommittedRelease::OUTCOME_PUBLISHED;
  plan.revision = ground.revision + 1;
  ClearStoredFields(&plan.record);
  // A release belongs to the source that showed it first.
  if (known && !stored->source().empty()) plan.record.set_source(stored->source());
  for (auto& change : comparison.changes) *plan.changes.add_changes() = std::move(change);
  plan.changes.set_change_class(comparison.change_class);
  if (known) plan.old_index = IndexRelease(*stored, ground.create_time);
  plan.new_index = IndexRelease(plan.record, known ? ground.create_time : now);
  plan.event =
      Describe(kReleaseTopic, known ? kRevised : kPublished, plan.name, plan.record.source(), plan.record.uri(), now);
  plan.event.dataref = RevisionName(plan.name, plan.revision);
  Release stored_fields;
  SetStoredFields({.revision = plan.revision,
                   .create_time = known ? ground.create_time : now,
                   .update_time = now,
                   .withdraw_time = std::nullopt,
                   .document = document.name},
                  &stored_fields);
  SerializeRecord(stored_fields, &plan);
  return plan;
}

Release RefreshedRecord(const Release& incoming, const Release& stored) {
  Release record = incoming;
  ClearStoredFields(&record);
  if (!stored.source().empty()) record.set_source(stored.source());
  return record;
}

eventlog::NewEvent WithdrawnEvent(const Release& release, WallTime now) {
  eventlog::NewEvent event = Describe(kReleaseTopic, kWithdrawn, release.name(), release.source(), release.uri(), now);
  event.dataref = RevisionName(release.name(), release.revision());
  events::v1::ReleaseEvent data;
  *data.mutable_release() = release;
  PackReleaseEvent(std::move(data), &event);
  return event;
}

eventlog::NewEvent LinkedEvent(Release release, const std::vector<events::v1::Change>& changes, WallTime now) {
  eventlog::NewEvent event = Describe(kReleaseTopic, kLinked, release.name(), release.source(), release.uri(), now);
  event.dataref = RevisionName(release.name(), release.revision());
  events::v1::ReleaseEvent data;
  *data.mutable_release() = std::move(release);
  data.mutable_release()->clear_sightings();
  for (const auto& change : changes) *data.add_changes() = change;
  PackReleaseEvent(std::move(data), &event);
  return event;
}

eventlog::NewEvent DocumentStoredEvent(const v1::Document& document, WallTime now) {
  eventlog::NewEvent event =
      Describe(kDocumentTopic, kDocumentStored, document.name(), document.source(), document.uri(), now);
  event.dataref = document.name();
  events::v1::DocumentEvent data;
  data.set_document(document.name());
  data.set_uri(document.uri());
  data.set_source(document.source());
  data.set_content_type(document.content_type());
  data.set_content_bytes(document.content_bytes());
  data.set_content_sha256(document.content_sha256());
  event.data.PackFrom(data);
  return event;
}

}  // namespace dateline::storage
