#include <algorithm>

#include "emulator/amocrm/exchange.hpp"
#include "emulator/http/params.hpp"

namespace svodka::emulator::amocrm {
namespace {

/// `filter[statuses][0][pipeline_id]=…&filter[statuses][0][status_id]=…` as indices.
std::optional<std::vector<StatusIndex>> StatusPairs(const json::object* filter, const char* key) {
  const json::value* pairs = filter == nullptr ? nullptr : filter->if_contains(key);
  if (pairs == nullptr) return std::nullopt;
  std::vector<StatusIndex> list;
  for (const json::value& pair : ListOf(*pairs)) {
    if (!pair.is_object()) continue;
    const auto pipeline = IntParam(pair.get_object(), "pipeline_id");
    const auto status = IntParam(pair.get_object(), "status_id");
    if (!pipeline || !status) continue;  // both are mandatory
    if (const auto found = FindStatus(static_cast<uint32_t>(*pipeline), static_cast<uint32_t>(*status)))
      list.push_back(*found);
  }
  return list;
}

/// Does a row's list of filled fields answer `filter[custom_fields_values]`?
bool FieldsFit(const json::value& values, const json::object& wanted) {
  for (const auto& member : wanted) {
    bool fits = false;
    const json::object& test_range =
        member.value().is_object() ? member.value().get_object() : json::object();
    const auto from = IntParam(test_range, "from"), to = IntParam(test_range, "to");
    const auto any = Query::TextsOf(member.value());
    if (values.is_array()) {
      for (const json::value& field : values.get_array()) {
        if (ScalarText(field.at("field_id")).value_or("") != member.key()) continue;
        for (const json::value& value : field.at("values").as_array()) {
          const json::value* choice = value.as_object().if_contains("enum_id");
          std::string text = ScalarText(choice != nullptr ? *choice : value.at("value")).value_or("");
          if (value.at("value").is_bool()) text = value.at("value").get_bool() ? "1" : "0";
          if (from || to) {
            const double number = std::strtod(text.c_str(), nullptr);
            fits = fits || ((!from || number >= static_cast<double>(*from)) &&
                            (!to || number <= static_cast<double>(*to)));
          } else {
            fits = fits || std::find(any.begin(), any.end(), text) != any.end();
          }
        }
      }
    }
    if (!fits) return false;
  }
  return true;
}

const json::object* CustomFilter(const json::object* filter) {
  const json::value* value = filter == nullptr ? nullptr : filter->if_contains("custom_fields_values");
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

}  // namespace

Response Exchange::Leads() {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  if (parts_.size() > 1) {
    const uint32_t id = Place(parts_[1], kLeadIds, v.cards.size());
    style.self.clear();
    if (id == 0 || v.cards[id - 1].deleted) return Empty();
    if (!MaySee(id)) throw Forbidden();
    return Hal(200, LeadRow(v, id, style));
  }
  const bool trash = query.with.contains("only_deleted");
  Listing listing;
  listing.count = static_cast<uint32_t>(v.cards.size());
  listing.paid_filters = true;
  listing.shown = [&](uint32_t id) {
    const Card& card = v.cards[id - 1];
    return card.deleted == trash && !card.merged && MaySee(id);
  };
  const auto card = [&v](uint32_t id) -> const Card& { return v.cards[id - 1]; };
  listing.updated = [card](uint32_t id) { return card(id).updated; };
  listing.facets = {{"id", [](uint32_t id) { return kLeadIds + id; }},
                    {"created_at", [&v, card](uint32_t id) { return v.Created(card(id)); }, true},
                    {"updated_at", [card](uint32_t id) { return card(id).updated; }, true},
                    {"closed_at", [card](uint32_t id) { return card(id).closed; }, true},
                    {"closest_task_at", [&v, card](uint32_t id) { return v.ClosestTask(card(id)); }, true},
                    {"price", [&v, card](uint32_t id) { return v.Price(card(id)); }},
                    {"responsible_user_id", [&v, card](uint32_t id) { return UserId(v.Owner(card(id))); }},
                    {"created_by", [&v, card](uint32_t id) { return ActorId(v.Creator(card(id))); }},
                    {"updated_by", [card](uint32_t id) { return ActorId(card(id).updated_by); }},
                    {"pipeline_id", [card](uint32_t id) {
                       return AmoPipelines()[Statuses()[card(id).status].pipeline].id;
                     }}};
  const auto statuses = StatusPairs(query.filter(), "statuses");
  const auto names = query.Texts("name");
  const json::object* custom = CustomFilter(query.filter());
  const std::string text = TextParam(query.params(), "query").value_or("");
  const auto ids = Remembered(query, [&] {
    return Select(query, listing, [&](uint32_t id) {
      if (statuses && std::find(statuses->begin(), statuses->end(), card(id).status) == statuses->end())
        return false;
      if (!names.empty() && std::find(names.begin(), names.end(), v.Name(id)) == names.end()) return false;
      if (custom != nullptr && !FieldsFit(LeadValues(v, id), *custom)) return false;
      return text.empty() || v.Name(id).find(text) != std::string::npos;
    });
  });
  return PageOf(query, "leads", *ids,
                [&](uint32_t id) { return trash ? DeletedLeadRow(v, id) : LeadRow(v, id, style); });
}

Response Exchange::Unsorted() {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  const auto waits = [&](uint32_t id) {
    return !v.cards[id - 1].deleted && Statuses()[v.cards[id - 1].status].unsorted && MaySee(id);
  };
  if (parts_.size() > 2 && parts_[2] == "summary") {
    int64_t total = 0, accepted = 0, declined = 0;
    for (uint32_t id = 1; id <= v.cards.size(); ++id) total += waits(id) ? 1 : 0;
    for (const Event& event : v.events) {
      if (event.type != EventType::kStatusChanged || !Statuses()[event.a].unsorted) continue;
      ++(Statuses()[event.b].semantic == 'F' ? declined : accepted);
    }
    return Hal(200, json::object{{"total", total},
                                 {"accepted", accepted},
                                 {"declined", declined},
                                 {"average_sort_time", 3600},
                                 {"categories", json::object{{"forms", json::object{{"total", total}}}}}});
  }
  Listing listing;
  listing.count = static_cast<uint32_t>(v.cards.size());
  listing.shown = waits;
  const auto card = [&v](uint32_t id) -> const Card& { return v.cards[id - 1]; };
  listing.facets = {{"created_at", [&v, card](uint32_t id) { return v.Created(card(id)); }, true},
                    {"updated_at", [card](uint32_t id) { return card(id).updated; }, true},
                    {"pipeline_id", [card](uint32_t id) {
                       return AmoPipelines()[Statuses()[card(id).status].pipeline].id;
                     }}};
  const auto uids = query.Texts("uid");
  const auto categories = query.Texts("category");
  const auto ids = Remembered(query, [&] {
    return Select(query, listing, [&](uint32_t id) {
      if (!uids.empty() && std::find(uids.begin(), uids.end(), UnsortedUid(id)) == uids.end()) return false;
      if (categories.empty()) return true;
      const std::string category(UnsortedRow(v, id, style).at("category").as_string());
      return std::find(categories.begin(), categories.end(), category) != categories.end();
    });
  });
  if (parts_.size() > 2) {
    for (const uint32_t id : *ids) {
      if (UnsortedUid(id) == parts_[2]) return Hal(200, UnsortedRow(v, id, style));
    }
    throw NotFound();
  }
  return PageOf(query, "unsorted", *ids, [&](uint32_t id) { return UnsortedRow(v, id, style); });
}

Response Exchange::Contacts() {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  const auto& rows = company().contacts;
  if (parts_.size() > 1) {
    const uint32_t id = Place(parts_[1], kContactIds, rows.size());
    style.self.clear();
    if (id == 0 || rows[id - 1].deleted) return Empty();
    if (!MaySeeOwner(rows[id - 1].owner)) throw Forbidden();
    return Hal(200, ContactRow(v, id, style));
  }
  Listing listing;
  listing.count = static_cast<uint32_t>(rows.size());
  listing.paid_filters = true;
  listing.shown = [&](uint32_t id) { return !rows[id - 1].deleted && MaySeeOwner(rows[id - 1].owner); };
  listing.updated = [&](uint32_t id) { return rows[id - 1].modified; };
  listing.facets = {{"id", [](uint32_t id) { return kContactIds + id; }},
                    {"created_at", [&](uint32_t id) { return rows[id - 1].created; }, true},
                    {"updated_at", [&](uint32_t id) { return rows[id - 1].modified; }, true},
                    {"responsible_user_id", [&](uint32_t id) { return UserId(rows[id - 1].owner); }},
                    {"created_by", [&](uint32_t id) { return ActorId(rows[id - 1].creator); }}};
  const json::object* custom = CustomFilter(query.filter());
  const std::string text = TextParam(query.params(), "query").value_or("");
  const auto ids = Remembered(query, [&] {
    return Select(query, listing, [&](uint32_t id) {
      if (custom != nullptr && !FieldsFit(ContactValues(v, id), *custom)) return false;
      return text.empty() || json::serialize(ContactRow(v, id, style)).find(text) != std::string::npos;
    });
  });
  return PageOf(query, "contacts", *ids, [&](uint32_t id) { return ContactRow(v, id, style); });
}

Response Exchange::Companies() {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  const auto& rows = company().firms;
  const auto shown = [&](uint32_t id) { return !rows[id - 1].deleted && !rows[id - 1].own; };
  if (parts_.size() > 1) {
    const uint32_t id = Place(parts_[1], kCompanyIds, rows.size());
    style.self.clear();
    if (id == 0 || !shown(id)) return Empty();
    if (!MaySeeOwner(rows[id - 1].owner)) throw Forbidden();
    return Hal(200, CompanyRow(v, id, style));
  }
  Listing listing;
  listing.count = static_cast<uint32_t>(rows.size());
  listing.paid_filters = true;
  listing.shown = [&](uint32_t id) { return shown(id) && MaySeeOwner(rows[id - 1].owner); };
  listing.updated = [&](uint32_t id) { return rows[id - 1].modified; };
  listing.facets = {{"id", [](uint32_t id) { return kCompanyIds + id; }},
                    {"created_at", [&](uint32_t id) { return rows[id - 1].created; }, true},
                    {"updated_at", [&](uint32_t id) { return rows[id - 1].modified; }, true},
                    {"responsible_user_id", [&](uint32_t id) { return UserId(rows[id - 1].owner); }},
                    {"created_by", [&](uint32_t id) { return ActorId(rows[id - 1].creator); }}};
  const json::object* custom = CustomFilter(query.filter());
  const auto ids = Remembered(query, [&] {
    return Select(query, listing,
                  [&](uint32_t id) { return custom == nullptr || FieldsFit(CompanyValues(v, id), *custom); });
  });
  return PageOf(query, "companies", *ids, [&](uint32_t id) { return CompanyRow(v, id, style); });
}

Response Exchange::Tasks() {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  const auto& actions = company().actions;
  if (parts_.size() > 1) {
    const uint32_t id = Place(parts_[1], kTaskIds, actions.size());
    style.self.clear();
    if (id == 0 || !View::IsTask(actions[id - 1]) || actions[id - 1].deleted) throw NotFound();
    return Hal(200, TaskRow(v, id, style));
  }
  Listing listing;
  listing.count = static_cast<uint32_t>(v.tasks.size());
  const auto action = [&](uint32_t place) -> const Action& { return actions[v.tasks[place - 1] - 1]; };
  const auto updated = [action](uint32_t place) {
    return static_cast<int64_t>(std::max(action(place).created, action(place).modified));
  };
  const auto target = [&v, action](uint32_t place) {
    return v.TargetOf(action(place).card_type, action(place).card);
  };
  listing.shown = [&](uint32_t place) {
    if (action(place).deleted) return false;
    const View::Target of = target(place);
    return of.kind != Kind::kLead || of.id == 0 || (!v.cards[of.id - 1].deleted && MaySee(of.id));
  };
  listing.updated = [updated](uint32_t place) { return static_cast<Second>(updated(place)); };
  listing.facets = {
      {"id", [&v](uint32_t place) { return kTaskIds + v.tasks[place - 1]; }},
      {"created_at", [action](uint32_t place) { return action(place).created; }},
      {"complete_till", [action](uint32_t place) { return action(place).deadline; }},
      {"updated_at", updated, true},
      {"responsible_user_id", [action](uint32_t place) { return UserId(action(place).responsible); }},
      {"is_completed", [action](uint32_t place) { return action(place).completed ? 1 : 0; }},
      {"task_type", [action](uint32_t place) { return TaskTypeOf(action(place).kind); }},
      {"entity_id", [target](uint32_t place) {
         const View::Target of = target(place);
         return of.id == 0 ? 0 : PublicId(of.kind, of.id);
       }}};
  const auto types = query.Texts("entity_type");
  const auto ids = Remembered(query, [&] {
    return Select(query, listing, [&](uint32_t place) {
      return types.empty() ||
             std::find(types.begin(), types.end(), Plural(target(place).kind)) != types.end();
    });
  });
  return PageOf(query, "tasks", *ids, [&](uint32_t place) { return TaskRow(v, v.tasks[place - 1], style); });
}

Response Exchange::Notes(Kind kind, uint32_t of) {
  const Query query = Parse();
  Style style = Style_(query);
  View& v = view();
  if (kind == Kind::kCustomer) return Empty();
  const std::vector<uint32_t>& notes = kind == Kind::kLead      ? v.lead_notes
                                       : kind == Kind::kContact ? v.contact_notes
                                                                : v.company_notes;
  if (of == 0 && parts_.size() > 2) {
    for (const uint32_t note : notes) {
      style.self.clear();
      if (std::to_string(kNoteIds + note) == parts_[2]) return Hal(200, NoteRow(v, note, style));
    }
    throw NotFound();
  }
  // Rows are told apart without writing them: which note it is follows from its number.
  const auto type = [&](uint32_t note) -> std::string {
    if (const auto written = v.written_notes.find(note); written != v.written_notes.end())
      return std::string(written->second.at("note_type").as_string());
    if (note % 2 == 1) return "common";
    const Action& action = company().actions[note / 2 - 1];
    if (action.kind != ActionKind::kCall) return "amomail_message";
    return action.incoming ? "call_in" : "call_out";
  };
  const auto entity = [&](uint32_t note) {
    if (note % 2 == 0) return v.NoteTarget(company().actions[note / 2 - 1], note / 2).id;
    const Comment& comment = company().comments[note / 2];
    return v.TargetOf(comment.card_type, comment.card).id;
  };
  Listing listing;
  listing.count = static_cast<uint32_t>(notes.size());
  listing.shown = [&](uint32_t place) {
    const uint32_t id = entity(notes[place - 1]);
    if (of != 0 && id != of) return false;
    return kind != Kind::kLead || (!v.cards[id - 1].deleted && MaySee(id));
  };
  listing.updated = [&](uint32_t place) { return v.NoteTime(notes[place - 1]); };
  listing.facets = {{"id", [&](uint32_t place) { return kNoteIds + notes[place - 1]; }},
                    {"updated_at", [&](uint32_t place) { return v.NoteTime(notes[place - 1]); }, true},
                    {"entity_id", [&](uint32_t place) { return PublicId(kind, entity(notes[place - 1])); }}};
  const auto types = query.Texts("note_type");
  const auto ids = Remembered(query, [&] {
    return Select(query, listing, [&](uint32_t place) {
      return types.empty() || std::find(types.begin(), types.end(), type(notes[place - 1])) != types.end();
    });
  });
  return PageOf(query, "notes", *ids, [&](uint32_t place) { return NoteRow(v, notes[place - 1], style); });
}

Response Exchange::Events() {
  const Query query = Parse(switches_.events_page, std::min(50, switches_.events_page));
  Style style = Style_(query);
  View& v = view();
  const auto shown = [&](const Event& event) {
    if (event.kind != Kind::kLead || event.entity == 0) return true;
    return MaySee(event.entity);
  };
  if (parts_.size() > 1) {
    for (const Event& event : v.events) {
      if (EventId(event) == parts_[1] && shown(event)) return Hal(200, EventRow(v, event, style));
    }
    return Empty();
  }
  const auto created = query.Numbers("created_at");
  const auto by = query.Numbers("created_by");
  const auto entity_id = query.Numbers("entity_id");
  const auto types = query.Texts("type");
  const auto entities = query.Texts("entity");
  if (entity_id && entities.size() != 1) throw BadRequest("entity_id needs exactly one entity");
  if (entity_id && entity_id->any.size() > 10) throw BadRequest("at most 10 entity ids");
  if (by && by->any.size() > 10) throw BadRequest("at most 10 authors");
  const auto value_filter = [&](const char* name) {
    const json::value* value = query.filter() == nullptr ? nullptr : query.filter()->if_contains(name);
    return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
  };
  const auto value_fits = [](const json::object* filter, const Event& event, uint32_t side) {
    if (filter == nullptr) return true;
    if (const auto statuses = StatusPairs(filter, "leads_statuses"))
      return event.type == EventType::kStatusChanged &&
             std::find(statuses->begin(), statuses->end(), side) != statuses->end();
    if (const json::value* users = filter->if_contains("responsible_user_id")) {
      const auto texts = Query::TextsOf(*users);
      return event.type == EventType::kResponsibleChanged &&
             std::find(texts.begin(), texts.end(), std::to_string(UserId(static_cast<uint16_t>(side)))) !=
                 texts.end();
    }
    return false;
  };
  Second oldest = 0;
  if (switches_.history_days > 0)
    oldest = company().now - static_cast<Second>(switches_.history_days) * static_cast<Second>(kDaySeconds);
  const auto ids = Remembered(query, [&] {
    int64_t from = oldest, to = INT64_MAX;
    if (created && created->ranged) {
      from = std::max(from, created->from.value_or(0));
      to = created->to.value_or(INT64_MAX);
    } else if (created && created->any.size() == 1) {
      from = std::max(from, created->any[0]);  // "since"
    } else if (created && created->any.size() == 2) {
      from = std::max(from, created->any[0]);
      to = created->any[1];
    }
    const auto first = std::lower_bound(v.events.begin(), v.events.end(), from,
                                        [](const Event& event, int64_t at) { return event.at < at; });
    std::vector<bool> wanted;
    for (int type = 0; type <= static_cast<int>(EventType::kContactLinked); ++type)
      wanted.push_back(types.empty() || std::find(types.begin(), types.end(),
                                                  EventName(static_cast<EventType>(type))) != types.end());
    uint32_t field = 0;  // `custom_field_{ID}_value_changed` names one field and stands alone
    if (types.size() == 1 && types[0].starts_with("custom_field_") &&
        types[0] != "custom_field_value_changed") {
      field = static_cast<uint32_t>(std::strtoul(types[0].c_str() + 13, nullptr, 10));
      wanted[static_cast<size_t>(EventType::kFieldChanged)] = true;
    }
    std::vector<uint32_t> found;
    const json::object *before = value_filter("value_before"), *after = value_filter("value_after");
    for (auto at = first; at != v.events.end() && at->at <= to; ++at) {
      const Event& event = *at;
      if (!wanted[static_cast<size_t>(event.type)] || !shown(event)) continue;
      if (field != 0 && event.a != field) continue;
      if (switches_.lag_s > 0 && event.at + static_cast<Second>(switches_.lag_s) > company().now) continue;
      if (by && !by->Fits(ActorId(event.by))) continue;
      const bool of_task = event.type == EventType::kTaskAdded || event.type == EventType::kTaskCompleted;
      if (!entities.empty()) {
        const std::string_view name = of_task ? std::string_view("task") : Singular(event.kind);
        if (std::find(entities.begin(), entities.end(), name) == entities.end()) continue;
      }
      if (entity_id &&
          !entity_id->Fits(of_task ? PublicId(Kind::kTask, event.a) : PublicId(event.kind, event.entity)))
        continue;
      if (!value_fits(before, event, event.a) || !value_fits(after, event, event.b)) continue;
      found.push_back(static_cast<uint32_t>(at - v.events.begin()));
    }
    std::reverse(found.begin(), found.end());  // newest first
    return found;
  });
  return PageOf(query, "events", *ids, [&](uint32_t place) { return EventRow(v, v.events[place], style); });
}

Response Exchange::Links(Kind kind) {
  const Query query = Parse();
  View& v = view();
  std::vector<uint32_t> of;
  const int64_t base = PublicId(kind, 0);
  const size_t count = kind == Kind::kLead      ? v.cards.size()
                       : kind == Kind::kContact ? company().contacts.size()
                                                : company().firms.size();
  if (parts_.size() > 2) {
    of.push_back(Place(parts_[1], base, count));
  } else {
    for (const std::string& id : query.Texts("entity_id")) of.push_back(Place(id, base, count));
  }
  const auto to_types = query.Texts("to_entity_type");
  json::array rows;
  const auto add = [&](uint32_t id, std::string_view type, int64_t to, json::value metadata) {
    if (!to_types.empty() && std::find(to_types.begin(), to_types.end(), type) == to_types.end()) return;
    rows.push_back(json::object{{"entity_id", base + id},
                                {"entity_type", json::string(Plural(kind))},
                                {"to_entity_id", to},
                                {"to_entity_type", json::string(type)},
                                {"metadata", std::move(metadata)}});
  };
  Style style;
  style.origin = origin_;
  style.with = {"contacts", "catalog_elements", "leads"};
  for (const uint32_t id : of) {
    if (id == 0) continue;
    const json::object row = kind == Kind::kLead      ? LeadRow(v, id, style)
                             : kind == Kind::kContact ? ContactRow(v, id, style)
                                                      : CompanyRow(v, id, style);
    const json::object& embedded = row.at("_embedded").as_object();
    for (const char* type : {"contacts", "companies", "leads", "catalog_elements"}) {
      const json::value* list = embedded.if_contains(type);
      if (list == nullptr) continue;
      for (const json::value& one : list->as_array()) {
        json::value metadata = nullptr;
        if (const json::value* main = one.as_object().if_contains("is_main"))
          metadata = json::object{{"main_contact", *main}};
        if (const json::value* given = one.as_object().if_contains("metadata")) metadata = *given;
        const auto catalog = query.Numbers("to_catalog_id");
        if (catalog && (!metadata.is_object() || !metadata.get_object().contains("catalog_id") ||
                        !catalog->Fits(metadata.at("catalog_id").as_int64())))
          continue;
        add(id, type, one.at("id").as_int64(), std::move(metadata));
      }
    }
  }
  return Whole("links", std::move(rows));
}

}  // namespace svodka::emulator::amocrm
