#include "app/internal/command_list.hpp"
#include "app/joint_host.hpp"
#include "app/text_table.hpp"
#include "base/json_text.hpp"
#include "render/render.hpp"

/// Commands that only read: query, records, report, model, portals.
namespace svodka::app {
namespace {

/// The portal that a question is for, or the portals with a comma between. One that holds nothing yet has no
/// figures, and zeros would be taken for some: it is an error. One whose first load goes on answers with what
/// has come, and says so on stderr.
Result<std::string> ChooseLoaded(Services& services, const json::object& command, Output& output) {
  auto named = ChoosePortal(services, command);
  if (!named.ok()) return named;
  const auto portals = SplitPortals(*named);
  if (!portals.ok()) return portals.errors();
  for (const std::string& portal : portals.value()) {
    const auto host = services.portals.Host(portal);
    if (!host.ok()) return host.errors();
    const server::PortalStatus status = host.value()->Describe();
    if (status.data_version == 0) {
      const bool files = status.kind == "file";
      return Diagnostic{"not_loaded",
                        "the portal '" + portal + "' holds no data yet: " +
                            (files ? "import its files with svodka import --portal "
                                   : "load it with svodka sync --portal ") +
                            portal,
                        "--portal",
                        {}};
    }
    if (status.kind != "file" && !status.current_at) {
      output.Err("svodka: the first load of '" + portal +
                 "' has not finished: the figures hold only what has been read so far\n");
    }
  }
  return named;
}

}  // namespace

Status RunQuery(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChooseLoaded(services, command, output);
  if (!portal.ok()) return portal.errors();
  const auto table =
      services.portals.Query(*portal, command.at("request"), LocalCaller(command, std::move(stop)));
  if (!table.ok()) return table.errors();
  output.Out(JsonText(table.value()) + "\n");
  return Done{};
}

Status RunRecords(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChooseLoaded(services, command, output);
  if (!portal.ok()) return portal.errors();
  const auto page =
      services.portals.Records(*portal, command.at("request"), LocalCaller(command, std::move(stop)));
  if (!page.ok()) return page.errors();
  output.Out(JsonText(page.value()) + "\n");
  return Done{};
}

Status RunReport(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto portal = ChooseLoaded(services, command, output);
  if (!portal.ok()) return portal.errors();
  const auto document = services.portals.BuildDocument(
      *portal, TextOf(command, "report"), command.at("state"), LocalCaller(command, std::move(stop)));
  if (!document.ok()) return document.errors();
  const std::string format = TextOf(command, "format");
  if (format == "json") {
    output.Out(render::RenderJson(document.value()));
  } else if (format == "csv") {
    output.Out(render::RenderCsv(document.value()));
  } else {
    output.Out(render::RenderTerminal(document.value(), {.color = output.terminal()}));
  }
  return Done{};
}

Status RunModel(Services& services, const json::object& command, Output& output, std::stop_token stop) {
  const auto caller = LocalCaller(command, std::move(stop));
  json::value model;
  const auto portals = services.state.portals().List();
  if (!portals.ok()) return portals.errors();
  if (TextOf(command, "portal").empty() && portals->size() != 1) {
    // The model is the same for all portals but for their custom fields.
    auto scratch = warehouse::Warehouse::Open({.path = ":memory:", .threads = 1, .memory_limit = ""});
    if (!scratch.ok()) return scratch.errors();
    model = engine::QueryService(std::move(scratch).value(), services.models.snapshot().model, services.clock,
                                 engine::QueryService::Settings{})
                .DescribeModel(caller.language);
  } else {
    const auto portal = ChoosePortal(services, command);
    if (!portal.ok()) return portal.errors();
    auto described = services.portals.Model(*portal, caller.language);
    if (!described.ok()) return described.errors();
    model = std::move(described).value();
  }
  const std::string format = TextOf(command, "format");
  if (format == "json" || (format.empty() && !output.terminal())) {
    output.Out(JsonText(model) + "\n");
    return Done{};
  }
  std::string text;
  for (const char* kind : {"measures", "dimensions"}) {
    TextTable table;
    for (const auto& item : model.at(kind).as_array()) {
      table.Add({FindString(item, "id").value_or(""), FindString(item, "label").value_or(""),
                 FindString(item, "definition").value_or("")});
    }
    text += std::string(kind) + ":\n" + table.Render() + "\n";
  }
  output.Out(text);
  return Done{};
}

Status RunPortals(Services& services, const json::object&, Output& output, std::stop_token) {
  TextTable table;
  json::array list;
  for (const auto& portal : services.portals.List()) {
    const std::string current = portal.current_at ? ToString(*portal.current_at) : "";
    table.Add({portal.id, portal.name, portal.kind, portal.state, current, portal.error});
    list.push_back({{"id", portal.id},
                    {"name", portal.name},
                    {"kind", portal.kind},
                    {"zone", portal.zone},
                    {"currency", portal.currency},
                    {"state", portal.state},
                    {"data_version", portal.data_version},
                    {"current_at", current.empty() ? json::value(nullptr) : json::value(current)},
                    {"error", portal.error.empty() ? json::value(nullptr) : json::value(portal.error)}});
  }
  output.Out(output.terminal() ? table.Render() : JsonText(list) + "\n");
  return Done{};
}

}  // namespace svodka::app
