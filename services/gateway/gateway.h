#pragma once
// All that is served over HTTP, as one function from request to answer: finds the route, lets the gate look at the
// caller, measures, and tells errors in the form that the asker reads (a page for browsers, problem+json for programs).
// Thread-safe after construction.

#include <string>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "services/gateway/http/message.h"
#include "services/gateway/http/router.h"

namespace dateline::metrics {
class Registry;
}

namespace dateline::gateway {

class Gate;
class Site;

class Gateway {
 public:
  // What is referred to outlives this.
  Gateway(const Site& site, Gate& gate, metrics::Registry& registry, const Clock& clock);

  Response Handle(const Request& request);
  // Routes are added before the first request.
  Router& router() { return router_; }

 private:
  Response Dispatch(const Request& request, std::string_view* route);
  Response Refuse(const Request& request, const absl::Status& status) const;

  const Site& site_;
  Gate& gate_;
  metrics::Registry& registry_;
  const Clock& clock_;
  Router router_;
};

}  // namespace dateline::gateway
