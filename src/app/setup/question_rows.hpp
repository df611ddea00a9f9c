#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "app/setup/questions.hpp"

/// What the questions of the set-up assistant share: rows of the warehouse and words about them.
namespace svodka::app {

inline constexpr int64_t kEnough = 5;  ///< fewer cards prove nothing

using Rows = std::vector<std::vector<Value>>;

std::string CellText(const Value& value);  ///< "" for anything else
int64_t CellNumber(const Value& value);    ///< 0 for anything else
bool CellFlag(const Value& value);
/// True when a name holds one of the words, which are in small letters.
bool HasWord(const std::string& name, std::initializer_list<std::string_view> words);
/// "12 %", "< 1 %".
std::string Percent(int64_t part, int64_t whole);
Result<Rows> Ask(const warehouse::Warehouse& warehouse, std::string_view sql);

/// Which custom fields tell the reason of loss, the region, the line of business (field_questions.cpp): one
/// field for each kind of card or client. `kind` as in MakeQuestions.
Result<std::vector<Question>> AskMappedFields(const warehouse::Warehouse& warehouse, const std::string& kind,
                                              const Say& say);

/// Which date fields tell when the payments came that deals keep in fields, and when they are due
/// (payment_questions.cpp): a group for each amount field that is called a payment.
Result<std::vector<Question>> AskPayments(const warehouse::Warehouse& warehouse, const Say& say);

/// Which kinds of activity are meetings besides those that the CRM calls so (meeting_question.cpp).
Result<Question> AskMeetings(const warehouse::Warehouse& warehouse, const Say& say);

/// Which smart processes of Bitrix24 are copied and counted (smart_question.cpp). Nothing is suggested: they
/// are no sales.
Result<Question> AskSmartProcesses(const warehouse::Warehouse& warehouse, const Say& say);

}  // namespace svodka::app
