// Layout: kernel/bpf/ringbuf.c. Page 0 holds the consumer's position (ours to write), page 1 the producer's, then the data,
// which the kernel maps twice in a row so that a record never wraps.
#include "ring.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace {

constexpr uint32_t kBusy = 1u << 31;
constexpr uint32_t kDiscard = 1u << 30;
constexpr size_t kHeader = 8;

uint64_t Load(const void* position) {
  return __atomic_load_n(static_cast<const uint64_t*>(position), __ATOMIC_ACQUIRE);
}

// Bytes that a record takes in the ring.
size_t Taken(uint32_t header) {
  const size_t length = header & ~(kBusy | kDiscard);
  return (length + kHeader + 7) & ~size_t{7};
}

}  // namespace

void Ring::Export(Napi::Env env, Napi::Object exports) {
  exports.Set("Ring", DefineClass(env, "Ring",
                                  {InstanceMethod<&Ring::Start>("start"), InstanceMethod<&Ring::Stop>("stop"),
                                   InstanceMethod<&Ring::Read>("read"), InstanceMethod<&Ring::Close>("close")}));
}

Ring::Ring(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<Ring>(info),
      data_size_(info[1].ToNumber().Uint32Value()),
      batch_size_(info[2].ToNumber().Uint32Value()),
      page_size_(static_cast<size_t>(sysconf(_SC_PAGESIZE))),
      callback_(Napi::Persistent(info[3].As<Napi::Function>())) {
  const int fd = info[0].ToNumber().Int32Value();
  void* consumer = mmap(nullptr, page_size_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  void* producer = mmap(nullptr, page_size_ + 2 * data_size_, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(page_size_));
  const int error = errno;
  if (consumer != MAP_FAILED) consumer_ = consumer;
  if (producer != MAP_FAILED) producer_ = producer;
  if (consumer_ == nullptr || producer_ == nullptr) {
    Unmap();
    Napi::Error failure = Napi::Error::New(info.Env(), std::strerror(error));
    failure.Set("errno", Napi::Number::New(info.Env(), error));
    failure.ThrowAsJavaScriptException();
    return;
  }
  poll_ = std::make_unique<Poll>(info.Env(), fd, this, [](void* owner) { static_cast<Ring*>(owner)->Readable(); });
}

Ring::~Ring() {
  Unmap();
}

Napi::Value Ring::Start(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), poll_ == nullptr ? 0 : poll_->Start());
}

Napi::Value Ring::Stop(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), poll_ == nullptr ? 0 : poll_->Stop());
}

Napi::Value Ring::Read(const Napi::CallbackInfo& info) {
  return TakeBatch(info.Env());
}

void Ring::Close(const Napi::CallbackInfo&) {
  poll_.reset();
  callback_.Reset();
  Unmap();
}

void Ring::Readable() {
  Napi::HandleScope scope(Env());
  Napi::Value batch = TakeBatch(Env());
  if (!batch.IsUndefined()) callback_.MakeCallback(Value(), {batch});
}

// Copies the finished records at the consumer's position, at most `batch_size_` bytes of them (but at least one), and frees them in the ring.
Napi::Value Ring::TakeBatch(Napi::Env env) {
  if (consumer_ == nullptr) return env.Undefined();
  const uint64_t begin = *static_cast<uint64_t*>(consumer_);
  const uint64_t produced = Load(producer_);
  const uint8_t* data = static_cast<uint8_t*>(producer_) + page_size_;
  uint64_t end = begin;
  while (end < produced) {
    const uint32_t header = __atomic_load_n(reinterpret_cast<const uint32_t*>(data + (end & (data_size_ - 1))), __ATOMIC_ACQUIRE);
    if ((header & kBusy) != 0) break;
    const size_t taken = Taken(header);
    if (end > begin && end + taken - begin > batch_size_) break;
    end += taken;
  }
  if (end == begin) return env.Undefined();
  Napi::ArrayBuffer batch = Napi::ArrayBuffer::New(env, end - begin);
  std::memcpy(batch.Data(), data + (begin & (data_size_ - 1)), end - begin);
  __atomic_store_n(static_cast<uint64_t*>(consumer_), end, __ATOMIC_RELEASE);
  return batch;
}

void Ring::Unmap() {
  if (consumer_ != nullptr) munmap(consumer_, page_size_);
  if (producer_ != nullptr) munmap(producer_, page_size_ + 2 * data_size_);
  consumer_ = nullptr;
  producer_ = nullptr;
}
