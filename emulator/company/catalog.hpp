#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "emulator/company/model.hpp"

/// What the company has set up in its CRM: pipelines, stages, dictionaries, custom fields, products. The same
/// for every seed.
namespace svodka::emulator {

struct Pipeline {
  uint8_t category;  ///< Bitrix24's category id
  std::string_view name;
  int sort;
  bool after_sale;
};
struct Stage {
  uint8_t category;
  std::string_view id;  ///< with the category's prefix, as the portal gives it
  std::string_view name;
  int sort;
  char semantic;  ///< P, S, F
  std::string_view color;
  bool junk;     ///< a failure that speaks of the lead's quality
  bool apology;  ///< the portal's second kind of failure
};
std::span<const Pipeline> Pipelines();
/// Stages of deals, pipeline after pipeline in working order: P, then S, then F.
std::span<const Stage> DealStages();
std::span<const Stage> LeadStages();

inline constexpr uint8_t kMainSales = 0;
inline constexpr uint8_t kRepeatSales = 2;
inline constexpr uint8_t kProduction = 4;

/// The place of a stage by its id; needs a known id.
StageIndex DealStage(std::string_view id);
StageIndex LeadStage(std::string_view id);
/// First and one-past-last index of a category's stages.
struct StageRange {
  StageIndex begin, end;
};
StageRange StagesOf(uint8_t category);

struct Source {
  std::string_view id, name;
  double weight;      ///< share of incoming leads
  double quality;     ///< chance that a lead is qualified
  double deal_share;  ///< share among deals that start without a lead
};
std::span<const Source> Sources();
/// The purchased base: comes in one flood and hardly ever sells.
uint8_t PurchasedBaseSource();

/// A campaign as its tags; index 0 is "no tags".
struct Campaign {
  std::string_view source, medium, campaign, content, term;
  uint8_t lead_source;  ///< index in Sources()
};
std::span<const Campaign> Campaigns();

struct Entry {
  std::string_view id, name;
};
std::span<const Entry> DealTypes();
std::span<const Entry> ContactTypes();
std::span<const Entry> CompanyTypes();
std::span<const Entry> Industries();
std::span<const Entry> Cities();    ///< options of the field «Город»; ids are numbers
std::span<const Entry> Channels();  ///< options of «Канал сбыта»
std::span<const Entry> LossWords();  ///< options of «Причина отказа» of deals; of leads with 30 more
std::span<const Entry> Directions();  ///< options of «Направления» (several at once)

struct CurrencyEntry {
  std::string_view code, name;
  int64_t rate_minor;  ///< kopecks for one unit; two digits, so that converted whole amounts stay exact
};
std::span<const CurrencyEntry> Currencies();  ///< [0] is the base

struct Product {
  std::string_view name, category, unit;
  int64_t price_minor;
};
std::span<const Product> Products();

/// amount_minor in the base currency. Amounts in other currencies are whole units, so this is exact.
int64_t ToBase(int64_t amount_minor, uint8_t currency);

}  // namespace svodka::emulator
