#include "server/server_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace svodka::server {

struct ServerMetrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("svodka_http_requests_total")
                                                          .Help("Requests by route, method and status.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("svodka_http_request_seconds")
          .Help("Time from the whole request to the end of its answer.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& bytes = prometheus::BuildCounter()
                                                       .Name("svodka_http_sent_bytes_total")
                                                       .Help("Bytes sent by route.")
                                                       .Register(registry);
  prometheus::Family<prometheus::Counter>& hooks =
      prometheus::BuildCounter()
          .Name("svodka_events_total")
          .Help("Things that the CRM's events told of, by portal; unknown: names that are ignored.")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& version = prometheus::BuildGauge()
                                                       .Name("svodka_portal_data_version")
                                                       .Help("Committed loads that changed something.")
                                                       .Register(registry);
  prometheus::Family<prometheus::Gauge>& behind = prometheus::BuildGauge()
                                                      .Name("svodka_portal_behind_seconds")
                                                      .Help("How old the copy of the CRM is.")
                                                      .Register(registry);
  prometheus::Family<prometheus::Gauge>& live = prometheus::BuildGauge()
                                                    .Name("svodka_portal_live")
                                                    .Help("1 while the portal is kept fresh.")
                                                    .Register(registry);
};

ServerMetrics::ServerMetrics() : impl_(std::make_unique<Impl>()) {}
ServerMetrics::~ServerMetrics() = default;

void ServerMetrics::Note(const FinishedRequest& request) {
  const std::string route = request.route.empty() ? "other" : request.route;
  // Whatever a stranger sends as a method must not become a new time series.
  const bool usual = request.method == "GET" || request.method == "POST" || request.method == "PUT" ||
                     request.method == "HEAD" || request.method == "DELETE";
  impl_->requests
      .Add({{"route", route},
            {"method", usual ? request.method : "other"},
            {"status", std::to_string(request.status)}})
      .Increment();
  impl_->bytes.Add({{"route", route}}).Increment(static_cast<double>(request.bytes));
  impl_->seconds
      .Add({{"route", route}},
           prometheus::Histogram::BucketBoundaries{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30})
      .Observe(std::chrono::duration<double>(request.took).count());
}

void ServerMetrics::NoteHook(const std::string& portal, const HookOutcome& outcome) {
  impl_->hooks.Add({{"portal", portal}, {"result", "taken"}}).Increment(static_cast<double>(outcome.taken));
  impl_->hooks.Add({{"portal", portal}, {"result", "unknown"}})
      .Increment(static_cast<double>(outcome.unknown));
}

std::string ServerMetrics::Render(const std::vector<PortalStatus>& portals, Instant now) {
  for (const PortalStatus& portal : portals) {
    const prometheus::Labels labels{{"portal", portal.id}};
    impl_->version.Add(labels).Set(static_cast<double>(portal.data_version));
    impl_->live.Add(labels).Set(portal.state == "live" ? 1 : 0);
    if (portal.current_at) {
      impl_->behind.Add(labels).Set(std::chrono::duration<double>(now - *portal.current_at).count());
    }
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace svodka::server
