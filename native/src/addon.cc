// The addon: system calls and memory, nothing else. What the bytes mean is known in src/sys.
#include <napi.h>

#include "close.h"
#include "ring.h"
#include "syscalls.h"
#include "watch.h"

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  ExportSyscalls(env, exports);
  ExportClose(env, exports);
  Ring::Export(env, exports);
  Watch::Export(env, exports);
  return exports;
}

NODE_API_MODULE(btfly, Init)
