#include "watch.h"

Poll::Poll(Napi::Env env, int fd, void* owner, Callback callback) : handle_(new Handle{{}, owner, callback}) {
  uv_loop_s* loop = nullptr;
  napi_get_uv_event_loop(env, &loop);
  status_ = uv_poll_init(loop, &handle_->poll, fd);
  handle_->poll.data = handle_;
}

Poll::~Poll() {
  handle_->owner = nullptr;
  if (status_ != 0) {
    delete handle_;
    return;
  }
  uv_poll_stop(&handle_->poll);
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), [](uv_handle_t* handle) { delete static_cast<Handle*>(handle->data); });
}

int Poll::Start() {
  if (status_ != 0) return status_;
  return uv_poll_start(&handle_->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto* handle = static_cast<Handle*>(poll->data);
    if (handle->owner != nullptr) handle->callback(handle->owner);
  });
}

int Poll::Stop() {
  return status_ != 0 ? status_ : uv_poll_stop(&handle_->poll);
}

void Watch::Export(Napi::Env env, Napi::Object exports) {
  exports.Set("Watch", DefineClass(env, "Watch", {InstanceMethod<&Watch::Close>("close")}));
}

Watch::Watch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Watch>(info), callback_(Napi::Persistent(info[1].As<Napi::Function>())) {
  poll_ = std::make_unique<Poll>(info.Env(), info[0].ToNumber().Int32Value(), this, [](void* owner) { static_cast<Watch*>(owner)->Readable(); });
  const int status = poll_->Start();
  if (status != 0) Napi::Error::New(info.Env(), uv_strerror(status)).ThrowAsJavaScriptException();
}

// The callback knows this object's owner: kept, it would keep both for ever.
void Watch::Close(const Napi::CallbackInfo&) {
  poll_.reset();
  callback_.Reset();
}

void Watch::Readable() {
  Napi::HandleScope scope(Env());
  callback_.MakeCallback(Value(), {});
}
