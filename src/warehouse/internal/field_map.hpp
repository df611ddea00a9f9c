#pragma once

#include <string>

#include "warehouse/internal/duck.hpp"
#include "warehouse/warehouse.hpp"

/// Custom fields that say what a CRM has no field of its own for (PortalSettings::fields). Mapped while the
/// star is derived, from custom_value: another mapping needs no reading of the CRM.
namespace svodka::warehouse {

/// The mapped field of a role; "" for none.
std::string FieldOf(const PortalSettings& portal, const std::string& role, const std::string& entity);

/// Fills temp.field_code (kind, entity, field_id, option_id, code, name, sort): what each option of a mapped
/// list field is in a dictionary. Options of one name are one thing, whatever entity's field has them: the
/// region of a company and that of a contact. temp.field_only (kind): dictionaries whose own entries no card
/// can have any more.
void BuildFieldCodes(Connection& connection, const PortalSettings& portal);

/// True when cards may have codes that options of mapped fields have no more: an option has another name.
bool FieldCodesMoved(Connection& connection, const PortalSettings& portal);

/// SELECT of an entity's rows (lead, deal, client, activity) as derivation reads them: those of the table,
/// mapped, with region_code and industry_code of their own for cards. Makes temp.{entity}_mapped where fields
/// are mapped. `condition`: SQL over the table's own columns, such as a scope of keys. Needs BuildFieldCodes.
std::string MappedRows(Connection& connection, const PortalSettings& portal, const std::string& entity,
                       const std::string& condition);

}  // namespace svodka::warehouse
