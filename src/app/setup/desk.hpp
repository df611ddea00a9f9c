#pragma once

#include <string>

#include "app/commands.hpp"
#include "app/setup/probe.hpp"
#include "server/setup_desk.hpp"

namespace svodka::app {

/// Setting up over the parts of one process; the browser and the command line both come here.
class SetupDesk final : public server::SetupDesk {
 public:
  /// All of `services` must outlive the desk.
  explicit SetupDesk(Services services) : services_(services) {}

  json::value Guide(engine::Language language) override;
  Result<json::value> Check(const json::object& request, const server::Caller& caller) override;
  Result<json::value> CheckAgain(const std::string& draft, const server::Caller& caller) override;
  Result<json::value> Measure(const std::string& draft, const server::Caller& caller) override;
  Status Discard(const std::string& draft, const server::Caller& caller) override;
  Result<json::value> Start(const std::string& draft, const json::object& request,
                            const server::Caller& caller) override;
  Result<json::value> Sources(const server::Caller& caller) override;
  Status Change(const std::string& portal, const json::object& request,
                const server::Caller& caller) override;
  Result<json::value> Questions(const std::string& portal, const server::Caller& caller) override;
  Status Answer(const std::string& portal, const json::object& request,
                const server::Caller& caller) override;
  Status Remove(const std::string& portal, const json::object& request,
                const server::Caller& caller) override;
  Result<json::value> BeginUpload(const json::object& request, const server::Caller& caller) override;
  Status TakePiece(const std::string& upload, int64_t offset, std::string_view bytes,
                   const server::Caller& caller) override;
  Status DropUpload(const std::string& upload, const server::Caller& caller) override;
  Result<json::value> PreviewFiles(const json::object& request, const server::Caller& caller) override;
  Result<json::value> ImportFiles(const json::object& request, const server::Caller& caller) override;
  /// As PreviewFiles and ImportFiles, of files on this machine: `paths` in place of uploads; a preview also
  /// names the `places` that there are. Never reached over HTTP.
  Result<json::value> PreviewLocal(const json::object& request, const server::Caller& caller);
  Result<json::value> ImportLocal(const json::object& request, const server::Caller& caller);
  json::value ImportProgress(const server::Caller& caller) override;
  Result<server::FileAnswer> FindRejects(const std::string& portal) override;

 private:
  Result<json::value> Preview(const json::object& request, const server::Caller& caller, bool local);
  Result<json::value> Import(const json::object& request, const server::Caller& caller, bool local);
  Result<json::value> CheckDraft(state::SetupDraft draft, Connection connection,
                                 const server::Caller& caller);
  Result<json::object> DescribeSource(const state::Portal& portal, const Say& say);

  Services services_;
};

}  // namespace svodka::app
