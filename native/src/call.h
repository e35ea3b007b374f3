// A system call whose arguments have left JavaScript: runs at once, or on one of libuv's worker threads.
#pragma once

#include <napi.h>

#include <functional>

// Returns what the system call returned, or minus errno.
using Call = std::function<int64_t()>;

// The result of a system call as this addon hands it out: itself, or minus errno.
int64_t Result(int64_t returned);

Napi::Value RunNow(Napi::Env env, const Call& call);

// A promise of the result. `keep` (buffers that the call reads and writes) stays alive until it has settled.
Napi::Value RunLater(Napi::Env env, Call call, Napi::Object keep);

// The bytes of a Uint8Array; throws into JavaScript and returns null for anything else.
uint8_t* BytesOf(Napi::Value value, size_t* length);

// `pointers` is [holder, offset, target, holder, offset, target, …]: the address of each target is written
// into its holder at the byte offset. False when a JavaScript exception is pending.
bool WritePointers(Napi::Env env, Napi::Array pointers);
