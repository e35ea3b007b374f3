// One function a system call. Each returns what the kernel returned, or minus errno; the `Later` ones a promise of it.
#include "syscalls.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstring>

#include "call.h"

namespace {

// Since Linux 5.3; older headers lack the number, which is the same on every architecture.
constexpr long kPidfdOpen = 434;

// bpf(command, attr, pointers)
bool BpfCall(const Napi::CallbackInfo& info, Call* call) {
  const int command = info[0].ToNumber().Int32Value();
  size_t size = 0;
  uint8_t* attr = BytesOf(info[1], &size);
  if (attr == nullptr || !WritePointers(info.Env(), info[2].As<Napi::Array>())) return false;
  *call = [=] { return Result(syscall(SYS_bpf, command, attr, size)); };
  return true;
}

// perfEventOpen(attr, pointers, pid, cpu, flags)
bool PerfEventOpenCall(const Napi::CallbackInfo& info, Call* call) {
  size_t size = 0;
  uint8_t* attr = BytesOf(info[0], &size);
  if (attr == nullptr || !WritePointers(info.Env(), info[1].As<Napi::Array>())) return false;
  const pid_t pid = info[2].ToNumber().Int32Value();
  const int cpu = info[3].ToNumber().Int32Value();
  const uint64_t flags = info[4].ToNumber().Uint32Value();
  *call = [=] { return Result(syscall(SYS_perf_event_open, attr, pid, cpu, -1, flags)); };
  return true;
}

using Prepare = bool (*)(const Napi::CallbackInfo& info, Call* call);

template <Prepare prepare>
Napi::Value Now(const Napi::CallbackInfo& info) {
  Call call;
  return prepare(info, &call) ? RunNow(info.Env(), call) : info.Env().Undefined();
}

template <Prepare prepare>
Napi::Value Later(const Napi::CallbackInfo& info) {
  Call call;
  if (!prepare(info, &call)) return info.Env().Undefined();
  Napi::Array keep = Napi::Array::New(info.Env());
  for (size_t at = 0; at < info.Length(); at++) keep.Set(static_cast<uint32_t>(at), info[at]);
  return RunLater(info.Env(), call, keep);
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Result(close(info[0].ToNumber().Int32Value()))));
}

Napi::Value PidfdOpen(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(Result(syscall(kPidfdOpen, info[0].ToNumber().Int32Value(), 0))));
}

// Nanoseconds of a clock (clock_gettime(2)) as a bigint.
Napi::Value Clock(const Napi::CallbackInfo& info) {
  timespec now{};
  clock_gettime(info[0].ToNumber().Int32Value(), &now);
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec));
}

}  // namespace

void ExportSyscalls(Napi::Env env, Napi::Object exports) {
  exports.Set("bpf", Napi::Function::New<Now<BpfCall>>(env, "bpf"));
  exports.Set("bpfLater", Napi::Function::New<Later<BpfCall>>(env, "bpfLater"));
  exports.Set("perfEventOpen", Napi::Function::New<Now<PerfEventOpenCall>>(env, "perfEventOpen"));
  exports.Set("perfEventOpenLater", Napi::Function::New<Later<PerfEventOpenCall>>(env, "perfEventOpenLater"));
  exports.Set("close", Napi::Function::New<Close>(env, "close"));
  exports.Set("pidfdOpen", Napi::Function::New<PidfdOpen>(env, "pidfdOpen"));
  exports.Set("clock", Napi::Function::New<Clock>(env, "clock"));
}
