// A BPF ring buffer (BPF_MAP_TYPE_RINGBUF), mapped: whole batches of records go to JavaScript as one copy.
#pragma once

#include <napi.h>

#include <memory>

#include "watch.h"

// new Ring(mapFd, dataSize, batchSize, callback)
//   start(), stop()  whether the event loop polls for records; the callback is given one batch a turn
//   read()           one batch now, undefined when there is none
//   close()          unmaps; idempotent
// A batch is an ArrayBuffer with the bytes of consecutive records as they lie in the ring: header, payload, padding to 8.
class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static void Export(Napi::Env env, Napi::Object exports);
  explicit Ring(const Napi::CallbackInfo& info);
  ~Ring() override;

 private:
  Napi::Value Start(const Napi::CallbackInfo& info);
  Napi::Value Stop(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  void Readable();
  Napi::Value TakeBatch(Napi::Env env);
  void Unmap();

  size_t data_size_;
  size_t batch_size_;
  size_t page_size_;
  void* consumer_ = nullptr;
  void* producer_ = nullptr;
  Napi::FunctionReference callback_;
  std::unique_ptr<Poll> poll_;
};
