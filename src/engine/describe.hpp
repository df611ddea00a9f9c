#pragma once

#include "engine/dictionary.hpp"

namespace svodka::engine {

/// {"measures": [{"id","label","definition","group","type","format","direction","role","args"}],
/// "dimensions": [{"id", "label","kind","parent"}]} in the order of the model's files; custom fields of the
/// portal stand last, with "entity" and "type". `names`: whose rules the definitions tell, where not the
/// dictionary's.
json::value Describe(const metrics::Model& model, const Dictionary& dictionary, Language language,
                     const Names* names = nullptr);

/// Members for filter lists. Errors: `unknown_dimension`, `bad_request` for dimensions that have no list.
Result<std::vector<Member>> ListMembers(const metrics::Model& model, const Dictionary& dictionary,
                                        const std::string& dimension, const std::string& search, size_t limit,
                                        Language language);

}  // namespace svodka::engine
