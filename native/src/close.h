#pragma once

#include <napi.h>

void ExportClose(Napi::Env env, Napi::Object exports);
