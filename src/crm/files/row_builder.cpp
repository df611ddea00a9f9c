#include "crm/files/row_builder.hpp"

#include <algorithm>
#include <cstdio>

#include "crm/files/call_sides.hpp"
#include "crm/files/encoding.hpp"

namespace svodka::crm::files {
namespace {

using Outcome = RowBuilder::Outcome;

/// `place` of both: the field at fault.
Diagnostic MissingId(std::string_view what) {
  return {"missing_value",
          "the row has no " + std::string(what) + ", which it cannot do without",
          std::string(what),
          {}};
}

Diagnostic DuplicateId(const std::string& id) {
  return {"duplicate_id",
          "another row of the import has the same id and other contents: \"" + Shortened(id, 100) + "\"",
          "id",
          {}};
}

std::string PortalTitle(const Mapping& mapping) {
  return mapping.portal_name.empty() ? "Sales" : mapping.portal_name;
}

}  // namespace

std::string RowValues::TextOr(Field field, std::string_view otherwise) const {
  const auto* text = std::get_if<std::string>(&values_[static_cast<size_t>(field)]);
  return text == nullptr ? std::string(otherwise) : *text;
}

Text RowValues::FindText(Field field) const { return Find<std::string>(field); }
When RowValues::FindMoment(Field field) const { return Find<Instant>(field); }

std::optional<int> RowValues::FindInteger(Field field) const {
  const auto value = Find<int64_t>(field);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

RowBuilder::RowBuilder(const Mapping& mapping)
    : mapping_(mapping),
      deal_pipelines_("deal", mapping.deal_pipelines, PortalTitle(mapping)),
      lead_pipelines_("lead", mapping.lead_pipelines, "Leads") {}

Text RowBuilder::Refer(const FileSpec& file, const RowValues& values, Field field, std::string_view detail) {
  const auto text = values.FindText(field);
  if (!text) return std::nullopt;
  const FieldSpec* spec = file.Find(field);
  const MatchBy match = spec == nullptr ? MatchBy::kId : spec->source.match;
  const Target target = TargetOf(detail);
  auto resolved = directory_.Resolve(target, *text, match);
  if (resolved.dangling) on_dangling_(field, target, *text);
  if (resolved.dangling && match == MatchBy::kPhone)
    return std::nullopt;  // a number is no id; it stays in `phone`
  return std::move(resolved.id);
}

Text RowBuilder::Meet(const RowValues& values, Field field, std::string_view kind) {
  auto text = values.FindText(field);
  if (text) dictionary_.Meet(kind, *text);
  return text;
}

Text RowBuilder::CurrencyOf(const RowValues& values) {
  std::string code = values.TextOr(Field::kCurrency, mapping_.currency);
  currencies_.insert(code);
  return code;
}

Result<std::optional<std::string>> RowBuilder::IdOr(const FileSpec& file, const SourceRow& row) {
  const std::string entity(NameOf(file.entity));
  if (auto id = row.values.FindText(Field::kId)) {
    const auto [at, fresh] = own_ids_.try_emplace(entity + ":" + *id, row.fingerprint);
    if (fresh) return id;
    if (at->second != row.fingerprint) return DuplicateId(*id);
    return std::optional<std::string>();
  }
  char hex[24];
  std::snprintf(hex, sizeof hex, "row:%016llx", static_cast<unsigned long long>(row.fingerprint));
  MadeId& made = made_ids_[entity + ":" + hex];
  if (made.file != row.file) made.file = row.file, made.in_file = 0;
  ++made.in_file;
  if (made.in_file <= made.taken) return std::optional<std::string>();
  // A card enters a stage at one moment once; calls and payments that are equal may well be two.
  if (file.entity == Entity::kStageHistory && made.taken > 0) return std::optional<std::string>();
  made.taken = made.in_file;
  if (made.taken == 1) return std::optional<std::string>(hex);
  ++equal_rows_;
  return std::optional<std::string>(std::string(hex) + "-" + std::to_string(made.taken));
}

Result<Outcome> RowBuilder::Build(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  switch (file.entity) {
    case Entity::kUsers:
      return BuildUser(row, batch);
    case Entity::kClients:
      return BuildClient(file, row, batch);
    case Entity::kProducts:
      return BuildProduct(row, batch);
    case Entity::kProductLines:
      return BuildProductLine(file, row);
    case Entity::kLeads:
      return BuildLead(file, row, batch);
    case Entity::kDeals:
      return BuildDeal(file, row, batch);
    case Entity::kStageHistory:
      return BuildStageEvent(file, row, batch);
    case Entity::kActivities:
      return BuildActivity(file, row, batch);
    case Entity::kCalls:
      return BuildCall(file, row, batch);
    case Entity::kPayments:
      return BuildPayment(file, row, batch);
  }
  throw InvariantError("entity");
}

Result<Outcome> RowBuilder::BuildUser(SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  UserRow user;
  user.name = values.TextOr(Field::kName);
  if (user.name.empty()) return MissingId("name");
  user.id =
      values.Has(Field::kId) ? values.TextOr(Field::kId) : directory_.IdOfName(Target::kUsers, user.name);
  user.email = values.FindText(Field::kEmail);
  user.position = values.FindText(Field::kPosition);
  user.photo_url = values.FindText(Field::kPhotoUrl);
  user.active = values.Find<bool>(Field::kActive).value_or(true);
  const auto added = directory_.Add(Target::kUsers, user.id, user.name, "", row.fingerprint);
  if (added == Directory::Added::kSame) return Outcome::kRepeated;
  if (added == Directory::Added::kConflict) return DuplicateId(user.id);
  std::string path;
  for (const std::string& name : row.departments) {
    DepartmentRow department;
    if (!path.empty()) department.parent_id = path;
    path += (path.empty() ? "" : " / ") + name;
    department.id = path;
    department.name = name;
    departments_.try_emplace(path, std::move(department));
  }
  if (!path.empty()) user.department_ids.push_back(path);
  batch.users.push_back(std::move(user));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildClient(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  ClientRow client;
  client.kind = values.TextOr(Field::kKind, "company");
  client.name = values.TextOr(Field::kName);
  if (client.name.empty()) return MissingId("name");
  const Target target = client.kind == "company" ? Target::kCompanies : Target::kContacts;
  const std::string bare =
      values.Has(Field::kId) ? values.TextOr(Field::kId) : directory_.IdOfName(target, client.name);
  client.id = client.kind + ":" + bare;
  client.phone = values.FindText(Field::kPhone);
  const auto added = directory_.Add(target, bare, client.name, client.phone.value_or(""), row.fingerprint);
  if (added == Directory::Added::kSame) return Outcome::kRepeated;
  if (added == Directory::Added::kConflict) return DuplicateId(bare);
  if (auto company = Refer(file, values, Field::kCompany, "companies"))
    client.company_id = "company:" + *company;
  client.client_type_id = Meet(values, Field::kClientType, "client_type");
  client.industry_id = Meet(values, Field::kIndustry, "industry");
  client.region_id = Meet(values, Field::kRegion, "region");
  client.source_id = Meet(values, Field::kSource, "source");
  client.owner_id = Refer(file, values, Field::kOwner, "users");
  client.creator_id = Refer(file, values, Field::kCreator, "users");
  client.is_own = values.Find<bool>(Field::kIsOwn).value_or(false);
  client.created_at = values.FindMoment(Field::kCreatedAt);
  client.modified_at = values.FindMoment(Field::kModifiedAt);
  client.custom = std::move(row.custom);
  batch.clients.push_back(std::move(client));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildProduct(SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  ProductRow product;
  product.name = values.TextOr(Field::kName);
  if (product.name.empty()) return MissingId("name");
  product.id = values.TextOr(Field::kId, product.name);
  const auto added = directory_.Add(Target::kProducts, product.id, product.name, "", row.fingerprint);
  if (added == Directory::Added::kSame) return Outcome::kRepeated;
  if (added == Directory::Added::kConflict) return DuplicateId(product.id);
  product.category_id = Meet(values, Field::kCategory, "product_category");
  product.price = values.Find<Money>(Field::kPrice);
  if (product.price) product.currency = CurrencyOf(values);
  batch.products.push_back(std::move(product));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildProductLine(const FileSpec& file, SourceRow& row) {
  const RowValues& values = row.values;
  const auto deal = values.FindText(Field::kDeal);
  const auto name = values.FindText(Field::kProduct);
  if (!deal) return MissingId("deal");
  if (!name) return MissingId("product");
  ProductLine line;
  line.product_id = Refer(file, values, Field::kProduct, "products");
  line.name = name;
  line.price = values.Find<Money>(Field::kPrice);
  line.quantity = values.Find<double>(Field::kQuantity);
  line.amount = values.Find<Money>(Field::kAmount);
  lines_of_deal_[*deal].push_back({std::move(line), row.file, row.line});
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildLead(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  LeadRow lead;
  lead.id = values.TextOr(Field::kId);
  if (lead.id.empty()) return MissingId("id");
  const auto added = directory_.Add(Target::kLeads, lead.id, "", "", row.fingerprint);
  if (added == Directory::Added::kSame) return Outcome::kRepeated;
  if (added == Directory::Added::kConflict) return DuplicateId(lead.id);
  lead.title = values.FindText(Field::kTitle);
  const auto place = lead_pipelines_.Resolve(values.TextOr(Field::kPipeline), values.TextOr(Field::kStage));
  lead.pipeline_id = place.pipeline_id;
  lead.stage_id = place.stage_id;
  lead.amount = values.Find<Money>(Field::kAmount);
  lead.currency = CurrencyOf(values);
  lead.owner_id = Refer(file, values, Field::kOwner, "users");
  lead.creator_id = Refer(file, values, Field::kCreator, "users");
  lead.mover_id = Refer(file, values, Field::kMover, "users");
  lead.company_id = Refer(file, values, Field::kCompany, "companies");
  lead.contact_id = Refer(file, values, Field::kContact, "contacts");
  lead.source_id = Meet(values, Field::kSource, "source");
  lead.loss_reason_id = Meet(values, Field::kLossReason, "loss_reason");
  lead.phone = values.FindText(Field::kPhone);
  lead.utm = {values.FindText(Field::kUtmSource), values.FindText(Field::kUtmMedium),
              values.FindText(Field::kUtmCampaign), values.FindText(Field::kUtmContent),
              values.FindText(Field::kUtmTerm)};
  lead.created_at = values.FindMoment(Field::kCreatedAt);
  lead.modified_at = values.FindMoment(Field::kModifiedAt);
  lead.moved_at = values.FindMoment(Field::kMovedAt);
  lead.closed_at = values.FindMoment(Field::kClosedAt);
  lead.last_activity_at = values.FindMoment(Field::kLastActivityAt);
  lead.custom = std::move(row.custom);
  AddStageDates("lead", lead.id, place, lead_pipelines_, row, batch);
  batch.leads.push_back(std::move(lead));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildDeal(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  DealRow deal;
  deal.id = values.TextOr(Field::kId);
  if (deal.id.empty()) return MissingId("id");
  if (row.continues && !batch.deals.empty() && batch.deals.back().id == deal.id)
    return AddLine(file, values, batch.deals.back());
  const auto added = directory_.Add(Target::kDeals, deal.id, "", "", row.fingerprint);
  if (added == Directory::Added::kSame) return Outcome::kRepeated;
  if (added == Directory::Added::kConflict) return DuplicateId(deal.id);
  deal.title = values.FindText(Field::kTitle);
  const auto place = deal_pipelines_.Resolve(values.TextOr(Field::kPipeline), values.TextOr(Field::kStage));
  deal.pipeline_id = place.pipeline_id;
  deal.stage_id = place.stage_id;
  deal.amount = values.Find<Money>(Field::kAmount);
  deal.currency = CurrencyOf(values);
  deal.owner_id = Refer(file, values, Field::kOwner, "users");
  deal.creator_id = Refer(file, values, Field::kCreator, "users");
  deal.mover_id = Refer(file, values, Field::kMover, "users");
  deal.lead_id = Refer(file, values, Field::kLead, "leads");
  deal.company_id = Refer(file, values, Field::kCompany, "companies");
  deal.contact_id = Refer(file, values, Field::kContact, "contacts");
  if (deal.contact_id) deal.clients.push_back({"contact:" + *deal.contact_id, true});
  deal.source_id = Meet(values, Field::kSource, "source");
  deal.deal_type_id = Meet(values, Field::kDealType, "deal_type");
  deal.loss_reason_id = Meet(values, Field::kLossReason, "loss_reason");
  deal.phone = values.FindText(Field::kPhone);
  deal.utm = {values.FindText(Field::kUtmSource), values.FindText(Field::kUtmMedium),
              values.FindText(Field::kUtmCampaign), values.FindText(Field::kUtmContent),
              values.FindText(Field::kUtmTerm)};
  deal.probability = values.FindInteger(Field::kProbability);
  deal.is_return_customer = values.Find<bool>(Field::kIsReturnCustomer);
  deal.created_at = values.FindMoment(Field::kCreatedAt);
  deal.modified_at = values.FindMoment(Field::kModifiedAt);
  deal.moved_at = values.FindMoment(Field::kMovedAt);
  deal.closed_at = values.FindMoment(Field::kClosedAt);
  deal.last_activity_at = values.FindMoment(Field::kLastActivityAt);
  deal.planned_close = values.Find<Day>(Field::kPlannedClose);
  if (const auto name = values.FindText(Field::kProduct)) {
    ProductLine line;
    line.product_id = Refer(file, values, Field::kProduct, "products");
    line.name = name;
    line.price = values.Find<Money>(Field::kProductPrice);
    line.quantity = values.Find<double>(Field::kProductQuantity);
    line.amount = values.Has(Field::kProductAmount) ? values.Find<Money>(Field::kProductAmount) : deal.amount;
    deal.products.push_back(std::move(line));
  }
  const auto lines = lines_of_deal_.find(deal.id);
  if (lines != lines_of_deal_.end()) {
    for (PendingLine& pending : lines->second) deal.products.push_back(std::move(pending.line));
    lines_of_deal_.erase(lines);
  }
  deal.custom = std::move(row.custom);
  AddStageDates("deal", deal.id, place, deal_pipelines_, row, batch);
  batch.deals.push_back(std::move(deal));
  return Outcome::kTaken;
}

/// One more product of the deal of the row before. What the first row took for its line's amount was the
/// deal's.
Outcome RowBuilder::AddLine(const FileSpec& file, const RowValues& values, DealRow& deal) {
  const bool own_amounts = file.Find(Field::kProductAmount) != nullptr;
  if (!own_amounts && !deal.products.empty()) deal.products.front().amount.reset();
  ProductLine line;
  line.product_id = Refer(file, values, Field::kProduct, "products");
  line.name = values.FindText(Field::kProduct);
  line.price = values.Find<Money>(Field::kProductPrice);
  line.quantity = values.Find<double>(Field::kProductQuantity);
  line.amount = values.Find<Money>(Field::kProductAmount);
  deal.products.push_back(std::move(line));
  return Outcome::kJoined;
}

/// A dated column per stage is a small history. A final stage counts only for a card that stands in it: one
/// date column serves "won" and "lost" alike.
void RowBuilder::AddStageDates(const std::string& entity, const std::string& card_id,
                               const PipelineBook::Place& place, PipelineBook& book, const SourceRow& row,
                               SourceBatch& batch) {
  if (row.has_stage_dates) file_rows_.histories.push_back({entity, card_id, true});
  for (const auto& [stage, moment] : row.stage_dates) {
    const auto entered = book.Resolve(place.pipeline_id, stage);
    if (entered.semantic != 'P' && entered.stage_id != place.stage_id) continue;
    StageEventRow event;
    event.entity = entity;
    event.card_id = card_id;
    char ordinal[16];
    std::snprintf(ordinal, sizeof ordinal, "%03d", entered.ordinal);
    event.id = card_id + "/" + ordinal + "/" + entered.stage_id.value_or("");
    event.kind = entered.semantic == 'P' ? 2 : 3;
    event.pipeline_id = entered.pipeline_id;
    event.stage_id = entered.stage_id.value_or("");
    event.moved_at = moment;
    batch.stage_events.push_back(std::move(event));
  }
}

Result<Outcome> RowBuilder::BuildStageEvent(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  const bool of_lead = file.Find(Field::kLead) != nullptr;
  StageEventRow event;
  event.entity = of_lead ? "lead" : "deal";
  const auto card =
      of_lead ? Refer(file, values, Field::kLead, "leads") : Refer(file, values, Field::kDeal, "deals");
  const auto moved = values.FindMoment(Field::kMovedAt);
  if (!card) return MissingId(event.entity);
  if (!moved) return MissingId("moved_at");
  if (!values.Has(Field::kStage)) return MissingId("stage");
  event.card_id = *card;
  auto id = IdOr(file, row);
  if (!id.ok()) return id.errors();
  if (!*id) return Outcome::kRepeated;
  event.id = std::move(**id);
  if (!file.adds && whole_.emplace(event.entity, event.card_id).second)
    file_rows_.histories.push_back({event.entity, event.card_id, false});
  auto& book = of_lead ? lead_pipelines_ : deal_pipelines_;
  const auto place = book.Resolve(values.TextOr(Field::kPipeline), values.TextOr(Field::kStage));
  event.pipeline_id = place.pipeline_id;
  event.stage_id = place.stage_id.value_or("");
  event.kind = place.semantic == 'P' ? 2 : 3;
  event.moved_at = *moved;
  event.mover_id = Refer(file, values, Field::kMover, "users");
  batch.stage_events.push_back(std::move(event));
  return Outcome::kTaken;
}

void RowBuilder::Bind(const FileSpec& file, const RowValues& values, std::vector<Binding>& bindings) {
  if (auto id = Refer(file, values, Field::kDeal, "deals")) bindings.push_back({"deal", *id});
  if (auto id = Refer(file, values, Field::kLead, "leads")) bindings.push_back({"lead", *id});
  if (auto id = Refer(file, values, Field::kCompany, "companies")) bindings.push_back({"company", *id});
  if (auto id = Refer(file, values, Field::kContact, "contacts")) bindings.push_back({"contact", *id});
}

Result<Outcome> RowBuilder::BuildActivity(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  ActivityRow activity;
  activity.kind = values.TextOr(Field::kKind);
  if (activity.kind.empty()) return MissingId("kind");
  auto id = IdOr(file, row);
  if (!id.ok()) return id.errors();
  if (!*id) return Outcome::kRepeated;
  activity.id = std::move(**id);
  directory_.Add(Target::kActivities, activity.id, "", "", row.fingerprint);
  activity.direction = values.FindText(Field::kDirection);
  activity.provider = values.FindText(Field::kProvider);
  activity.subject = values.FindText(Field::kSubject);
  activity.text = values.FindText(Field::kText);
  activity.author_id = Refer(file, values, Field::kAuthor, "users");
  activity.doer_id = Refer(file, values, Field::kDoer, "users");
  activity.created_at = values.FindMoment(Field::kCreatedAt);
  activity.starts_at = values.FindMoment(Field::kStartsAt);
  activity.deadline_at = values.FindMoment(Field::kDeadlineAt);
  activity.completed_at = values.FindMoment(Field::kCompletedAt);
  activity.happened_at = values.FindMoment(Field::kHappenedAt);
  activity.modified_at = values.FindMoment(Field::kModifiedAt);
  activity.completed = values.Find<bool>(Field::kCompleted)
                           .value_or(activity.completed_at.has_value() || activity.happened_at.has_value());
  if (activity.completed && !activity.happened_at) {
    activity.happened_at = activity.completed_at ? activity.completed_at : activity.starts_at;
  }
  activity.auto_completed = values.Find<bool>(Field::kAutoCompleted).value_or(false);
  activity.duration_s = values.FindInteger(Field::kDuration);
  activity.missed = values.Find<bool>(Field::kMissed);
  Bind(file, values, activity.bindings);
  batch.activities.push_back(std::move(activity));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildCall(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  const std::string direction = values.TextOr(Field::kDirection);
  if (direction == "other") return Outcome::kLeft;
  CallRow call;
  call.started_at = values.FindMoment(Field::kStartedAt);
  if (!call.started_at) return MissingId("started_at");
  call.direction = values.FindText(Field::kDirection);
  if (direction == "missed") call.direction = "in";
  call.phone = values.FindText(Field::kPhone);
  call.own = values.FindText(Field::kUser);
  if (file.Find(Field::kCaller) != nullptr || file.Find(Field::kCallee) != nullptr) {
    CallSides sides = ReadSides(values.FindText(Field::kCaller), values.FindText(Field::kCallee),
                                call.direction, own_numbers_);
    if (sides.between_us) return Outcome::kLeft;
    if (!sides.direction)
      return Diagnostic{
          "whose_number",
          "neither number is known as ours: name one of them in `aliases:` (number: employee, or "
          "number: \"\" for a common line), or give the column of the direction",
          "caller",
          {}};
    call.direction = std::move(sides.direction);
    if (!call.phone) call.phone = std::move(sides.phone);
    if (!call.own) call.own = std::move(sides.own);
  }
  auto id = IdOr(file, row);
  if (!id.ok()) return id.errors();
  if (!*id) return Outcome::kRepeated;
  call.id = std::move(**id);
  call.failed_code = values.FindText(Field::kFailedCode);
  call.duration_s = values.FindInteger(Field::kDuration);
  call.missed = values.Find<bool>(Field::kMissed);
  // Only who was called may miss a call.
  const bool incoming = call.direction == "in";
  if (direction == "missed") call.missed = true;
  if (!call.missed && values.Has(Field::kResult))
    call.missed = incoming && values.TextOr(Field::kResult) == "missed";
  if (call_list_) {
    if (!call.missed && incoming && call.duration_s) call.missed = *call.duration_s == 0;
    batch.calls.push_back(std::move(call));
    return Outcome::kTaken;
  }
  call.activity_id = Refer(file, values, Field::kActivity, "activities");
  call.user_id = Refer(file, values, Field::kUser, "users");
  if (!call.user_id && call.own)
    call.user_id = directory_.Resolve(Target::kUsers, *call.own, MatchBy::kName).id;
  std::vector<Binding> bindings;
  Bind(file, values, bindings);
  if (!bindings.empty()) {
    call.entity = bindings.front().entity;
    call.card_id = bindings.front().card_id;
  }
  if (!call.activity_id) {
    // People's measures count activities: a call of a list is one, and they know each other by id.
    ActivityRow activity;
    activity.id = "call:" + call.id;
    activity.kind = "call";
    activity.direction = call.direction;
    activity.provider = "file";
    activity.author_id = call.user_id;
    activity.doer_id = call.user_id;
    activity.created_at = activity.happened_at = activity.completed_at = call.started_at;
    activity.completed = true;
    activity.duration_s = call.duration_s;
    activity.missed = call.missed;
    activity.bindings = std::move(bindings);
    call.activity_id = activity.id;
    batch.activities.push_back(std::move(activity));
  }
  batch.calls.push_back(std::move(call));
  return Outcome::kTaken;
}

Result<Outcome> RowBuilder::BuildPayment(const FileSpec& file, SourceRow& row, SourceBatch& batch) {
  const RowValues& values = row.values;
  PaymentRow payment;
  payment.amount = values.Find<Money>(Field::kAmount);
  if (!payment.amount) return MissingId("amount");
  auto id = IdOr(file, row);
  if (!id.ok()) return id.errors();
  if (!*id) return Outcome::kRepeated;
  payment.id = std::move(**id);
  payment.deal_id = Refer(file, values, Field::kDeal, "deals");
  payment.currency = CurrencyOf(values);
  payment.due_day = values.Find<Day>(Field::kDueDay);
  payment.paid_day = values.Find<Day>(Field::kPaidDay);
  payment.state = values.TextOr(Field::kState, payment.paid_day ? "paid" : "planned");
  payment.comment = values.FindText(Field::kComment);
  batch.payments.push_back(std::move(payment));
  return Outcome::kTaken;
}

void RowBuilder::Finish(SourceBatch& batch) {
  for (auto& [id, department] : departments_) batch.departments.push_back(department);
  if (deal_pipelines_.used()) deal_pipelines_.Emit(batch);
  if (lead_pipelines_.used()) lead_pipelines_.Emit(batch);
  dictionary_.Emit(batch);
  batch.rates = mapping_.rates;
  for (std::string& name : directory_.TakeMade(Target::kUsers)) {
    UserRow user;
    user.id = user.name = std::move(name);
    batch.users.push_back(std::move(user));
  }
  for (const Target target : {Target::kCompanies, Target::kContacts}) {
    const std::string kind = target == Target::kCompanies ? "company" : "contact";
    for (std::string& name : directory_.TakeMade(target)) {
      ClientRow client;
      client.kind = kind;
      client.id = kind + ":" + name;
      client.name = std::move(name);
      batch.clients.push_back(std::move(client));
    }
  }
  for (std::string& name : directory_.TakeMade(Target::kProducts)) {
    ProductRow product;
    product.id = product.name = std::move(name);
    batch.products.push_back(std::move(product));
  }
}

void RowBuilder::Note(Diagnostics& notes) const {
  deal_pipelines_.Note(notes, mapping_.name);
  lead_pipelines_.Note(notes, mapping_.name);
  for (const std::string& code : currencies_) {
    const bool rated = std::any_of(mapping_.rates.begin(), mapping_.rates.end(),
                                   [&](const CurrencyRateRow& rate) { return rate.currency == code; });
    if (code == mapping_.currency || rated) continue;
    notes.push_back(
        {"no_rate",
         "amounts in " + code + " and no rate to " + mapping_.currency + "; give `rates:` in the mapping",
         mapping_.name,
         {}});
  }
}

void RowBuilder::TakeLinesOfKnownDeals(FileRows& rows) {
  for (auto at = lines_of_deal_.begin(); at != lines_of_deal_.end();) {
    if (!directory_.KnowsAny(Target::kDeals) || !directory_.Knows(Target::kDeals, at->first)) {
      ++at;
      continue;
    }
    FileRows::Lines& lines = rows.lines.emplace_back();
    lines.deal_id = at->first;
    for (PendingLine& pending : at->second) lines.lines.push_back(std::move(pending.line));
    at = lines_of_deal_.erase(at);
  }
  std::sort(rows.lines.begin(), rows.lines.end(),
            [](const FileRows::Lines& a, const FileRows::Lines& b) { return a.deal_id < b.deal_id; });
}

std::vector<RowBuilder::HomelessLine> RowBuilder::FindHomelessLines() const {
  std::vector<HomelessLine> homeless;
  for (const auto& [deal, lines] : lines_of_deal_) {
    for (const PendingLine& line : lines) homeless.push_back({deal, line.file, line.at});
  }
  std::sort(homeless.begin(), homeless.end(), [](const HomelessLine& a, const HomelessLine& b) {
    return std::pair(a.file, a.line) < std::pair(b.file, b.line);
  });
  return homeless;
}

}  // namespace svodka::crm::files
