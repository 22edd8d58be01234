#include "services/gateway/http/message.h"

#include <algorithm>

#include "common/url/percent.h"

namespace dateline::gateway {
namespace {

std::string DecodeParameter(std::string_view encoded) {
  std::string text(encoded);
  std::replace(text.begin(), text.end(), '+', ' ');
  return url::Decode(text);
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view FindPair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

std::string_view Request::Header(std::string_view name) const {
  return FindPair(headers, name);
}

std::string_view Request::Query(std::string_view name) const {
  return FindPair(query, name);
}

bool Request::HasQuery(std::string_view name) const {
  return std::any_of(query.begin(), query.end(), [name](const auto& pair) { return pair.first == name; });
}

std::vector<std::string_view> Request::QueryAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Pairs Request::Form() const {
  if (!Header("content-type").starts_with("application/x-www-form-urlencoded")) return {};
  return ParseParameters(body);
}

std::string_view Request::Cookie(std::string_view name) const {
  std::string_view rest = Header("cookie");
  while (!rest.empty()) {
    const size_t end = rest.find(';');
    const std::string_view pair = Trimmed(rest.substr(0, end));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

Pairs ParseParameters(std::string_view encoded) {
  Pairs pairs;
  while (!encoded.empty() && pairs.size() < kParametersMax) {
    const size_t end = encoded.find('&');
    const std::string_view pair = encoded.substr(0, end);
    if (!pair.empty()) {
      const size_t equals = pair.find('=');
      pairs.emplace_back(DecodeParameter(pair.substr(0, equals)),
                         equals == std::string_view::npos ? std::string() : DecodeParameter(pair.substr(equals + 1)));
    }
    if (end == std::string_view::npos) break;
    encoded.remove_prefix(end + 1);
  }
  return pairs;
}

std::string EncodeComponent(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                       byte == '-' || byte == '.' || byte == '_' || byte == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  return out;
}

void AppendParameter(std::string& query, std::string_view name, std::string_view value) {
  if (!query.empty()) query.push_back('&');
  query += EncodeComponent(name);
  query.push_back('=');
  query += EncodeComponent(value);
}

Response SeeOther(std::string location) {
  Response response{.status = 303, .content_type = "text/plain; charset=utf-8", .body = "See " + location + "\n"};
  response.Set("Location", std::move(location));
  return response;
}

Response PlainText(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

}  // namespace dateline::gateway
