#include "call.h"

#include <cerrno>
#include <cstring>
#include <utility>

int64_t Result(int64_t returned) {
  return returned < 0 ? -static_cast<int64_t>(errno) : returned;
}

Napi::Value RunNow(Napi::Env env, const Call& call) {
  return Napi::Number::New(env, static_cast<double>(call()));
}

namespace {

class CallWorker : public Napi::AsyncWorker {
 public:
  CallWorker(Napi::Env env, Call call, Napi::Object keep)
      : Napi::AsyncWorker(env, "btfly"), call_(std::move(call)), keep_(Napi::Persistent(keep)), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise Promise() { return deferred_.Promise(); }

 protected:
  void Execute() override { result_ = call_(); }
  void OnOK() override { deferred_.Resolve(Napi::Number::New(Env(), static_cast<double>(result_))); }

 private:
  Call call_;
  Napi::ObjectReference keep_;
  Napi::Promise::Deferred deferred_;
  int64_t result_ = 0;
};

}  // namespace

Napi::Value RunLater(Napi::Env env, Call call, Napi::Object keep) {
  auto* worker = new CallWorker(env, std::move(call), keep);
  Napi::Promise promise = worker->Promise();
  worker->Queue();
  return promise;
}

uint8_t* BytesOf(Napi::Value value, size_t* length) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    Napi::TypeError::New(value.Env(), "a Uint8Array is wanted").ThrowAsJavaScriptException();
    return nullptr;
  }
  auto array = value.As<Napi::Uint8Array>();
  *length = array.ByteLength();
  return array.Data();
}

bool WritePointers(Napi::Env env, Napi::Array pointers) {
  for (uint32_t at = 0; at + 2 < pointers.Length(); at += 3) {
    size_t holder_length = 0;
    size_t target_length = 0;
    uint8_t* holder = BytesOf(pointers.Get(at), &holder_length);
    uint8_t* target = env.IsExceptionPending() ? nullptr : BytesOf(pointers.Get(at + 2), &target_length);
    if (env.IsExceptionPending()) return false;
    const size_t offset = pointers.Get(at + 1).ToNumber().Uint32Value();
    const uint64_t address = reinterpret_cast<uintptr_t>(target);
    if (offset + sizeof address > holder_length) {
      Napi::RangeError::New(env, "pointer past the end of its holder").ThrowAsJavaScriptException();
      return false;
    }
    std::memcpy(holder + offset, &address, sizeof address);
  }
  return true;
}
