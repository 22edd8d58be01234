#include "services/gateway/console/site.h"

#include <fmt/format.h>

#include <array>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "services/gateway/console/assets.h"

namespace dateline::gateway {
namespace {

struct NavEntry {
  std::string_view id, label, href;
};
constexpr std::array<NavEntry, 7> kNavigation = {{{"latest", "Latest", "/"},
                                                  {"search", "Search", "/search"},
                                                  {"people", "People", "/people"},
                                                  {"organizations", "Organisations", "/organizations"},
                                                  {"places", "Places", "/places"},
                                                  {"sources", "Sources", "/sources"},
                                                  {"subscriptions", "Subscriptions", "/subscriptions"}}};
constexpr NavEntry kSystem = {"system", "System", "/system"};

// Everything comes from here; nothing is written into a page that a browser would run.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
constexpr size_t kHashDigits = 12;

Value Navigation(std::string_view current) {
  Value entries;
  const auto add = [&](const NavEntry& entry) {
    Value item;
    item["label"] = entry.label;
    item["href"] = entry.href;
    item["current"] = entry.id == current;
    entries.Append(std::move(item));
  };
  for (const NavEntry& entry : kNavigation) add(entry);
  add(kSystem);
  return entries;
}

// Dark and light are the reader's choice; without one the system's.
std::string_view ThemeOf(const Request& request) {
  const std::string_view theme = request.Cookie("dateline_theme");
  return theme == "dark" || theme == "light" ? theme : std::string_view("auto");
}

int HttpStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

std::string_view Remedy(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return "A service is not answering. The system page shows which; it comes back by itself when the service does.";
    case absl::StatusCode::kInvalidArgument:
      return "Change what you asked for and try again.";
    case absl::StatusCode::kUnimplemented:
      return "The service that runs behind this page is of a version that cannot do this.";
    case absl::StatusCode::kNotFound:
      return "It may have been removed, or the address may be mistyped.";
    default:
      return "The service's log says more.";
  }
}

const AssetFile* FindAsset(std::string_view name) {
  for (const AssetFile& asset : AssetFiles()) {
    if (asset.path == name) return &asset;
  }
  return nullptr;
}

std::string_view AssetType(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return name.ends_with(".woff2") ? "font/woff2" : "image/svg+xml";
}

std::string HashOf(const AssetFile& asset) {
  return Sha256Hex(asset.content).substr(0, kHashDigits);
}

// The style sheet names its fonts by their addresses.
std::string ContentOf(const AssetFile& asset) {
  std::string content(asset.content);
  if (!asset.path.ends_with(".css")) return content;
  for (const AssetFile& other : AssetFiles()) {
    const std::string plain = fmt::format("\"/assets/{}\"", other.path);
    for (size_t at = content.find(plain); at != std::string::npos; at = content.find(plain, at + 1)) {
      content.replace(at, plain.size(), '"' + Site::AssetPath(other.path) + '"');
    }
  }
  return content;
}

}  // namespace

std::string ErrorSentence(const absl::Status& status) {
  return std::string(ToStd(status.message()));
}

bool IsAbsent(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnimplemented;
}

Site::Site(Backend& backend, const Clock& clock, const Sessions& sessions)
    : backend_(backend),
      clock_(clock),
      sessions_(sessions),
      templates_(TemplateFiles()),
      cards_(backend, clock),
      overview_(backend, clock) {}

std::string Site::AssetPath(std::string_view name) {
  const AssetFile* asset = FindAsset(name);
  DATELINE_CHECK(asset != nullptr, name);
  const size_t dot = name.rfind('.');
  return fmt::format("/assets/{}.{}{}", name.substr(0, dot), HashOf(*asset), name.substr(dot));
}

Response Site::Asset(std::string_view file) {
  // "style.<hash>.css": the hash only makes the address change with the content.
  const size_t dot = file.rfind('.');
  const size_t hash = dot == std::string_view::npos || dot == 0 ? dot : file.rfind('.', dot - 1);
  if (hash == std::string_view::npos) return PlainText(404, "no such file\n");
  const AssetFile* asset = FindAsset(std::string(file.substr(0, hash)) + std::string(file.substr(dot)));
  if (asset == nullptr) return PlainText(404, "no such file\n");
  Response response{.content_type = std::string(AssetType(asset->path)), .body = ContentOf(*asset)};
  const bool current = file.substr(hash + 1, dot - hash - 1) == HashOf(*asset);
  response.Set("Cache-Control", current ? "public, max-age=31536000, immutable" : "no-cache");
  response.Set("X-Content-Type-Options", "nosniff");
  return response;
}

Response Site::Page(const Request& request, std::string_view name, Value page, const Frame& frame) const {
  static const std::string style = AssetPath("style.css");
  static const std::string script = AssetPath("console.js");
  static const std::string icon = AssetPath("icon.svg");
  const Sessions::Session session = sessions_.Of(request);
  page["csrf"] = sessions_.TokenFor(session);
  page["here"] = request.target;
  Value layout;
  layout["title"] = frame.title;
  layout["style"] = style;
  layout["script"] = script;
  layout["icon"] = icon;
  layout["nav"] = Navigation(frame.nav);
  layout["version"] = DATELINE_VERSION;
  layout["theme"] = ThemeOf(request);
  layout["theme_is_dark"] = ThemeOf(request) == "dark";
  layout["theme_is_light"] = ThemeOf(request) == "light";
  layout["csrf"] = sessions_.TokenFor(session);
  layout["here"] = request.target;
  layout["query"] = std::string(request.path == "/search" ? request.Query("q") : std::string_view());
  layout["has_feed"] = frame.has_feed;
  layout["feed_query"] = frame.feed_query;
  layout["content"] = Html{templates_.Render(name, page)};
  Response response{.status = frame.status, .body = templates_.Render("layout.html", layout)};
  response.Set("Content-Security-Policy", kContentSecurityPolicy);
  response.Set("X-Content-Type-Options", "nosniff");
  response.Set("Referrer-Policy", "same-origin");
  response.Set("Cross-Origin-Opener-Policy", "same-origin");
  response.Set("Cache-Control", "private, no-cache");
  if (session.is_new) {
    response.Set("Set-Cookie", Sessions::CookieFor(session, request.Header("x-forwarded-proto") == "https"));
  }
  return response;
}

Response Site::Problem(const Request& request, const absl::Status& status) const {
  Value page;
  page["heading"] = status.code() == absl::StatusCode::kNotFound          ? "Not found"
                    : status.code() == absl::StatusCode::kUnavailable     ? "Not reachable right now"
                    : status.code() == absl::StatusCode::kInvalidArgument ? "That cannot be done"
                                                                          : "Something went wrong";
  page["sentence"] = ErrorSentence(status);
  page["remedy"] = Remedy(status);
  page["reason"] = ErrorReason(status);
  return Page(request, "problem.html", std::move(page), {.title = "Problem", .status = HttpStatus(status)});
}

Response Site::NotFound(const Request& request, std::string_view what) const {
  return Problem(request, Error(absl::StatusCode::kNotFound, "PAGE_NOT_FOUND", what));
}

}  // namespace dateline::gateway
