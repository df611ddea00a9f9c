#include "crm/files/entity_fields.hpp"

#include <array>

namespace svodka::crm::files {
namespace {

using F = Field;
using T = FieldType;

constexpr std::array<std::string_view, kEntityCount> kEntityNames = {
    "users", "clients",       "products",   "product_lines", "leads",
    "deals", "stage_history", "activities", "calls",         "payments"};

constexpr FieldInfo kUserFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kName, "name", T::kText, "", true},
    {F::kEmail, "email", T::kText},
    {F::kPosition, "position", T::kText},
    {F::kPhotoUrl, "photo_url", T::kText},
    {F::kActive, "active", T::kFlag},
    {F::kDepartment, "department", T::kDepartment},
};
constexpr FieldInfo kClientFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kKind, "kind", T::kChoice, "company contact"},
    {F::kName, "name", T::kText, "", true},
    {F::kCompany, "company", T::kReference, "companies"},
    {F::kClientType, "client_type", T::kDictionary, "client_type"},
    {F::kIndustry, "industry", T::kDictionary, "industry"},
    {F::kRegion, "region", T::kDictionary, "region"},
    {F::kSource, "source", T::kDictionary, "source"},
    {F::kOwner, "owner", T::kReference, "users"},
    {F::kCreator, "creator", T::kReference, "users"},
    {F::kPhone, "phone", T::kPhone},
    {F::kIsOwn, "is_own", T::kFlag},
    {F::kCreatedAt, "created_at", T::kMoment},
    {F::kModifiedAt, "modified_at", T::kMoment},
};
constexpr FieldInfo kProductFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kName, "name", T::kText, "", true},
    {F::kCategory, "category", T::kDictionary, "product_category"},
    {F::kPrice, "price", T::kMoney},
    {F::kCurrency, "currency", T::kCurrency},
};
constexpr FieldInfo kProductLineFields[] = {
    {F::kDeal, "deal", T::kReference, "deals", true},
    {F::kProduct, "product", T::kReference, "products", true},
    {F::kPrice, "price", T::kMoney},
    {F::kQuantity, "quantity", T::kNumber},
    {F::kAmount, "amount", T::kMoney},
};
constexpr FieldInfo kLeadFields[] = {
    {F::kId, "id", T::kText, "id", true},
    {F::kTitle, "title", T::kText},
    {F::kPipeline, "pipeline", T::kPipeline},
    {F::kStage, "stage", T::kStage},
    {F::kAmount, "amount", T::kMoney},
    {F::kCurrency, "currency", T::kCurrency},
    {F::kOwner, "owner", T::kReference, "users"},
    {F::kCreator, "creator", T::kReference, "users"},
    {F::kMover, "mover", T::kReference, "users"},
    {F::kCompany, "company", T::kReference, "companies"},
    {F::kContact, "contact", T::kReference, "contacts"},
    {F::kSource, "source", T::kDictionary, "source"},
    {F::kLossReason, "loss_reason", T::kDictionary, "loss_reason"},
    {F::kPhone, "phone", T::kPhone},
    {F::kUtmSource, "utm_source", T::kText},
    {F::kUtmMedium, "utm_medium", T::kText},
    {F::kUtmCampaign, "utm_campaign", T::kText},
    {F::kUtmContent, "utm_content", T::kText},
    {F::kUtmTerm, "utm_term", T::kText},
    {F::kCreatedAt, "created_at", T::kMoment},
    {F::kModifiedAt, "modified_at", T::kMoment},
    {F::kMovedAt, "moved_at", T::kMoment},
    {F::kClosedAt, "closed_at", T::kMoment},
    {F::kLastActivityAt, "last_activity_at", T::kMoment},
};
constexpr FieldInfo kDealFields[] = {
    {F::kId, "id", T::kText, "id", true},
    {F::kTitle, "title", T::kText},
    {F::kPipeline, "pipeline", T::kPipeline},
    {F::kStage, "stage", T::kStage},
    {F::kAmount, "amount", T::kMoney},
    {F::kCurrency, "currency", T::kCurrency},
    {F::kOwner, "owner", T::kReference, "users"},
    {F::kCreator, "creator", T::kReference, "users"},
    {F::kMover, "mover", T::kReference, "users"},
    {F::kLead, "lead", T::kReference, "leads"},
    {F::kCompany, "company", T::kReference, "companies"},
    {F::kContact, "contact", T::kReference, "contacts"},
    {F::kSource, "source", T::kDictionary, "source"},
    {F::kDealType, "deal_type", T::kDictionary, "deal_type"},
    {F::kLossReason, "loss_reason", T::kDictionary, "loss_reason"},
    {F::kPhone, "phone", T::kPhone},
    {F::kUtmSource, "utm_source", T::kText},
    {F::kUtmMedium, "utm_medium", T::kText},
    {F::kUtmCampaign, "utm_campaign", T::kText},
    {F::kUtmContent, "utm_content", T::kText},
    {F::kUtmTerm, "utm_term", T::kText},
    {F::kProbability, "probability", T::kInteger},
    {F::kIsReturnCustomer, "is_return_customer", T::kFlag},
    {F::kCreatedAt, "created_at", T::kMoment},
    {F::kModifiedAt, "modified_at", T::kMoment},
    {F::kMovedAt, "moved_at", T::kMoment},
    {F::kClosedAt, "closed_at", T::kMoment},
    {F::kPlannedClose, "planned_close", T::kDay},
    {F::kLastActivityAt, "last_activity_at", T::kMoment},
    {F::kProduct, "product", T::kReference, "products"},
    {F::kProductPrice, "product_price", T::kMoney},
    {F::kProductQuantity, "product_quantity", T::kNumber},
    {F::kProductAmount, "product_amount", T::kMoney},
};
constexpr FieldInfo kStageHistoryFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kDeal, "deal", T::kReference, "deals"},
    {F::kLead, "lead", T::kReference, "leads"},
    {F::kPipeline, "pipeline", T::kPipeline},
    {F::kStage, "stage", T::kStage, "", true},
    {F::kMovedAt, "moved_at", T::kMoment, "", true},
    {F::kMover, "mover", T::kReference, "users"},
};
constexpr FieldInfo kActivityFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kKind, "kind", T::kChoice, "call meeting email task message comment other", true},
    {F::kDirection, "direction", T::kChoice, "in out"},
    {F::kProvider, "provider", T::kText},
    {F::kSubject, "subject", T::kText},
    {F::kText, "text", T::kText},
    {F::kAuthor, "author", T::kReference, "users"},
    {F::kDoer, "doer", T::kReference, "users"},
    {F::kCreatedAt, "created_at", T::kMoment},
    {F::kStartsAt, "starts_at", T::kMoment},
    {F::kDeadlineAt, "deadline_at", T::kMoment},
    {F::kCompletedAt, "completed_at", T::kMoment},
    {F::kHappenedAt, "happened_at", T::kMoment},
    {F::kModifiedAt, "modified_at", T::kMoment},
    {F::kCompleted, "completed", T::kFlag},
    {F::kAutoCompleted, "auto_completed", T::kFlag},
    {F::kDuration, "duration", T::kDuration},
    {F::kMissed, "missed", T::kFlag},
    {F::kDeal, "deal", T::kReference, "deals"},
    {F::kLead, "lead", T::kReference, "leads"},
    {F::kCompany, "company", T::kReference, "companies"},
    {F::kContact, "contact", T::kReference, "contacts"},
};
constexpr FieldInfo kCallFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kActivity, "activity", T::kReference, "activities"},
    {F::kUser, "user", T::kReference, "users"},
    {F::kDirection, "direction", T::kChoice, "in out missed other"},
    {F::kPhone, "phone", T::kPhone},
    {F::kCaller, "caller", T::kText},
    {F::kCallee, "callee", T::kText},
    {F::kStartedAt, "started_at", T::kMoment, "", true},
    {F::kDuration, "duration", T::kDuration},
    {F::kResult, "result", T::kChoice, "answered missed"},
    {F::kFailedCode, "failed_code", T::kText},
    {F::kMissed, "missed", T::kFlag},
    {F::kDeal, "deal", T::kReference, "deals"},
    {F::kLead, "lead", T::kReference, "leads"},
    {F::kCompany, "company", T::kReference, "companies"},
    {F::kContact, "contact", T::kReference, "contacts"},
};
constexpr FieldInfo kPaymentFields[] = {
    {F::kId, "id", T::kText, "id"},
    {F::kDeal, "deal", T::kReference, "deals"},
    {F::kAmount, "amount", T::kMoney, "", true},
    {F::kCurrency, "currency", T::kCurrency},
    {F::kDueDay, "due_day", T::kDay},
    {F::kPaidDay, "paid_day", T::kDay},
    {F::kState, "state", T::kChoice, "planned paid cancelled"},
    {F::kComment, "comment", T::kText},
};

}  // namespace

std::string_view NameOf(Entity entity) { return kEntityNames[static_cast<size_t>(entity)]; }

std::optional<Entity> FindEntity(std::string_view name) {
  for (int i = 0; i < kEntityCount; ++i) {
    if (kEntityNames[static_cast<size_t>(i)] == name) return static_cast<Entity>(i);
  }
  return std::nullopt;
}

std::span<const FieldInfo> FieldsOf(Entity entity) {
  switch (entity) {
    case Entity::kUsers:
      return kUserFields;
    case Entity::kClients:
      return kClientFields;
    case Entity::kProducts:
      return kProductFields;
    case Entity::kProductLines:
      return kProductLineFields;
    case Entity::kLeads:
      return kLeadFields;
    case Entity::kDeals:
      return kDealFields;
    case Entity::kStageHistory:
      return kStageHistoryFields;
    case Entity::kActivities:
      return kActivityFields;
    case Entity::kCalls:
      return kCallFields;
    case Entity::kPayments:
      return kPaymentFields;
  }
  return {};
}

const FieldInfo* FindField(Entity entity, std::string_view name) {
  for (const FieldInfo& info : FieldsOf(entity)) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

}  // namespace svodka::crm::files
