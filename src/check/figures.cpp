#include "check/figures.hpp"

namespace svodka::check {
namespace {

void AddTo(Figure& figure, Semantic semantic, const std::optional<Money>& amount) {
  ++figure.count;
  if (amount) figure.amount += *amount;
  switch (semantic) {
    case Semantic::kWork:
      ++figure.open;
      break;
    case Semantic::kSuccess:
      ++figure.won;
      if (amount) figure.won_amount += *amount;
      break;
    case Semantic::kFailure:
      ++figure.lost;
      break;
  }
}

void Add(const Card& card, Day day, const std::optional<Money>& amount, Figure FigurePair::*side,
         Figures& figures) {
  FigureKey key{card.key.entity, MonthOf(day), "total", ""};
  AddTo(figures[key].*side, card.semantic, amount);
  for (const auto& [dimension, id] :
       {std::pair{"pipeline", card.pipeline}, {"stage", card.stage}, {"employee", card.owner}}) {
    key.dimension = dimension;
    key.id = id;
    AddTo(figures[key].*side, card.semantic, amount);
  }
}

}  // namespace

void AddOurs(const CopyCard& card, DayRange days, Figures& figures) {
  if (!card.alive || !card.counted.day || *card.counted.day < days.from || *card.counted.day >= days.to)
    return;
  Add(card, *card.counted.day, card.counted.amount, &FigurePair::ours, figures);
}

void AddCrm(const Card& card, DayRange days, const Rates& rates, Figures& figures) {
  if (!card.created_day || *card.created_day < days.from || *card.created_day >= days.to) return;
  Add(card, *card.created_day, Convert(card, rates), &FigurePair::crm, figures);
}

}  // namespace svodka::check
