#include "app/local_client.hpp"

#include <filesystem>
#include <memory>

#include <curl/curl.h>

namespace svodka::app {
namespace {

struct Reading {
  Output& output;
  std::stop_token stop;
  std::string rest;
  std::optional<int> exit;
  std::string refused;  ///< an answer that is no line of ours
};

size_t Take(char* bytes, size_t size, size_t count, void* context) {
  auto& reading = *static_cast<Reading*>(context);
  reading.rest.append(bytes, size * count);
  for (size_t end = 0; (end = reading.rest.find('\n')) != std::string::npos; reading.rest.erase(0, end + 1)) {
    const auto line = ParseJson(std::string_view(reading.rest).substr(0, end));
    if (!line.ok() || !line->is_object()) {
      reading.refused = reading.rest;
      return 0;
    }
    if (const auto code = Relay(line->get_object(), reading.output)) reading.exit = code;
  }
  return size * count;
}

int Cancelled(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Reading*>(context)->stop.stop_requested() ? 1 : 0;
}

}  // namespace

Result<std::optional<int>> RunThroughSocket(const std::string& socket, const json::object& command,
                                            Output& output, std::stop_token stop) {
  std::error_code error;
  if (!std::filesystem::exists(socket, error)) return std::optional<int>();
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) throw std::bad_alloc();
  const std::string body = json::serialize(command);
  Reading reading{output, std::move(stop), {}, {}, {}};
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
  headers.reset(curl_slist_append(headers.release(), "Expect:"));
  curl_easy_setopt(handle.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_URL, "http://svodka/api/v1/local/command");
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &Take);
  curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &reading);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, &Cancelled);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &reading);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code == CURLE_COULDNT_CONNECT) return std::optional<int>();  // stale: its process has ended
  if (reading.exit) return reading.exit;
  if (code == CURLE_ABORTED_BY_CALLBACK) return Diagnostic{"cancelled", "stopped", "", {}};
  return Diagnostic{
      "local_failed",
      "the server that holds the data folder broke off; look into its log and repeat the command" +
          (code == CURLE_OK ? std::string() : ": " + std::string(curl_easy_strerror(code))),
      socket,
      {}};
}

}  // namespace svodka::app
