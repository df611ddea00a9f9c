#pragma once

#include <optional>
#include <span>
#include <string_view>

/// What a file of each kind may hold: the one list of fields that the mapping checker, the import, the
/// suggestion and docs/import.md speak of.
namespace svodka::crm::files {

/// In the order of loading: what others refer to goes first.
enum class Entity {
  kUsers,
  kClients,
  kProducts,
  kProductLines,
  kLeads,
  kDeals,
  kStageHistory,
  kActivities,
  kCalls,
  kPayments
};
inline constexpr int kEntityCount = 10;

/// `users`, `clients`, `products`, `product_lines`, `leads`, `deals`, `stage_history`, `activities`, `calls`,
/// `payments`.
std::string_view NameOf(Entity entity);
std::optional<Entity> FindEntity(std::string_view name);

/// What a reference may mean.
enum class Target { kUsers, kCompanies, kContacts, kProducts, kDeals, kLeads, kActivities };
inline constexpr int kTargetCount = 7;
std::string_view NameOf(Target target);
/// Of a reference field's `detail`.
Target TargetOf(std::string_view detail);

enum class Field {
  kId,
  kName,
  kTitle,
  kKind,
  kPipeline,
  kStage,
  kAmount,
  kCurrency,
  kOwner,
  kCreator,
  kMover,
  kLead,
  kDeal,
  kCompany,
  kContact,
  kSource,
  kDealType,
  kLossReason,
  kClientType,
  kIndustry,
  kRegion,
  kPhone,
  kEmail,
  kPosition,
  kPhotoUrl,
  kActive,
  kDepartment,
  kIsOwn,
  kUtmSource,
  kUtmMedium,
  kUtmCampaign,
  kUtmContent,
  kUtmTerm,
  kProbability,
  kIsReturnCustomer,
  kCreatedAt,
  kModifiedAt,
  kMovedAt,
  kClosedAt,
  kLastActivityAt,
  kPlannedClose,
  kProduct,
  kProductPrice,
  kProductQuantity,
  kProductAmount,
  kCategory,
  kPrice,
  kQuantity,
  kDirection,
  kProvider,
  kSubject,
  kText,
  kAuthor,
  kDoer,
  kStartsAt,
  kDeadlineAt,
  kCompletedAt,
  kHappenedAt,
  kCompleted,
  kAutoCompleted,
  kDuration,
  kMissed,
  kUser,
  kActivity,
  kCaller,
  kCallee,
  kResult,
  kFailedCode,
  kStartedAt,
  kDueDay,
  kPaidDay,
  kState,
  kComment,
};
inline constexpr int kFieldCount = static_cast<int>(Field::kComment) + 1;

enum class FieldType {
  kText,  ///< `detail` "id": of the row itself
  kMoney,
  kMoment,
  kDay,
  kFlag,
  kInteger,
  kNumber,
  kDuration,
  kCurrency,
  kPhone,
  kChoice,      ///< one of `detail`, separated by blanks
  kReference,   ///< to a row of another entity; `detail`: users, companies, contacts, products, deals, leads,
                ///< activities
  kDictionary,  ///< a value of the dictionary `detail`; unseen values are added to it
  kPipeline,
  kStage,
  kDepartment,  ///< `tree:` of columns, outermost first
};

struct FieldInfo {
  Field field;
  std::string_view name;
  FieldType type;
  std::string_view detail = "";
  bool required = false;
};

/// Fields of a file of this entity, the required ones marked.
std::span<const FieldInfo> FieldsOf(Entity entity);
const FieldInfo* FindField(Entity entity, std::string_view name);

}  // namespace svodka::crm::files
