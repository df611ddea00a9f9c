#include <gtest/gtest.h>

#include "metrics/definitions/model.hpp"

namespace svodka::metrics {
namespace {

TEST(ShippedModel, Loads) {
  const auto model = LoadModel(std::string(SVODKA_SOURCE_DIR) + "/models");
  if (!model.ok()) {
    for (const Diagnostic& problem : model.errors()) ADD_FAILURE() << ToString(problem);
    return;
  }
  EXPECT_GT((*model)->measures.size(), 60U);
}

}  // namespace
}  // namespace svodka::metrics
