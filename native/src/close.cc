// Closing many descriptors at once. Closing a probe waits for a grace period in the kernel (tens of milliseconds each):
// threads of our own wait side by side, more of them than libuv's pool has.
#include "close.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "call.h"

namespace {

int64_t CloseAll(const std::vector<int>& fds, size_t threads) {
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t at = next++; at < fds.size(); at = next++) close(fds[at]);
  };
  std::vector<std::thread> helpers;
  for (size_t n = 1; n < std::min(threads, fds.size()); n++) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  return static_cast<int64_t>(fds.size());
}

// closeLater(fds, threads): a promise of the number of descriptors closed
Napi::Value CloseLater(const Napi::CallbackInfo& info) {
  Napi::Array list = info[0].As<Napi::Array>();
  const size_t threads = info[1].ToNumber().Uint32Value();
  std::vector<int> fds;
  for (uint32_t at = 0; at < list.Length(); at++) fds.push_back(list.Get(at).ToNumber().Int32Value());
  return RunLater(info.Env(), [fds, threads] { return CloseAll(fds, threads); }, list);
}

}  // namespace

void ExportClose(Napi::Env env, Napi::Object exports) {
  exports.Set("closeLater", Napi::Function::New<CloseLater>(env, "closeLater"));
}
