#include "common/export/ninjs.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "common/base/ids.h"
#include "common/export/html.h"
#include "common/export/json_writer.h"
#include "common/export/parts.h"
#include "common/text/utf8.h"

namespace dateline::exporting {
namespace {

using release::v1::Contact;
using release::v1::Image;
using release::v1::Release;

constexpr std::string_view kSchema = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json";
// How ninjs says that an entity stands in the text without being its subject.
constexpr std::string_view kMentions = "mentions";

std::string UriOf(const Release& release) {
  if (!release.uri().empty()) return EncodeUri(release.uri());
  const std::string_view id = std::string_view(release.name()).substr(release.name().find('/') + 1);
  return "urn:uuid:" + (IsUuid(id) ? std::string(id) : UuidV5(release.title() + "\n" + release.text()));
}

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    words += !space && !inside ? 1 : 0;
    inside = !space;
  }
  return words;
}

void WriteStandard(JsonWriter& json) {
  json.BeginObject("standard");
  json.String("name", "ninjs");
  json.String("version", "3.1");
  json.String("schema", kSchema);
  json.EndObject();
}

void WriteTimes(const Release& release, JsonWriter& json) {
  if (release.publish().has_time()) json.StringIfAny("firstCreated", IsoTime(release.publish().time()));
  if (release.has_page_modified_time()) {
    json.StringIfAny("versionCreated", IsoTime(release.page_modified_time()));
  } else if (release.has_update_time()) {
    json.StringIfAny("versionCreated", IsoTime(release.update_time()));
  }
  if (release.has_embargo_time()) json.StringIfAny("embargoedUntil", IsoTime(release.embargo_time()));
}

// Lists of objects with `role`, `contentType` and `value`, of which ninjs has several.
void WriteText(std::string_view role, std::string_view value, JsonWriter& json) {
  json.BeginObject();
  json.String("role", role);
  json.String("contentType", "text/plain");
  json.String("value", value);
  json.EndObject();
}

void WriteTexts(const Release& release, JsonWriter& json) {
  if (!release.title().empty()) {
    json.String("title", release.title());
    json.BeginArray("headlines");
    WriteText("main", release.title(), json);
    if (!release.subtitle().empty()) WriteText("subtitle", release.subtitle(), json);
    json.EndArray();
  }
  if (release.text().empty()) return;
  json.BeginArray("bodies");
  json.BeginObject();
  json.String("role", "main");
  json.String("contentType", "text/plain");
  json.Integer("charCount", static_cast<std::int64_t>(text::CountCodePoints(release.text())));
  json.Integer("wordCount", CountWords(release.text()));
  json.String("value", release.text());
  json.EndObject();
  json.BeginObject();
  json.String("role", "main");
  json.String("contentType", "text/html");
  json.String("value", HtmlBody(release));
  json.EndObject();
  json.EndArray();
}

void WritePeople(const Release& release, JsonWriter& json) {
  if (release.people().empty()) return;
  json.BeginArray("people");
  for (const auto& person : release.people()) {
    json.BeginObject();
    json.String("name", person.display_name());
    json.String("rel", kMentions);
    json.EndObject();
  }
  json.EndArray();
}

void WriteOrganizations(const Release& release, JsonWriter& json) {
  if (release.organizations().empty()) return;
  json.BeginArray("organisations");
  for (const auto& organization : release.organizations()) {
    json.BeginObject();
    json.String("name", organization.display_name());
    json.String("rel", kMentions);
    json.StringIfAny("literal", organization.acronym());
    json.EndObject();
  }
  json.EndArray();
}

void WritePlaces(const Release& release, JsonWriter& json) {
  if (release.places().empty()) return;
  json.BeginArray("places");
  for (const auto& place : release.places()) {
    json.BeginObject();
    json.String("name", place.display_name());
    json.String("rel", kMentions);
    if (place.has_latitude() && place.has_longitude()) {
      json.BeginObject("geoJSON");
      json.String("type", "Point");
      json.BeginArray("coordinates");
      json.Number({}, place.longitude());
      json.Number({}, place.latitude());
      json.EndArray();
      json.EndObject();
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteNames(std::string_view key, const google::protobuf::RepeatedPtrField<std::string>& names, JsonWriter& json) {
  if (names.empty()) return;
  json.BeginArray(key);
  for (const std::string& name : names) {
    json.BeginObject();
    json.String("name", name);
    json.EndObject();
  }
  json.EndArray();
}

void WriteEvents(const Release& release, JsonWriter& json) {
  if (release.events().empty()) return;
  json.BeginArray("events");
  for (const auto& event : release.events()) {
    json.BeginObject();
    json.String("name", event.text());
    json.String("rel", kMentions);
    json.EndObject();
  }
  json.EndArray();
}

void WriteContact(const Contact& contact, JsonWriter& json) {
  const auto info = [&](std::string_view type, std::string_view value) {
    json.BeginObject();
    json.String("type", type);
    json.String("value", value);
    json.EndObject();
  };
  json.BeginObject();
  json.StringIfAny("name", contact.display_name().empty() ? contact.organization() : contact.display_name());
  json.String("role", contact.role().empty() ? "press contact" : contact.role());
  if (!contact.display_name().empty()) json.StringIfAny("literal", contact.organization());
  json.BeginArray("contactInfo");
  if (!contact.email().empty()) info("email", contact.email());
  for (const auto& phone : contact.phones()) info("phone", phone.valid() ? phone.e164() : phone.raw());
  json.EndArray();
  json.EndObject();
}

void WriteSources(const Release& release, JsonWriter& json) {
  if (release.site_name().empty() && release.contacts().empty()) return;
  json.BeginArray("infoSources");
  if (!release.site_name().empty()) {
    json.BeginObject();
    json.String("name", release.site_name());
    json.String("role", "publisher");
    json.EndObject();
  }
  for (const Contact& contact : release.contacts()) WriteContact(contact, json);
  json.EndArray();
}

void WriteImage(const Image& image, std::size_t number, JsonWriter& json) {
  const std::string uri = EncodeUri(image.uri());
  json.BeginObject();
  json.String("name", fmt::format("image{}", number));
  json.String("rel", "illustration");
  json.String("uri", uri);
  json.String("type", "picture");
  json.StringIfAny("by", image.credit());
  if (!image.caption().empty() || !image.alt_text().empty()) {
    json.BeginArray("descriptions");
    if (!image.caption().empty()) WriteText("caption", image.caption(), json);
    if (!image.alt_text().empty()) WriteText("alternative", image.alt_text(), json);
    json.EndArray();
  }
  json.BeginArray("renditions");
  json.BeginObject();
  json.String("name", "original");
  json.String("href", uri);
  json.EndObject();
  json.EndArray();
  json.EndObject();
}

void WriteAssociations(const Release& release, JsonWriter& json) {
  const auto web = [](const auto& item) { return IsWebUri(item.uri()); };
  if (std::none_of(release.images().begin(), release.images().end(), web) &&
      std::none_of(release.translations().begin(), release.translations().end(), web))
    return;
  json.BeginArray("associations");
  std::size_t number = 0;
  for (const Image& image : release.images()) {
    if (web(image)) WriteImage(image, ++number, json);
  }
  number = 0;
  for (const auto& translation : release.translations()) {
    if (!web(translation)) continue;
    json.BeginObject();
    json.String("name", fmt::format("translation{}", ++number));
    json.String("rel", "translation");
    json.String("uri", EncodeUri(translation.uri()));
    json.String("type", "text");
    json.StringIfAny("language", translation.language());
    json.EndObject();
  }
  json.EndArray();
}

void WriteAltIds(const Release& release, JsonWriter& json) {
  if (release.name().empty() && release.reference_ids().empty()) return;
  json.BeginArray("altIds");
  const auto id = [&](std::string_view role, std::string_view value) {
    json.BeginObject();
    json.String("role", role);
    json.String("value", value);
    json.EndObject();
  };
  if (!release.name().empty()) id("dateline", release.name());
  for (const std::string& reference : release.reference_ids()) id("reference", reference);
  json.EndArray();
}

void WriteRights(const Release& release, JsonWriter& json) {
  if (release.license().empty()) return;
  if (!IsWebUri(release.license())) return json.String("usageTerms", release.license());
  json.BeginObject("rightsInfo");
  json.String("linkedRights", EncodeUri(release.license()));
  json.EndObject();
}

}  // namespace

std::string Ninjs(const Release& release) {
  JsonWriter json;
  json.BeginObject();
  WriteStandard(json);
  json.String("uri", UriOf(release));
  json.String("type", "text");
  json.String("representationType", "full");
  if (release.revision() > 0) json.String("version", std::to_string(release.revision()));
  WriteTimes(release, json);
  json.String("pubStatus", release.has_withdraw_time() ? "canceled" : "usable");
  if (release.language() != "und") json.StringIfAny("language", release.language());
  std::string authors;
  for (const auto& author : release.authors()) authors += (authors.empty() ? "" : ", ") + author.display_name();
  json.StringIfAny("by", authors);
  json.StringIfAny("located", release.dateline().place());
  WriteTexts(release, json);
  WritePeople(release, json);
  WriteOrganizations(release, json);
  WritePlaces(release, json);
  WriteNames("subjects", release.topics(), json);
  WriteEvents(release, json);
  WriteSources(release, json);
  WriteAssociations(release, json);
  WriteAltIds(release, json);
  WriteRights(release, json);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace dateline::exporting
