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
/// currency key, rate as decimal text, where every currency has had one rate for all time; else no rows.
Sql RenderConstantRates();
/// First and last day on which anything was created or closed.
Sql RenderSpan();

}  // namespace svodka::metrics
