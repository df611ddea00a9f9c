#include <algorithm>
#include <array>
#include <set>

#include "crm/bitrix24/smart_items.hpp"
#include "sync/bitrix24/reader.hpp"

namespace svodka::sync {
namespace {

namespace b24 = crm::bitrix24;

/// Offset pages of one dictionary: fifty thousand rows, more than any portal has users or statuses.
constexpr int64_t kOffsetMax = 50'000;

}  // namespace

/// Dictionaries are small and page by offset; rows are told apart by `ID`, so a page that comes twice does no
/// harm.
Result<std::vector<const json::value*>> Reader::ListAll(size_t answer, const b24::Command& command,
                                                        const b24::BatchAnswer& first,
                                                        std::vector<b24::BatchAnswer>& keep,
                                                        std::stop_token stop) {
  std::vector<const json::value*> rows;
  std::set<std::string> known;
  const auto add = [&](const json::value& result) {
    for (const json::value* row : b24::ListRows(result)) {
      std::string id;
      for (const char* key : {"ID", "id", "FIELD_NAME", "CURRENCY"}) {
        if (const json::value* member = FindMember(*row, key); id.empty() && member != nullptr) {
          id = b24::ReadText(*member).value_or("");
        }
      }
      if (id.empty() || known.insert(id).second) rows.push_back(row);
    }
  };
  if (first.answers[answer].error) return first.answers[answer].error->diagnostic;
  add(*first.answers[answer].result);
  const auto next = first.answers[answer].next;
  if (!next || *next <= 0) return rows;
  const int64_t total = std::min(kOffsetMax, first.answers[answer].total.value_or(*next + 1));
  std::vector<b24::Command> pages;
  for (int64_t start = *next; start < total; start += static_cast<int64_t>(b24::kPageRows)) {
    b24::Command page = command;
    std::erase_if(page.params, [](const auto& param) { return param.first == "start"; });
    page.params.emplace_back("start", std::to_string(start));
    pages.push_back(std::move(page));
  }
  for (size_t at = 0; at < pages.size(); at += b24::Client::kCommandsMax) {
    const auto begin = pages.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        pages.begin() + static_cast<std::ptrdiff_t>(std::min(pages.size(), at + b24::Client::kCommandsMax));
    auto batch = caller_.Ask({begin, end}, stop);
    if (!batch.ok()) return batch.errors();
    for (const auto& page : batch->answers) {
      if (page.error) return page.error->diagnostic;
      add(*page.result);
    }
    keep.push_back(std::move(*batch));
  }
  return rows;
}

void Reader::TakeFields(const std::string& entity, std::vector<crm::CustomFieldRow>& fields,
                        crm::SourceBatch& out) {
  auto& types = reading_.field_types[entity];
  types.clear();
  for (crm::CustomFieldRow& field : fields) {
    types[field.id] = field.type;
    if (reading_.loss_reason == "field:" + field.id) {
      for (const auto& option : field.options)
        out.dictionary.push_back({"loss_reason", option.id, option.label, option.sort, {}});
    }
    out.custom_fields.push_back(std::move(field));
  }
  out.complete.push_back("custom_field:" + entity);
}

void Reader::TakeSmartStage(const json::value& row, crm::SourceBatch& out) {
  const b24::RowReader cells(row, notes_);
  const std::string type = b24::SmartTypeOfStages(cells.Text("ENTITY_ID").value_or(""));
  const auto id = cells.Text("STATUS_ID");
  if (type.empty() || !id || !smart_types_.contains(type)) return;
  const auto sort = cells.Integer("SORT");
  out.dictionary.push_back({"smart_stage",
                            *id,
                            cells.Text("NAME").value_or(*id),
                            sort ? std::optional(static_cast<int>(*sort)) : std::nullopt,
                            {}});
}

Status Reader::ReadDictionaries(crm::SourceBatch& out, const Zone& zone, std::stop_token stop) {
  static constexpr std::array<const char*, 4> kEntities = {"lead", "deal", "contact", "company"};
  std::vector<b24::Command> commands{
      {"server.time", {}},
      {"user.get", {{"sort", "ID"}, {"order", "ASC"}, {"start", "0"}}},
      {"department.get", {{"sort", "ID"}, {"order", "ASC"}, {"start", "0"}}},
      {"crm.category.list", {{"entityTypeId", "2"}, {"start", "0"}}},
      {"crm.status.list", {{"order[ID]", "ASC"}, {"start", "0"}}},
      {"crm.currency.list", {{"start", "0"}}},
      b24::PageBelow({b24::Stream::kTask}, ""),
  };
  const size_t first_field = commands.size();
  for (const char* entity : kEntities) {
    commands.push_back({"crm." + std::string(entity) + ".userfield.list",
                        {{"order[ID]", "ASC"}, {"filter[LANG]", "ru"}, {"start", "0"}}});
  }
  const size_t first_item = commands.size();
  for (const b24::Stream stream : b24::kCardStreams) commands.push_back(b24::ItemFields(stream));
  const size_t smart = commands.size();
  commands.push_back(b24::SmartTypes());
  auto batch = caller_.Ask(commands, stop);
  if (!batch.ok()) return batch.errors();
  std::optional<Instant> moment;
  if (batch->answers[0].result != nullptr) LearnTime(*batch->answers[0].result, moment);
  reading_.tasks_readable = !batch->answers[6].error;
  if (batch->answers[6].error) {
    if (auto status = Refuse(b24::Stream::kTask, *batch->answers[6].error); !status.ok()) return status;
  } else {
    refused_.erase(std::string(b24::NameOf(b24::Stream::kTask)));
  }

  std::vector<b24::BatchAnswer> keep;
  // A list that is refused leaves what we have: only a list that was read whole may remove anything.
  const auto read = [&](size_t answer, const auto& take) -> Status {
    auto rows = ListAll(answer, commands[answer], *batch, keep, stop);
    if (!rows.ok()) {
      if (!batch->answers[answer].error) return rows.errors();
      refused_[commands[answer].method] = rows.error();
      return Done{};
    }
    refused_.erase(commands[answer].method);
    take(*rows);
    return Done{};
  };
  using Rows = std::vector<const json::value*>;
  std::vector<std::pair<size_t, std::function<void(const Rows&)>>> takers;
  takers.emplace_back(1, [&](const Rows& rows) {
    for (const json::value* row : rows) {
      if (auto user = b24::DecodeUser(*row, notes_)) out.users.push_back(std::move(*user));
    }
    out.complete.emplace_back("user");
  });
  takers.emplace_back(2, [&](const Rows& rows) {
    for (const json::value* row : rows) {
      if (auto department = b24::DecodeDepartment(*row, notes_))
        out.departments.push_back(std::move(*department));
    }
    out.complete.emplace_back("department");
  });
  takers.emplace_back(3, [&](const Rows& rows) {
    for (const json::value* row : rows) {
      if (auto pipeline = b24::DecodePipeline(*row, notes_)) out.pipelines.push_back(std::move(*pipeline));
    }
    out.complete.emplace_back("pipeline:deal");
  });
  takers.emplace_back(4, [&](const Rows& rows) {
    for (const json::value* row : rows) {
      b24::DecodeStatus(*row, reading_, out, notes_);
      TakeSmartStage(*row, out);
    }
    out.complete.emplace_back("dictionary:smart_stage");
    for (const char* list : {"stage", "dictionary:source", "dictionary:deal_type", "dictionary:client_type",
                             "dictionary:industry"}) {
      out.complete.emplace_back(list);
    }
  });
  takers.emplace_back(5, [&](const Rows& rows) {
    const Day today = zone.LocalDay(moment.value_or(clock_.Now()));
    for (const json::value* row : rows) {
      if (auto rate = b24::DecodeRate(*row, today, notes_)) out.rates.push_back(std::move(*rate));
    }
  });
  for (size_t i = 0; i < kEntities.size(); ++i) {
    takers.emplace_back(first_field + i, [&, entity = std::string(kEntities[i])](const Rows& rows) {
      std::vector<crm::CustomFieldRow> fields;
      for (const json::value* row : rows) {
        if (auto field = b24::DecodeField(*row, entity, notes_)) fields.push_back(std::move(*field));
      }
      TakeFields(entity, fields, out);
    });
  }
  // Without the right to see them nothing is offered; those that were chosen keep their numbers for names.
  const bool offered = !batch->answers[smart].error;
  if (offered) {
    takers.emplace_back(smart, [&](const Rows& rows) {
      for (const b24::SmartType& type : b24::DecodeSmartTypes(rows)) {
        out.dictionary.push_back({"smart_type_offered", type.id, type.name, {}, {}});
        if (smart_types_.contains(type.id))
          out.dictionary.push_back({"smart_type", type.id, type.name, {}, {}});
      }
      out.complete.emplace_back("dictionary:smart_type_offered");
    });
  } else {
    for (const std::string& type : smart_types_) out.dictionary.push_back({"smart_type", type, type, {}, {}});
  }
  out.complete.emplace_back("dictionary:smart_type");
  for (const auto& [answer, take] : takers) {
    if (auto status = read(answer, take); !status.ok()) return status;
  }
  for (size_t i = 0; i < b24::kCardStreams.size(); ++i) {
    const std::string entity(b24::NameOf(b24::kCardStreams[i]));
    const b24::Answer& fields = batch->answers[first_item + i];
    const json::value* list = fields.result == nullptr ? nullptr : FindMember(*fields.result, "fields");
    if (list == nullptr) {
      reading_.item_names.erase(entity);
      continue;
    }
    reading_.item_names[entity] = b24::DecodeItemNames(*fields.result);
    const std::string older = "crm." + entity + ".userfield.list";
    if (!refused_.contains(older)) continue;
    refused_.erase(older);
    auto decoded = b24::DecodeItemFields(*fields.result, entity, notes_);
    TakeFields(entity, decoded, out);
  }
  constexpr std::chrono::hours kDecidedFor{7 * 24};
  if (!choice_.decided_at || clock_.Now() - *choice_.decided_at > kDecidedFor) {
    auto choice = ProbeDialects(caller_, clock_, stop);
    if (!choice.ok()) return choice.errors();
    choice_ = std::move(*choice);
  }
  SetForms();
  out.pipelines.push_back({"lead", "lead", "Лиды", 0});
  out.complete.emplace_back("pipeline:lead");
  return Done{};
}

}  // namespace svodka::sync
