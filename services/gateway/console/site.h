#pragma once
// What every page of the console shares: the services, the clock, the frame around a page (head, navigation, theme,
// token for forms), and how errors are told. Pages are functions from a request to an answer. Thread-safe.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/console/cards.h"
#include "services/gateway/console/overview.h"
#include "services/gateway/console/session.h"
#include "services/gateway/console/template.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {

class Site {
 public:
  Site(Backend& backend, const Clock& clock, const Sessions& sessions);

  Backend& backend() const { return backend_; }
  WallTime now() const { return clock_.Now(); }
  const Sessions& sessions() const { return sessions_; }
  Cards& cards() const { return cards_; }
  Overview& overview() const { return overview_; }

  struct Frame {
    std::string title;
    std::string_view nav = {};  // Which entry of the navigation is current: "latest".
    int status = 200;
    // Feeds of what the page shows, for <link rel="alternate">: the query of /feeds/releases.atom.
    std::string feed_query = {};
    bool has_feed = false;
  };
  // The page that `name` makes of `page`, in the frame.
  Response Page(const Request& request, std::string_view name, Value page, const Frame& frame) const;
  // A template alone, for the pieces that a script puts into a page.
  std::string Piece(std::string_view name, const Value& value) const { return templates_.Render(name, value); }
  // What went wrong, and what to do about it.
  Response Problem(const Request& request, const absl::Status& status) const;
  Response NotFound(const Request& request, std::string_view what) const;

  // An asset ("style.css") at its address with the hash of its content; the answer for such an address.
  static std::string AssetPath(std::string_view name);
  static Response Asset(std::string_view file);

 private:
  Backend& backend_;
  const Clock& clock_;
  const Sessions& sessions_;
  const Templates templates_;
  mutable Cards cards_;
  mutable Overview overview_;
};

// One sentence for people about what a status says, without codes.
std::string ErrorSentence(const absl::Status& status);
// Whether a service says that it cannot do this yet, or is not there: then a part of a page is left out.
bool IsAbsent(const absl::Status& status);

}  // namespace dateline::gateway
