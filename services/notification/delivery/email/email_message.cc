#include "services/notification/delivery/email/email_message.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/export/html.h"
#include "common/text/utf8.h"
#include "dateline/events/v1/event_data.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::notification {
namespace {

// Of an encoded word: 75 characters with its frame.
constexpr size_t kEncodedBytesMax = 42;
constexpr size_t kBase64Line = 76;

struct Item {
  std::string what;  // "published"
  release::v1::Release release;
  std::vector<std::string> changes;
  std::vector<std::string> reasons;
  bool backfill = false;
};

std::vector<Item> Decode(const std::vector<PendingDelivery>& deliveries) {
  std::vector<Item> items;
  for (const PendingDelivery& delivery : deliveries) {
    io::cloudevents::v1::CloudEvent event;
    events::v1::ReleaseEvent data;
    if (!event.ParseFromString(delivery.payload) || !event.proto_data().UnpackTo(&data)) continue;
    Item& item = items.emplace_back();
    item.what = event.type().substr(event.type().rfind('.') + 1);
    item.release = data.release();
    for (const auto& change : data.changes()) item.changes.push_back(change.description());
    item.reasons = delivery.reasons;
    item.backfill = delivery.backfill;
  }
  return items;
}

std::string Title(const Item& item) {
  return item.release.title().empty() ? "(no title)" : item.release.title();
}

std::string About(const Item& item) {
  std::string about = item.what;
  const auto& date = item.release.publish().date();
  if (date.year() > 0 && date.month() > 0 && date.day() > 0) {
    about += fmt::format(", dated {:04}-{:02}-{:02}", date.year(), date.month(), date.day());
  }
  if (!item.release.site_name().empty()) about += ", " + item.release.site_name();
  if (item.backfill) about += ", of the past";
  return about;
}

std::string PlainText(const SubscriptionRecord& subscription, const std::vector<Item>& items) {
  std::string text;
  for (const Item& item : items) {
    text += fmt::format("{}\n{}\n", Title(item), About(item));
    if (!item.release.subtitle().empty()) text += item.release.subtitle() + "\n";
    for (const std::string& change : item.changes) text += fmt::format("  - {}\n", change);
    text += item.release.uri() + "\n";
    for (const std::string& reason : item.reasons) text += fmt::format("  because {}\n", reason);
    text += "\n";
  }
  text += fmt::format("-- \nSent by Dateline for {} (filter: {})\n", subscription.settings.name(),
                      subscription.settings.filter().empty() ? "every release" : subscription.settings.filter());
  return text;
}

std::string Html(const SubscriptionRecord& subscription, const std::vector<Item>& items) {
  using exporting::EscapeHtml;
  std::string html = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head><body>\n";
  for (const Item& item : items) {
    const bool linked = item.release.uri().starts_with("http://") || item.release.uri().starts_with("https://");
    const std::string title = EscapeHtml(Title(item));
    html += linked ? fmt::format("<h2><a href=\"{}\">{}</a></h2>\n", EscapeHtml(item.release.uri()), title)
                   : fmt::format("<h2>{}</h2>\n", title);
    html += fmt::format("<p><small>{}</small></p>\n", EscapeHtml(About(item)));
    if (!item.release.subtitle().empty()) html += fmt::format("<p>{}</p>\n", EscapeHtml(item.release.subtitle()));
    if (!item.changes.empty()) {
      html += "<ul>\n";
      for (const std::string& change : item.changes) html += fmt::format("<li>{}</li>\n", EscapeHtml(change));
      html += "</ul>\n";
    }
    for (const std::string& reason : item.reasons) {
      html += fmt::format("<p><small>because {}</small></p>\n", EscapeHtml(reason));
    }
  }
  html += fmt::format("<hr><p><small>Sent by Dateline for {}</small></p>\n</body></html>\n",
                      EscapeHtml(subscription.settings.name()));
  return html;
}

std::string Subject(const SubscriptionRecord& subscription, const std::vector<Item>& items) {
  if (items.size() == 1) return Title(items.front());
  const std::string& name = subscription.settings.display_name();
  return fmt::format("{} releases{}", items.size(), name.empty() ? "" : ": " + name);
}

std::string Base64Lines(const std::string& bytes) {
  const std::string encoded = absl::Base64Escape(ToAbsl(bytes));
  std::string lines;
  for (size_t at = 0; at < encoded.size(); at += kBase64Line) lines += encoded.substr(at, kBase64Line) + "\r\n";
  return lines;
}

std::string Part(const std::string& boundary, std::string_view type, const std::string& content) {
  return fmt::format("--{}\r\nContent-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}", boundary,
                     type, Base64Lines(content));
}

// The names of days and months are English whatever the locale.
std::string DateHeader(WallTime now) {
  static const char* const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::tm utc = fmt::gmtime(std::chrono::system_clock::to_time_t(now));
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

}  // namespace

std::string EncodeHeader(std::string_view text) {
  const bool plain =
      text.size() < 900 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (plain && text.find("=?") == std::string_view::npos && text.size() <= 60) return std::string(text);
  std::string encoded;
  while (!text.empty()) {
    const std::string_view piece = text::TruncateUtf8(text, kEncodedBytesMax);
    // Ill-formed bytes may leave nothing: take them as they are.
    const size_t size = piece.empty() ? std::min(text.size(), kEncodedBytesMax) : piece.size();
    if (!encoded.empty()) encoded += "\r\n ";
    encoded += "=?utf-8?B?" + absl::Base64Escape(ToAbsl(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return encoded;
}

absl::StatusOr<std::string> MakeEmail(const SubscriptionRecord& subscription,
                                      const std::vector<PendingDelivery>& deliveries, const EmailSender& sender,
                                      WallTime now) {
  const std::vector<Item> items = Decode(deliveries);
  if (items.empty()) {
    return Error(absl::StatusCode::kInternal, "UNKNOWN_EVENT_DATA", "none of the events can be decoded");
  }
  std::string ids = subscription.settings.name();
  for (const PendingDelivery& delivery : deliveries) ids += '\n' + delivery.event_id;
  const std::string id = UuidV5(ids);
  const std::string domain = sender.address.substr(sender.address.find('@') + 1);
  const std::string boundary = "dateline-" + id;
  std::string message;
  message += fmt::format("Date: {}\r\n", DateHeader(now));
  message += fmt::format("From: {} <{}>\r\n", EncodeHeader(sender.display_name), sender.address);
  message += fmt::format("To: {}\r\n", fmt::join(subscription.settings.email().recipients(), ",\r\n "));
  message += fmt::format("Subject: {}\r\n", EncodeHeader(Subject(subscription, items)));
  message += fmt::format("Message-ID: <{}@{}>\r\n", id, domain);
  message += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  message += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  message += Part(boundary, "text/plain", PlainText(subscription, items));
  message += Part(boundary, "text/html", Html(subscription, items));
  message += fmt::format("--{}--\r\n", boundary);
  return message;
}

}  // namespace dateline::notification
