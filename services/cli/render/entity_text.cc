#include "services/cli/render/entity_text.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include "common/text/utf8.h"
#include "services/cli/render/release_text.h"
#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using storage::v1::Entity;

constexpr size_t kKindColumns = 12;
constexpr size_t kUuidColumns = 52;

std::string_view KindWord(Entity::Kind kind) {
  switch (kind) {
    case Entity::KIND_PERSON:
      return "person";
    case Entity::KIND_ORGANIZATION:
      return "organisation";
    case Entity::KIND_PLACE:
      return "place";
    case Entity::KIND_PROGRAMME:
      return "programme";
    default:
      return "entity";
  }
}

std::string DayText(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::ToString(time).substr(0, 10);
}

// "2015-03-11 to 2019-06-02", or the one day.
std::string SpanText(const google::protobuf::Timestamp& first, const google::protobuf::Timestamp& last) {
  const std::string from = DayText(first);
  const std::string to = DayText(last);
  return from == to ? from : from + " to " + to;
}

std::string DatesText(const google::type::Date& start, const google::type::Date& end) {
  const std::string from = DateText(start);
  const std::string to = DateText(end);
  if (from.empty() || from == to) return to;
  return from + " to " + to;
}

std::string_view BasisText(std::string_view basis) {
  if (basis == "acronym") return "a text binds the acronym to the name";
  if (basis == "email") return "the same e-mail address";
  if (basis == "person") return "somebody decided so";
  return "the same name";
}

std::string PhonesText(const release::v1::Contact& contact, const Style& style) {
  std::string text;
  for (const auto& phone : contact.phones()) {
    if (!text.empty()) text += ", ";
    text += phone.e164().empty() ? phone.raw() : phone.e164();
    if (!phone.valid()) text += style.Warn(" not valid");
  }
  return text;
}

}  // namespace

std::string EntityLine(const Entity& entity, const Style& style, size_t columns) {
  const std::string head =
      fmt::format("{:>6}  {:<{}}  ", entity.release_count(), KindWord(entity.kind()), kKindColumns);
  const size_t room = columns > head.size() + kUuidColumns + 24 ? columns - head.size() - kUuidColumns : 24;
  std::string name = entity.display_name();
  if (!entity.country_code().empty()) name += fmt::format(" ({})", entity.country_code());
  name = text::TruncateToWidth(name, room);
  const size_t width = text::DisplayWidth(name);
  if (width < room) name.append(room - width, ' ');
  return style.Dim(head) + name + "  " + style.Dim(entity.name());
}

std::string ContactsText(const Entity& entity, const Style& style, size_t columns) {
  std::string out;
  for (const auto& one : entity.contacts()) {
    const auto& contact = one.contact();
    std::string line = contact.email();
    if (const std::string phones = PhonesText(contact, style); !phones.empty())
      line += (line.empty() ? "" : "  ") + phones;
    std::string of = contact.organization();
    if (!contact.role().empty()) of = contact.role() + (of.empty() ? "" : ", " + of);
    out += Wrap(line, columns, 4);
    out += fmt::format(
        "      {}{}{}\n", of, of.empty() ? "" : "; ",
        style.Dim(fmt::format("given {} in {} release{}", SpanText(one.first_seen_time(), one.last_seen_time()),
                              one.releases_size(), one.releases_size() == 1 ? "" : "s")));
  }
  return out;
}

std::string EntityText(const Entity& entity, const Style& style, size_t columns) {
  std::string out = style.Bold(entity.display_name()) + '\n';
  std::string head = fmt::format("{}{}, in {} release{}", KindWord(entity.kind()),
                                 entity.country_code().empty() ? "" : " (" + entity.country_code() + ")",
                                 entity.release_count(), entity.release_count() == 1 ? "" : "s");
  if (entity.has_first_seen_time()) head += ", " + SpanText(entity.first_seen_time(), entity.last_seen_time());
  out += "  " + head + '\n' + "  " + style.Dim(fmt::format("{}, etag {}", entity.name(), entity.etag())) + '\n';
  if (!entity.aliases().empty()) out += "\nAlso\n";
  for (const auto& alias : entity.aliases()) {
    out += fmt::format("  {}  {}\n", alias.display_name(),
                       style.Dim(fmt::format("{}, {}", BasisText(alias.basis()), alias.release())));
  }
  if (!entity.roles().empty()) out += "\nRoles\n";
  for (const auto& role : entity.roles()) {
    std::string line = role.role().empty() ? "of" : role.role();
    if (!role.organization().empty()) line += (role.role().empty() ? " " : ", ") + role.organization();
    const std::string dates = DatesText(role.start_date(), role.end_date());
    out += fmt::format("  {}  {}\n", line,
                       style.Dim(fmt::format("{}{}{} release{}", dates, dates.empty() ? "" : ", ", role.releases_size(),
                                             role.releases_size() == 1 ? "" : "s")));
  }
  if (!entity.contacts().empty()) out += "\nContacts\n" + ContactsText(entity, style, columns);
  return out;
}

std::string MentionText(const storage::v1::EntityMention& mention, const Style& style, size_t columns) {
  std::string out = fmt::format("{}  {}{}  {}\n", style.Dim(DayText(mention.time())), mention.title(),
                                mention.role().empty() ? "" : ", as " + mention.role(), style.Dim(mention.release()));
  for (const auto& quote : mention.quotes()) out += Wrap(quote.text(), columns, 4);
  return out;
}

std::string FigurePointLine(const storage::v1::FigurePoint& point, const Style& style, size_t columns) {
  const std::string words =
      point.subject().empty() ? point.figure().text() : point.figure().text() + " " + point.subject();
  const size_t room = columns > kUuidColumns + 36 ? columns - kUuidColumns - 12 : 24;
  return fmt::format("{}  {}  {}", style.Dim(DayText(point.time())), text::TruncateToWidth(words, room),
                     style.Dim(point.release()));
}

}  // namespace dateline::cli
