#pragma once

#include <napi.h>

// bpf, bpfLater, perfEventOpen, perfEventOpenLater, close, pidfdOpen, clock
void ExportSyscalls(Napi::Env env, Napi::Object exports);
