#include "engine/records.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <unordered_map>

#include "base/text.hpp"
#include "engine/fact_records.hpp"
#include "engine/notes.hpp"
#include "engine/numbers.hpp"
#include "engine/record_narrow.hpp"
#include "engine/record_parts.hpp"
#include "engine/record_rows.hpp"
#include "metrics/plan/atoms.hpp"
#include "metrics/sql/records.hpp"

namespace svodka::engine {
namespace {

constexpr int64_t kPageRows = 50;
constexpr int64_t kValuesMax = 500;   // of a column, offered to choose from
constexpr size_t kFixedColumns = 18;  // of RenderRecordPage, before the parts
constexpr size_t kCardColumn = 2;
constexpr size_t kClientColumn = 8;
constexpr size_t kNextStepColumn = 14;  // the last activity follows

Column MakeColumn(const char* id, const char* type, const char* format, const char* ru, const char* en,
                  Language language) {
  Column column;
  column.id = id;
  column.kind = "attribute";
  column.type = type;
  column.format = format;
  column.label = language == Language::kRussian ? ru : en;
  column.direction = "neutral";
  return column;
}

Value DayOf(const Value& value) {
  const auto* number = std::get_if<int64_t>(&value);
  return number == nullptr ? Value() : Value(Day{static_cast<int32_t>(*number)});
}

class Reader {
 public:
  Reader(const metrics::BoundQuery& query, const Dictionary& dictionary, Language language,
         std::vector<AtomValues>* atoms)
      : query_(query),
        dictionary_(dictionary),
        language_(language),
        plan_(query.plan),
        node_(plan_.nodes[plan_.columns.front()]),
        atoms_(atoms) {}

  Result<RecordPage> Read(const warehouse::Warehouse& warehouse, Memory memory, bool take_rows,
                          const std::stop_token& stop, std::optional<NearTexts>& near) {
    Status prepared = Prepare();
    if (!prepared.ok()) return prepared.errors();
    std::vector<metrics::RecordOrder> order;
    const std::vector<std::string> names = metrics::RecordColumns();
    if (query_.request.order.empty()) {
      for (const metrics::RecordsOrder& by : node_.measure->records_order)
        if (by.by != "planned_close" || request_.entity == "deal") order.push_back({by.by, by.descending});
    }
    for (const metrics::OrderBy& by : query_.request.order) {
      std::string column = by.by;
      if (column == query_.request.measures.front().column) column = has_value_ ? "value" : "created";
      if (std::find(names.begin(), names.end(), column) == names.end()) {
        return Diagnostic{"bad_order", "records cannot be ordered by '" + by.by + "'", by.place,
                          NearestNames(by.by, names)};
      }
      order.push_back({std::move(column), by.descending});
    }
    const int64_t limit = query_.request.limit.value_or(kPageRows);
    warehouse::QueryOptions options;
    options.stop = stop;
    using Answer = Result<std::shared_ptr<const warehouse::ResultSet>>;
    const auto ask = [&](const metrics::Sql& sql) -> Answer {
      Result<warehouse::ResultSet> rows = warehouse.Query(sql.text, sql.params, options);
      if (!rows.ok()) return rows.errors();
      return std::make_shared<const warehouse::ResultSet>(std::move(rows).value());
    };
    const auto run = [&](const metrics::Sql& sql) -> Answer {
      const std::string key = metrics::Fingerprint(sql);
      if (auto known = memory.results.Find(key, memory.data_version)) return known;
      Answer rows = ask(sql);
      if (rows.ok()) memory.results.Keep(key, memory.data_version, *rows);
      return rows;
    };
    if (!query_.request.values_of.empty()) return ReadValues(run);
    std::optional<RecordRows> taken;
    if (take_rows) {
      auto found = TakeRecords(request_, order, limit, query_.request.offset, warehouse, memory, stop);
      if (!found.ok()) return found.errors();
      taken = std::move(found).value();
    }
    std::shared_ptr<const warehouse::ResultSet> read, sums;
    if (!taken) {
      const Answer page = run(metrics::RenderRecordPage(request_, order, limit, query_.request.offset));
      if (!page.ok()) return page.errors();
      const Answer totals = run(metrics::RenderRecordTotals(request_));
      if (!totals.ok()) return totals.errors();
      read = *page;
      sums = *totals;
    }
    std::vector<std::vector<Value>> lived;  // the page, with what only the rows shown are asked for
    if (!taken && metrics::LacksLife(request_, order)) {
      lived = read->rows;
      Status added = AddLife(lived, run);
      if (!added.ok()) return added.errors();
    }
    const std::vector<std::vector<Value>>& rows = taken ? taken->page : lived.empty() ? read->rows : lived;
    // Names of clients come while the texts of the cards are read.
    std::future<void> clients;
    if (LacksClients(rows)) {
      clients = std::async(std::launch::async, [&] { PrepareClients(rows); });
    }
    bool known = true;
    Status read_texts =
        take_rows ? TakeTexts(rows, memory, ask, known) : ReadTexts(KeysIn(rows, kCardColumn), run);
    const bool known_clients = !clients.valid();
    if (!known_clients) clients.get();
    if (!read_texts.ok()) return read_texts.errors();
    if (taken && taken->near && !(known && known_clients)) near = NearTexts{request_.entity, *taken->near};
    RecordPage answer;
    AddColumns(answer);
    AddRows(answer, rows);
    AddTotals(answer, taken ? taken->totals : sums->rows.at(0));
    for (const metrics::RecordOrder& by : order) answer.order.emplace_back(by.column, by.descending);
    AddParts(answer);
    answer.entity = request_.entity;
    if (request_.past) answer.as_of = request_.as_of;
    return answer;
  }

 private:
  /// Unit of the amounts.
  std::string Currency() const {
    return query_.currency.empty() ? dictionary_.portal().base_currency : query_.currency;
  }
  Status Prepare() {
    parts_ = PartsOf(plan_, plan_.columns.front());
    for (const MeasurePart& part : parts_) {
      metrics::RecordPart record = RecordPartOf(plan_, part);
      const std::string& entity = record.scan.fact->entity;
      if (!NodeOf(plan_, part.component).form->censored.empty()) censored_ = true;
      if (!request_.entity.empty() && request_.entity != entity) {
        return Diagnostic{
            "bad_cell",
            "this measure is made of leads and of deals; ask for the records of one of its parts",
            "cell.measure",
            {}};
      }
      request_.entity = entity;
      request_.parts.push_back(std::move(record));
    }
    const metrics::Scan& first = request_.parts.front().scan;
    // A card of a flow stands where it stands now; of a state, where it stood on its day.
    request_.as_of = !first.fact->is_state()  ? query_.today
                     : first.role_day.empty() ? query_.frame.as_of
                                              : query_.frame.as_of_dated;
    request_.past = first.fact->is_state() && request_.as_of < query_.today &&
                    std::all_of(request_.parts.begin(), request_.parts.end(),
                                [](const metrics::RecordPart& part) { return part.scan.fact->is_state(); });
    request_.search = query_.request.search;
    ratio_ = !node_.component && node_.form->kind == metrics::MeasureKind::kRatio;
    has_value_ = node_.component && (request_.parts[0].kind != metrics::MeasureKind::kCount &&
                                     request_.parts[0].kind != metrics::MeasureKind::kDistinct &&
                                     !metrics::IsIncidence(request_.parts[0].kind));
    auto conditions = BindNarrow(query_, dictionary_, CardColumns(has_value_, ratio_));
    if (!conditions.ok()) return conditions.errors();
    request_.conditions = std::move(conditions).value();
    return Done{};
  }

  void AddColumns(RecordPage& answer) const {
    const auto add = [&](const char* id, const char* type, const char* format, const char* ru,
                         const char* en) -> Column& {
      answer.columns.push_back(MakeColumn(id, type, format, ru, en, language_));
      return answer.columns.back();
    };
    const bool deal = request_.entity == "deal";
    add("id", "text", "link", "ID", "ID");
    add("title", "text", "link", "Название", "Title");
    if (ratio_) add("part", "text", "text", "Часть", "Part");
    if (has_value_) {
      const metrics::Measure& measure = *node_.measure;
      Column& column = add("value", measure.type.c_str(), measure.format.c_str(), measure.label.ru.c_str(),
                           measure.label.en.c_str());
      column.unit = measure.type == "money" ? Currency() : measure.type == "duration" ? "s" : "";
    }
    add("amount", "money", "money", "Сумма", "Amount").unit = Currency();
    add("stage", "member", "text", "Этап", "Stage");
    add("pipeline", "member", "text", "Воронка", "Pipeline");
    add("employee", "member", "text", "Сотрудник", "Employee");
    add("client", "member", "text", "Клиент", "Client");
    add("source", "member", "text", "Источник", "Source");
    add("loss_reason", "member", "text", "Причина отказа", "Reason of loss");
    add("created", "day", "date", "Создана", "Created");
    add("closed", "day", "date", "Закрыта", "Closed");
    if (deal) add("planned_close", "day", "date", "План закрытия", "Planned close");
    add("days_on_stage", "integer", "integer", "Дней на этапе", "Days in stage");
    add("age_days", "integer", "integer", "Возраст, дней", "Age, days");
    add("next_step", "day", "date", "Следующее дело", "Next step");
    add("last_activity", "day", "date", "Последнее действие", "Last activity");
    if (!deal) return;
    add("last_comment", "text", "text",
        request_.past ? "Последний комментарий (на сегодня)" : "Последний комментарий",
        request_.past ? "Last comment (as of today)" : "Last comment");
  }

  Member MemberOf(const char* dimension_id, const Value& key) const {
    const metrics::Dimension* dimension = query_.model->FindDimension(dimension_id);
    const auto* number = std::get_if<int64_t>(&key);
    const Dictionary::Entry* entry =
        dimension == nullptr || number == nullptr ? nullptr : dictionary_.FindEntry(*dimension, *number);
    if (entry != nullptr) return entry->member;
    Member none;
    if (dimension != nullptr)
      none.label = language_ == Language::kRussian ? dimension->none.ru : dimension->none.en;
    return none;
  }

  std::string LinkOf(const std::string& id) const {
    const warehouse::PortalSettings& portal = dictionary_.portal();
    if (portal.address.empty()) return "";
    std::string address = portal.address;
    while (address.ends_with('/')) address.pop_back();
    if (portal.kind == "bitrix24") return address + "/crm/" + request_.entity + "/details/" + id + "/";
    if (portal.kind == "amocrm") return address + "/leads/detail/" + id;
    return "";
  }

  static std::vector<int64_t> KeysIn(const std::vector<std::vector<Value>>& rows, size_t column) {
    std::vector<int64_t> keys;
    for (const std::vector<Value>& row : rows) {
      const auto* key = std::get_if<int64_t>(&row[column]);
      if (key != nullptr && *key != 0) keys.push_back(*key);
    }
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
  }

  /// Some client of the rows has no label yet.
  bool LacksClients(const std::vector<std::vector<Value>>& rows) const {
    const metrics::Dimension* client = query_.model->FindDimension("client");
    if (client == nullptr) return false;
    const std::vector<int64_t> keys = KeysIn(rows, kClientColumn);
    return std::any_of(keys.begin(), keys.end(),
                       [&](int64_t key) { return dictionary_.FindEntry(*client, key) == nullptr; });
  }

  void PrepareClients(const std::vector<std::vector<Value>>& rows) const {
    dictionary_.Prepare(*query_.model->FindDimension("client"), KeysIn(rows, kClientColumn));
  }

  /// Next step and last activity, as the past day knew them.
  template <class Ask>
  Status AddLife(std::vector<std::vector<Value>>& rows, const Ask& ask) const {
    const std::vector<int64_t> cards = KeysIn(rows, kCardColumn);
    if (cards.empty()) return Done{};
    const auto life = ask(metrics::RenderRecordLife(request_, cards));
    if (!life.ok()) return life.errors();
    std::unordered_map<int64_t, const std::vector<Value>*> of_card;
    for (const std::vector<Value>& row : (*life)->rows) of_card.emplace(std::get<int64_t>(row[0]), &row);
    for (std::vector<Value>& row : rows) {
      const auto at = of_card.find(std::get<int64_t>(row[kCardColumn]));
      if (at == of_card.end()) continue;
      row[kNextStepColumn] = (*at->second)[1];
      row[kNextStepColumn + 1] = (*at->second)[2];
    }
    return Done{};
  }

  template <class Ask>
  Status ReadTexts(const std::vector<int64_t>& cards, const Ask& ask) {
    if (cards.empty()) return Done{};
    const auto texts = ask(metrics::RenderRecordTexts(request_.entity, cards));
    if (!texts.ok()) return texts.errors();
    for (const std::vector<Value>& row : (*texts)->rows)
      texts_[std::get<int64_t>(row[0])] = CardTexts::Row(*texts, &row);
    return Done{};
  }

  /// From memory; what is missing is read. `known`: nothing was.
  template <class Ask>
  Status TakeTexts(const std::vector<std::vector<Value>>& rows, Memory memory, const Ask& ask, bool& known) {
    const std::vector<int64_t> cards = KeysIn(rows, kCardColumn);
    std::vector<int64_t> missing;
    texts_ = memory.texts.Find(request_.entity, memory.data_version, cards, missing);
    known = missing.empty();
    if (known) return Done{};
    const auto held = texts_;
    Status read = ReadTexts(missing, ask);
    if (!read.ok()) return read;
    std::vector<CardTexts::Row> fresh;
    for (const auto& [card, row] : texts_) {
      if (!held.contains(card)) fresh.push_back(row);
    }
    memory.texts.Keep(request_.entity, memory.data_version, fresh);
    return Done{};
  }

  void AddRows(RecordPage& answer, const std::vector<std::vector<Value>>& rows) const {
    const bool deal = request_.entity == "deal";
    for (const std::vector<Value>& row : rows) {
      std::vector<Cell> cells;
      const auto text = texts_.find(std::get<int64_t>(row[kCardColumn]));
      if (text == texts_.end()) continue;  // every card of the star has its canonical row
      const std::vector<Value>& card = *text->second;
      const std::string id = std::get<std::string>(card[1]);
      cells.emplace_back(card[1]);
      cells.emplace_back(card[2]);
      if (ratio_) cells.emplace_back(Value(PartOfRow(parts_, row, kFixedColumns)));
      if (has_value_) cells.emplace_back(row[kFixedColumns + 1]);
      cells.emplace_back(row[17]);
      cells.emplace_back(MemberOf("stage", row[3]));
      cells.emplace_back(MemberOf("pipeline", row[4]));
      cells.emplace_back(MemberOf("employee", row[5]));
      cells.emplace_back(MemberOf("client", row[8]));
      cells.emplace_back(MemberOf("source", row[6]));
      cells.emplace_back(MemberOf("loss_reason", row[7]));
      cells.emplace_back(DayOf(row[9]));
      cells.emplace_back(DayOf(row[10]));
      if (deal) cells.emplace_back(DayOf(row[11]));
      cells.emplace_back(row[12]);
      cells.emplace_back(row[13]);
      cells.emplace_back(DayOf(row[kNextStepColumn]));
      cells.emplace_back(DayOf(row[kNextStepColumn + 1]));
      if (deal) cells.emplace_back(card[3]);
      answer.rows.push_back(std::move(cells));
      answer.links.push_back(LinkOf(id));
    }
  }

  /// The page that says, instead of rows, what a column holds and how often.
  template <class Ask>
  Result<RecordPage> ReadValues(const Ask& ask) {
    const std::string& name = query_.request.values_of;
    auto column = FindNarrowColumn(name, "values_of", CardColumns(has_value_, ratio_));
    if (!column.ok()) return column.errors();
    const auto rows = ask(metrics::RenderRecordValues(request_, *column, kValuesMax));
    if (!rows.ok()) return rows.errors();
    RecordPage answer;
    AddColumns(answer);
    AddParts(answer);
    if (column->kind == metrics::RecordColumnKind::kNumber ||
        column->kind == metrics::RecordColumnKind::kDay) {
      const std::vector<Value>& row = (*rows)->rows.at(0);
      const bool days = column->kind == metrics::RecordColumnKind::kDay;
      const auto write = [&](const Value& value) {
        const Value day = days ? DayOf(value) : Value();
        const auto* known = std::get_if<Day>(&day);
        return known == nullptr ? JsonOf(value) : json::value(ToString(*known));
      };
      answer.span = {{"from", write(row[0])}, {"to", write(row[1])}, {"none", JsonOf(row[2])}};
      return answer;
    }
    if (name == "client") {
      if (const metrics::Dimension* client = query_.model->FindDimension("client"))
        dictionary_.Prepare(*client, KeysIn((*rows)->rows, 0));
    }
    answer.values.emplace();
    for (const std::vector<Value>& row : (*rows)->rows) {
      Member member;
      if (const auto* part = std::get_if<std::string>(&row[0])) {
        member.id = *part;
        if (const json::value* label = answer.parts.if_contains(*part))
          member.label = std::string(label->as_string());
      } else {
        member = MemberOf(name.c_str(), row[0]);
      }
      answer.values->emplace_back(std::move(member), std::get<int64_t>(row[1]));
    }
    return answer;
  }

  void AddParts(RecordPage& answer) const {
    if (ratio_) answer.parts = PartNames(plan_, parts_, language_);
  }

  /// The measure again, from the records themselves.
  void AddTotals(RecordPage& answer, const std::vector<Value>& sums) const {
    const auto* count = std::get_if<int64_t>(&sums[0]);
    answer.total = count == nullptr ? 0 : *count;
    answer.totals["count"] = answer.total;
    answer.totals["amount"] = JsonOf(sums.back());
    std::vector<AtomValues> cells(plan_.components.size());
    size_t at = 1;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const size_t width = metrics::AtomKindsOf(request_.parts[i].kind).size();
      for (size_t k = 0; k < width; ++k) cells[parts_[i].component].push_back(sums[at++]);
    }
    if (atoms_ != nullptr) *atoms_ = cells;
    if (censored_ && (!request_.search.empty() || !request_.conditions.empty()))
      return;  // the rows found are not the rows it was made of
    const Value value = NodeValue(plan_, plan_.columns.front(), cells);
    answer.totals["measure"] = JsonOf(value);
    if (has_value_) answer.totals["value"] = JsonOf(value);
  }

  const metrics::BoundQuery& query_;
  const Dictionary& dictionary_;
  const Language language_;
  const metrics::Plan& plan_;
  const metrics::Node& node_;
  std::vector<MeasurePart> parts_;
  metrics::RecordRequest request_;
  std::unordered_map<int64_t, CardTexts::Row> texts_;  ///< by card: key, id, title, last comment
  std::vector<AtomValues>* atoms_;
  bool ratio_ = false;
  bool has_value_ = false;
  bool censored_ = false;
};

}  // namespace

Result<RecordPage> ReadRecords(const metrics::BoundQuery& query, const Dictionary& dictionary,
                               const warehouse::Warehouse& warehouse, Memory memory, bool take_rows,
                               Language language, const std::stop_token& stop, std::optional<NearTexts>& near,
                               std::vector<AtomValues>* atoms) {
  if (HasFactRecords(query))
    return ReadFactRecords(query, dictionary, warehouse, memory, language, stop, atoms);
  return Reader(query, dictionary, language, atoms).Read(warehouse, memory, take_rows, stop, near);
}

Status ReadNear(const NearTexts& near, const metrics::Dimension& client, const Dictionary& dictionary,
                const warehouse::Warehouse& warehouse, Memory memory, const std::stop_token& stop) {
  dictionary.Prepare(client, KeysOf(*near.rows.clients));
  std::vector<int64_t> missing;
  (void)memory.texts.Find(near.entity, memory.data_version, KeysOf(*near.rows.cards), missing);
  if (missing.empty() || stop.stop_requested()) return Done{};
  const metrics::Sql sql = metrics::RenderRecordTexts(near.entity, missing);
  warehouse::QueryOptions options;
  options.stop = stop;
  Result<warehouse::ResultSet> texts = warehouse.Query(sql.text, sql.params, options);
  if (!texts.ok()) return texts.errors();
  std::vector<CardTexts::Row> rows;
  rows.reserve(texts->rows.size());
  for (std::vector<Value>& row : texts->rows)
    rows.push_back(std::make_shared<const std::vector<Value>>(std::move(row)));
  memory.texts.Keep(near.entity, memory.data_version, rows);
  return Done{};
}

}  // namespace svodka::engine
