#include "check/report.hpp"

#include <algorithm>

namespace svodka::check {
namespace {

constexpr size_t kFindingsMax = 1'000;

json::value TextOrNull(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string_view NameOf(Semantic semantic) {
  switch (semantic) {
    case Semantic::kWork:
      return "P";
    case Semantic::kSuccess:
      return "S";
    case Semantic::kFailure:
      return "F";
  }
  return "";
}

json::object ToJson(const Figure& figure) {
  return {{"count", figure.count}, {"amount", figure.amount.ToString()},
          {"won", figure.won},     {"won_amount", figure.won_amount.ToString()},
          {"lost", figure.lost},   {"open", figure.open}};
}

json::object MemberJson(const Copy::Names& names, const char* dimension, const std::string& id) {
  const auto found = names.find({dimension, id});
  return {{"id", id}, {"name", found == names.end() ? id : found->second.name}};
}

json::object ToJson(const Card& card, const Copy::Names& names) {
  return {
      {"pipeline", MemberJson(names, "pipeline", card.pipeline)},
      {"stage", MemberJson(names, "stage", card.stage)},
      {"employee", MemberJson(names, "employee", card.owner)},
      {"semantic", NameOf(card.semantic)},
      {"amount", card.amount ? json::value(card.amount->ToString()) : json::value(nullptr)},
      {"currency", TextOrNull(card.currency)},
      {"created_at", card.created_at ? json::value(ToString(*card.created_at)) : json::value(nullptr)},
      {"modified_at", card.modified_at ? json::value(ToString(*card.modified_at)) : json::value(nullptr)}};
}

json::object ToJson(const CopyCard& card, const Copy::Names& names) {
  json::object out = ToJson(static_cast<const Card&>(card), names);
  out["alive"] = card.alive;
  out["buried_as"] = TextOrNull(card.buried_as);
  out["counted"] = json::object{
      {"month", card.counted.day ? json::value(MonthText(MonthOf(*card.counted.day))) : json::value(nullptr)},
      {"amount", card.counted.amount ? json::value(card.counted.amount->ToString()) : json::value(nullptr)},
      {"semantic", NameOf(card.counted.semantic)},
      {"after_sale", card.counted.after_sale}};
  return out;
}

std::string LinkOf(const CardKey& key, const warehouse::PortalSettings& portal) {
  if (portal.address.empty()) return "";
  if (portal.kind == "amocrm") return portal.address + "/leads/detail/" + key.id;
  return portal.address + "/crm/" + key.entity + "/details/" + key.id + "/";
}

/// The month that a card is looked for in: the CRM's, else ours.
std::optional<Day> DayOf(const Difference& difference) {
  if (difference.crm && difference.crm->created_day) return difference.crm->created_day;
  return difference.ours ? difference.ours->counted.day : std::nullopt;
}

}  // namespace

json::object ToJson(const Outcome& outcome, const Copy::Names& names,
                    const warehouse::PortalSettings& portal) {
  json::array figures;
  for (const auto& [key, pair] : outcome.figures) {
    const auto found = names.find({key.dimension, key.id});
    json::object line{
        {"month", MonthText(key.month)},
        {"entity", key.entity},
        {"dimension", key.dimension},
        {"id", TextOrNull(key.id)},
        {"name", found == names.end() ? TextOrNull(key.id) : json::value(found->second.name)},
        {"ours", ToJson(pair.ours)},
        {"crm", ToJson(pair.crm)},
        {"crm_total", pair.crm_total ? json::value(*pair.crm_total) : json::value(nullptr)},
        {"same", pair.ours == pair.crm && pair.crm_total.value_or(pair.crm.count) == pair.ours.count}};
    if (key.dimension == "stage" && found != names.end()) line["pipeline"] = found->second.pipeline;
    figures.push_back(std::move(line));
  }
  std::vector<const Finding*> findings;
  std::map<std::string, int64_t> causes;
  for (const Finding& finding : outcome.findings) {
    findings.push_back(&finding);
    ++causes[std::string(NameOf(finding.difference.cause))];
  }
  const auto weight = [](Fate fate) {
    return fate == Fate::kLeft       ? 0
           : fate == Fate::kFound    ? 1
           : fate == Fate::kRepaired ? 2
           : fate == Fate::kMoving   ? 3
                                     : 4;
  };
  std::ranges::stable_sort(findings, {}, [&](const Finding* f) { return weight(f->fate); });
  if (findings.size() > kFindingsMax) findings.resize(kFindingsMax);
  json::array listed;
  for (const Finding* finding : findings) {
    const Difference& difference = finding->difference;
    json::array fields;
    for (const std::string& field : difference.fields) fields.emplace_back(field);
    const auto day = DayOf(difference);
    listed.push_back(
        {{"entity", difference.key.entity},
         {"id", difference.key.id},
         {"title", difference.title.empty() ? "#" + difference.key.id : difference.title},
         {"month", day ? json::value(MonthText(MonthOf(*day))) : json::value(nullptr)},
         {"cause", NameOf(difference.cause)},
         {"fate", NameOf(finding->fate)},
         {"fields", std::move(fields)},
         {"ours", difference.ours ? json::value(ToJson(*difference.ours, names)) : json::value(nullptr)},
         {"crm", difference.crm ? json::value(ToJson(*difference.crm, names)) : json::value(nullptr)},
         {"url", TextOrNull(LinkOf(difference.key, portal))}});
  }
  json::array cause_list;
  for (const auto& [cause, count] : causes) cause_list.push_back({{"cause", cause}, {"count", count}});
  json::array notes;
  for (const Diagnostic& note : outcome.notes)
    notes.push_back({{"code", note.code}, {"message", note.message}});
  return {{"portal", portal.id},
          {"kind", portal.kind},
          {"currency", TextOrNull(portal.base_currency)},
          {"from", MonthText(MonthOf(outcome.days.from))},
          {"to", MonthText(MonthOf(outcome.days.to - 1))},
          {"started_at", ToString(outcome.started_at)},
          {"finished_at", ToString(outcome.finished_at)},
          {"outcome", outcome.left > 0 ? "differ" : "agree"},
          {"repair", outcome.repair},
          {"cards", outcome.cards},
          {"agree", outcome.agree},
          {"differ", outcome.differ},
          {"repaired", outcome.repaired},
          {"left", outcome.left},
          {"explained", outcome.explained},
          {"moving", outcome.moving},
          {"requests", outcome.requests},
          {"causes", std::move(cause_list)},
          {"figures", std::move(figures)},
          {"findings", std::move(listed)},
          {"notes", std::move(notes)}};
}

}  // namespace svodka::check
