// Calls back each time a descriptor becomes readable, on the main thread's event loop.
#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>

// uv_poll_t with the life of its JavaScript owner: libuv frees it only when its close callback has run.
class Poll {
 public:
  using Callback = void (*)(void* owner);

  Poll(Napi::Env env, int fd, void* owner, Callback callback);
  ~Poll();
  Poll(const Poll&) = delete;
  Poll& operator=(const Poll&) = delete;

  // Both return 0 or minus errno.
  int Start();
  int Stop();

 private:
  struct Handle {
    uv_poll_t poll;
    void* owner;
    Callback callback;
  };
  Handle* handle_;
  int status_;
};

// new Watch(fd, callback): polls until close().
class Watch : public Napi::ObjectWrap<Watch> {
 public:
  static void Export(Napi::Env env, Napi::Object exports);
  explicit Watch(const Napi::CallbackInfo& info);

 private:
  void Close(const Napi::CallbackInfo& info);
  void Readable();

  Napi::FunctionReference callback_;
  std::unique_ptr<Poll> poll_;
};
