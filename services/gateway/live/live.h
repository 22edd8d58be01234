#pragma once
// Events over HTTP as server-sent events: /v1/events for programs (one CloudEvent a message, its id is the cursor), and
// /live for the page of the latest releases (one finished row a message). Last-Event-ID goes on where a stream broke
// off.

namespace dateline::gateway {

class Listeners;
class Router;
class Site;

// All outlive the router's use.
void AddLive(Router& router, Listeners& listeners, const Site& site);

}  // namespace dateline::gateway
