#pragma once

#include "metrics/sql/render.hpp"

/// Small statements that read what binding and labels need.
namespace svodka::metrics {

/// entity, id, title, type of the custom fields of leads and deals.
Sql RenderFields();
/// id, label of the options of an enum field.
Sql RenderFieldOptions(const FieldInfo& field);
/// The values of a field that is no enum, the most frequent first.
Sql RenderFieldValues(const FieldInfo& field, size_t limit);
/// employee key, department key: as figures count them.
Sql RenderDepartmentsOfPeople();
/// Up to so many currencies may be written as constants.
inline constexpr size_t kConstantRatesMax = 8;
/// currency key, rate as decimal text, whether it is the rate of all time: one row more than
/// kConstantRatesMax at most.
Sql RenderConstantRates();
/// Key of a currency with a rate on every day; no row: there is none.
Sql RenderRatedCurrency(const std::string& currency);
/// First and last day on which anything was created or closed.
Sql RenderSpan();

}  // namespace svodka::metrics
