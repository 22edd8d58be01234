#include "services/storage/release_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <tuple>

#include "common/base/proto_time.h"
#include "common/filter/times.h"
#include "services/storage/entities/entity_record.pb.h"
#include "services/storage/fact_terms.h"
#include "services/storage/limits.h"

namespace dateline::storage {

using release::v1::Release;
using release::v1::Sighting;

void ClearStoredFields(Release* release) {
  release->clear_revision();
  release->clear_sightings();
  release->clear_create_time();
  release->clear_update_time();
  release->clear_withdraw_time();
  release->clear_etag();
  release->clear_document();
  ClearDerivedFields(release);
}

void ClearDerivedFields(Release* release) {
  release->clear_cluster();
  for (auto& person : *release->mutable_people()) person.clear_entity();
  for (auto& organization : *release->mutable_organizations()) organization.clear_entity();
  for (auto& place : *release->mutable_places()) place.clear_entity();
  for (auto& translation : *release->mutable_translations()) translation.clear_release();
}

void SetDerivedFields(const DerivedFields& fields, Release* release) {
  release->set_cluster(fields.cluster);
  records::EntityReferences references;
  if (fields.revision != release->revision() || !references.ParseFromString(fields.references)) return;
  const auto set = [](const auto& names, auto* facts) {
    for (int i = 0; i < std::min(names.size(), facts->size()); ++i) facts->Mutable(i)->set_entity(names.Get(i));
  };
  set(references.people(), release->mutable_people());
  set(references.organizations(), release->mutable_organizations());
  set(references.places(), release->mutable_places());
}

void SetStoredFields(const StoredFields& fields, Release* release) {
  release->set_revision(fields.revision);
  *release->mutable_create_time() = ToTimestamp(fields.create_time);
  *release->mutable_update_time() = ToTimestamp(fields.update_time);
  release->clear_withdraw_time();
  if (fields.withdraw_time.has_value()) *release->mutable_withdraw_time() = ToTimestamp(*fields.withdraw_time);
  release->set_document(fields.document);
  release->set_etag(fmt::format("{}-{:x}", fields.revision,
                                fields.withdraw_time.has_value() ? ToMicros(*fields.withdraw_time) : int64_t{0}));
}

Release BasicView(const Release& release) {
  Release basic;
  basic.set_name(release.name());
  basic.set_revision(release.revision());
  basic.set_uri(release.uri());
  basic.set_source(release.source());
  basic.set_site_name(release.site_name());
  basic.set_language(release.language());
  basic.set_title(release.title());
  basic.set_subtitle(release.subtitle());
  if (release.has_dateline()) *basic.mutable_dateline() = release.dateline();
  if (release.has_publish()) {
    *basic.mutable_publish() = release.publish();
    basic.mutable_publish()->clear_candidates();
  }
  if (release.has_page_modified_time()) *basic.mutable_page_modified_time() = release.page_modified_time();
  if (release.has_create_time()) *basic.mutable_create_time() = release.create_time();
  if (release.has_update_time()) *basic.mutable_update_time() = release.update_time();
  if (release.has_withdraw_time()) *basic.mutable_withdraw_time() = release.withdraw_time();
  return basic;
}

void SetSightings(std::vector<Sighting> sightings, Release* release) {
  std::stable_sort(sightings.begin(), sightings.end(), [](const Sighting& a, const Sighting& b) {
    return std::tuple(a.time().seconds(), a.time().nanos()) < std::tuple(b.time().seconds(), b.time().nanos());
  });
  const auto same = [](const Sighting& a, const Sighting& b) {
    return a.source() == b.source() && a.uri() == b.uri() && a.guid() == b.guid() &&
           a.time().seconds() == b.time().seconds() && a.time().nanos() == b.time().nanos();
  };
  sightings.erase(std::unique(sightings.begin(), sightings.end(), same), sightings.end());
  release->clear_sightings();
  for (size_t i = 0; i < sightings.size(); ++i) {
    const bool first = i == 0;
    const bool latest = i + (kSightingsMax - 1) >= sightings.size();
    if (first || latest) *release->add_sightings() = std::move(sightings[i]);
  }
}

std::vector<FacetEntry> FacetsOf(const Release& release) {
  std::vector<FacetEntry> facets;
  const auto add = [&facets](FacetField field, const std::string& value) {
    if (!value.empty()) facets.push_back({field, value});
  };
  add(FacetField::kSource, release.source());
  add(FacetField::kLanguage, release.language());
  add(FacetField::kCountry, release.dateline().country_code());
  for (const auto& place : release.places()) add(FacetField::kCountry, place.country_code());
  for (const auto& organization : release.organizations()) {
    add(FacetField::kOrganization, organization.display_name());
  }
  for (const auto& person : release.people()) add(FacetField::kPerson, person.display_name());
  if (release.publish().date().year() > 0) add(FacetField::kYear, std::to_string(release.publish().date().year()));
  std::sort(facets.begin(), facets.end());
  facets.erase(std::unique(facets.begin(), facets.end()), facets.end());
  if (facets.size() > kFacetsPerReleaseMax) facets.resize(kFacetsPerReleaseMax);
  return facets;
}

namespace {

void SetSortDay(const Release& release, WallTime create_time, IndexedText* indexed) {
  const auto& date = release.publish().date();
  if (const auto days = filter::DaysOf(date); days.has_value()) {
    indexed->sort_day = days->first;
    indexed->sort_precision = date.month() <= 0 ? 1 : date.day() <= 0 ? 2 : 3;
  } else {
    indexed->sort_day = std::chrono::floor<std::chrono::days>(create_time.time_since_epoch()).count();
  }
}

}  // namespace

IndexedText IndexRelease(const Release& release, WallTime create_time) {
  IndexedText indexed;
  const auto append = [&indexed](const std::string& name) {
    const std::string form = IndexForm(name);
    if (form.empty()) return;
    if (!indexed.names.empty()) indexed.names.append(" ").append(kValueBreak).append(" ");
    indexed.names += form;
  };
  for (const auto& person : release.people()) append(person.display_name());
  for (const auto& organization : release.organizations()) {
    append(organization.display_name());
    append(organization.acronym());
  }
  for (const auto& place : release.places()) append(place.display_name());
  indexed.title = IndexForm(release.title());
  indexed.subtitle = IndexForm(release.subtitle());
  indexed.text = IndexForm(release.text());
  indexed.facts = FactTerms(release, create_time);
  indexed.facets = FacetsOf(release);
  SetSortDay(release, create_time, &indexed);
  return indexed;
}

}  // namespace dateline::storage
