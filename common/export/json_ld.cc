#include "common/export/json_ld.h"

#include <fmt/format.h>

#include <string_view>

#include "common/export/json_writer.h"
#include "common/export/parts.h"

namespace dateline::exporting {
namespace {

using release::v1::Release;
using release::v1::Span;

// Where the text says it, as a fragment of the article (RFC 5147 counts bytes of the record's text here).
void Evidence(const Span& span, JsonWriter& json) {
  json.BeginArray("additionalProperty");
  json.BeginObject();
  json.String("@type", "PropertyValue");
  json.String("propertyID", "span");
  json.String("value", fmt::format("{}-{}", span.start(), span.end()));
  json.EndObject();
  json.EndArray();
}

void Named(std::string_view key, std::string_view type, std::string_view name, JsonWriter& json) {
  json.BeginObject(key);
  json.String("@type", type);
  json.String("name", name);
  json.EndObject();
}

void Mentions(const Release& release, JsonWriter& json) {
  json.BeginArray("mentions");
  for (const auto& person : release.people()) {
    json.BeginObject();
    json.String("@type", "Person");
    json.String("name", person.display_name());
    json.StringIfAny("honorificPrefix", person.honorific());
    json.StringIfAny("jobTitle", person.role());
    if (!person.organization().empty()) Named("worksFor", "Organization", person.organization(), json);
    if (person.mentions_size() > 0) Evidence(person.mentions(0), json);
    json.EndObject();
  }
  for (const auto& organization : release.organizations()) {
    json.BeginObject();
    json.String("@type", "Organization");
    json.String("name", organization.display_name());
    json.StringIfAny("alternateName", organization.acronym());
    if (organization.mentions_size() > 0) Evidence(organization.mentions(0), json);
    json.EndObject();
  }
  for (const auto& figure : release.figures()) {
    json.BeginObject();
    json.String("@type", "QuantitativeValue");
    json.String("name", figure.text());
    json.Number("value", figure.value());
    json.StringIfAny("unitText", figure.unit());
    if (figure.has_span()) Evidence(figure.span(), json);
    json.EndObject();
  }
  json.EndArray();
}

void Places(const Release& release, JsonWriter& json) {
  json.BeginArray("contentLocation");
  for (const auto& place : release.places()) {
    json.BeginObject();
    json.String("@type", "Place");
    json.String("name", place.display_name());
    if (!place.country_code().empty()) Named("containedInPlace", "Country", place.country_code(), json);
    if (place.has_latitude() && place.has_longitude()) {
      json.BeginObject("geo");
      json.String("@type", "GeoCoordinates");
      json.Number("latitude", place.latitude());
      json.Number("longitude", place.longitude());
      json.EndObject();
    }
    json.EndObject();
  }
  json.EndArray();
}

void Quotes(const Release& release, JsonWriter& json) {
  json.BeginArray("hasPart");
  for (const auto& quote : release.quotes()) {
    json.BeginObject();
    json.String("@type", "Quotation");
    json.String("text", quote.text());
    if (!quote.speaker().empty()) Named("spokenByCharacter", "Person", quote.speaker(), json);
    if (quote.has_span()) Evidence(quote.span(), json);
    json.EndObject();
  }
  json.EndArray();
}

void Contacts(const Release& release, JsonWriter& json) {
  json.BeginArray("contactPoint");
  for (const auto& contact : release.contacts()) {
    json.BeginObject();
    json.String("@type", "ContactPoint");
    json.String("contactType", "press");
    json.StringIfAny("name", contact.display_name());
    json.StringIfAny("email", contact.email());
    for (const auto& phone : contact.phones()) {
      if (!phone.valid()) continue;
      json.String("telephone", phone.e164());
      break;
    }
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string JsonLd(const Release& release) {
  JsonWriter json;
  json.BeginObject();
  json.String("@context", "https://schema.org");
  json.String("@type", "NewsArticle");
  json.String("genre", "press release");
  if (IsWebUri(release.uri())) json.String("@id", EncodeUri(release.uri()));
  json.String("identifier", release.name());
  json.Integer("version", release.revision());
  json.StringIfAny("headline", release.title());
  json.StringIfAny("alternativeHeadline", release.subtitle());
  json.StringIfAny("articleBody", release.text());
  json.StringIfAny("datePublished", PublishText(release));
  json.StringIfAny("dateModified", release.has_page_modified_time() ? IsoTime(release.page_modified_time()) : "");
  if (release.language() != "und") json.StringIfAny("inLanguage", release.language());
  json.StringIfAny("dateline", release.dateline().place());
  json.StringIfAny("license", release.license());
  if (release.authors_size() > 0) {
    json.BeginArray("author");
    // Extraction says by its rule where no person signs.
    for (const auto& author : release.authors())
      Named({}, author.rule() == "author.desk" ? "Organization" : "Person", author.display_name(), json);
    json.EndArray();
  }
  json.BeginObject("publisher");
  json.String("@type", "Organization");
  json.StringIfAny("name", release.site_name());
  Contacts(release, json);
  json.EndObject();
  json.BeginArray("keywords");
  for (const std::string& topic : release.topics()) json.String({}, topic);
  json.EndArray();
  Mentions(release, json);
  Places(release, json);
  Quotes(release, json);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace dateline::exporting
