#include "services/gateway/http/conditional.h"

#include "common/base/ids.h"

namespace dateline::gateway {
namespace {

constexpr size_t kDigits = 32;

std::string_view Opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

}  // namespace

std::string TagOf(std::string_view body) {
  return "W/\"" + Sha256Hex(body).substr(0, kDigits) + "\"";
}

bool Matches(const Request& request, std::string_view tag) {
  std::string_view rest = request.Header("if-none-match");
  if (rest == "*") return true;
  while (!rest.empty()) {
    const size_t begin = rest.find_first_not_of(" ,");
    if (begin == std::string_view::npos) return false;
    rest.remove_prefix(begin);
    const size_t open = rest.find('"');
    const size_t close = open == std::string_view::npos ? open : rest.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    if (Opaque(rest.substr(0, close + 1)) == Opaque(tag)) return true;
    rest.remove_prefix(close + 1);
  }
  return false;
}

void ApplyConditional(const Request& request, std::string tag, Response* response) {
  if (response->status == 200 && Matches(request, tag)) {
    response->status = 304;
    response->body.clear();
  }
  response->Set("ETag", std::move(tag));
}

}  // namespace dateline::gateway
